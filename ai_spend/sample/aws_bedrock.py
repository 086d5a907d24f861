"""AWS: the cost and usage report of two months, and Bedrock's log of calls."""

from __future__ import annotations

import csv
import io
import json
import random
from datetime import UTC, date, datetime, timedelta

from ai_spend.sample import CANARY, EXPORTED, MILLION, Books, D, add, days, people, plain

ABOUT = """
AWS bills July (with an invoice number) and August (none yet) to a payer with two linked accounts:
  Bedrock in thousands of tokens, Claude through the marketplace in millions, machines, a savings
  plan's covered use, tax, a credit and a refund. July was delivered on the 20th and again, in two
  files, in August. Bedrock's own log, in which input excludes the cache, covers some calls of
  July, which the bill covers too, and of September, which no bill covers: these are estimated.
  Calls to a profile of the company's own do not tell their model and have no price.
"""

PAYER = "410000000017"
LINKED = {"410000000201": ("bw-support", "customer-support"),
          "410000000202": ("bw-field", "field-service")}  # fmt: skip
# usage type, product code, product name, US dollars per unit, unit, tokens per unit, meter
ARTICLES = [
    ("USE1-NovaLite-input-tokens", "AmazonBedrock", "", "0.00006", "1K tokens", 1_000, "input"),
    ("USE1-NovaLite-output-tokens", "AmazonBedrock", "", "0.00024", "1K tokens", 1_000, "output"),
    *[(f"USE1-MP:USE1_{kind}-Units", "7zbrindlewick00",
       "Claude Sonnet 4.6 (Amazon Bedrock Edition)", cost, "1M tokens", 1_000_000, meter)
      for kind, cost, meter in (("InputTokenCount", "3.3", "input"),
                                ("OutputTokenCount", "16.5", "output"),
                                ("CacheReadInputTokenCount", "0.33", "cache_read"),
                                ("CacheWriteInputTokenCount", "4.125", "cache_write_5m"))],
]  # fmt: skip
COLUMNS = [
    "identity_line_item_id", "bill_payer_account_id", "bill_payer_account_name",
    "bill_billing_period_start_date", "bill_billing_period_end_date", "bill_invoice_id",
    "line_item_line_item_type", "line_item_usage_start_date", "line_item_usage_end_date",
    "line_item_product_code", "line_item_usage_type", "line_item_usage_amount",
    "line_item_unblended_cost", "line_item_currency_code", "line_item_usage_account_id",
    "line_item_usage_account_name", "line_item_line_item_description", "line_item_iam_principal",
    "pricing_unit", "pricing_public_on_demand_cost", "pricing_public_on_demand_rate", "product",
    "product_sku", "savings_plan_savings_plan_a_r_n", "savings_plan_savings_plan_effective_cost",
    "resource_tags",
]  # fmt: skip
NAME = "aws_bedrock/cur"
LOG = "aws_bedrock/invocation_logs"


def month_end(month: str) -> date:
    first = date.fromisoformat(f"{month}-01")
    return (first + timedelta(days=31)).replace(day=1)


def lines_of(rng: random.Random, month: str, invoice: str) -> list[dict]:
    """The month's lines; keys that begin with _ are for the books."""
    first, found = date.fromisoformat(f"{month}-01"), []

    def line(day: date, line_type: str, code: str, usage_type: str, cost, **fields) -> None:
        found.append(dict.fromkeys(COLUMNS, "") | {
            "identity_line_item_id": f"{month}-{len(found):05}",
            "bill_payer_account_id": PAYER, "bill_payer_account_name": "bw-payer",
            "bill_billing_period_start_date": f"{month}-01T00:00:00.000Z",
            "bill_billing_period_end_date": f"{month_end(month)}T00:00:00.000Z",
            "bill_invoice_id": invoice, "line_item_line_item_type": line_type,
            "line_item_usage_start_date": f"{day}T00:00:00.000Z",
            "line_item_usage_end_date": f"{day + timedelta(days=1)}T00:00:00.000Z",
            "line_item_product_code": code, "line_item_usage_type": usage_type,
            "line_item_unblended_cost": plain(D(cost)), "line_item_currency_code": "USD",
            "_service": "aws_bedrock" if "edrock" in code or "7zb" in code else "aws",
            "_cost": D(cost), "_tokens": {},
        } | fields)  # fmt: skip

    owners = people()
    for day in (d for d in days(first, month_end(month) - timedelta(days=1)) if d.day % 2):
        for account, (name, department) in LINKED.items():
            owner = owners[(day.day * 3) % 120].email
            common = {
                "line_item_usage_account_id": account, "line_item_usage_account_name": name,
                "resource_tags": json.dumps({"user_department": department,
                                             "iamPrincipal/owner": owner}),
                "line_item_iam_principal": f"arn:aws:sts::{account}:assumed-role/desk/{owner}",
            }  # fmt: skip
            for usage_type, code, product, rate, unit, size, meter in ARTICLES:
                tokens = rng.randint(1, 400) * 10_000
                amount = D(tokens) / size
                cost = plain(amount * D(rate))
                line(day, "Usage", code, usage_type, cost, **common,
                     line_item_usage_amount=plain(amount), pricing_unit=unit,
                     pricing_public_on_demand_cost=cost, pricing_public_on_demand_rate=rate,
                     product=json.dumps({"product_name": product}) if product else "",
                     _tokens={f"{meter}_tokens": tokens})  # fmt: skip
            if day.day % 7 == 1:
                hours = D(rng.randint(20, 160))
                line(day, "Usage", "AmazonEC2", "BoxUsage:m7i.large", hours * D("0.1008"), **common,
                     line_item_usage_amount=plain(hours), pricing_unit="Hrs")  # fmt: skip
                line(day, "SavingsPlanCoveredUsage", "AmazonEC2", "BoxUsage:m7i.large", "9.07",
                     **common, line_item_usage_amount="90", pricing_unit="Hrs",
                     savings_plan_savings_plan_a_r_n="arn:aws:savingsplans::1:savingsplan/bw",
                     savings_plan_savings_plan_effective_cost="6.3", _cost=D(0))  # fmt: skip
                line(day, "SavingsPlanNegation", "AmazonEC2", "BoxUsage:m7i.large", "-9.07",
                     savings_plan_savings_plan_a_r_n="arn:aws:savingsplans::1:savingsplan/bw",
                     _cost=D(0))  # fmt: skip
    last = f"{month_end(month) - timedelta(days=1)}T23:59:59.000Z"
    line(first, "Tax", "AmazonEC2", "", "12.4", line_item_usage_end_date=last)
    line(first, "Tax", "AmazonBedrock", "", "8.15", line_item_usage_end_date=last)
    line(first, "Credit", "AmazonBedrock", "", "-15", line_item_usage_end_date=last,
         line_item_line_item_description="Start-up credit")  # fmt: skip
    line(first, "Refund", "AmazonEC2", "BoxUsage:m7i.large", "-2.5")
    return found


def as_csv(columns: list[str], rows: list[dict]) -> list[str]:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().splitlines(keepends=True)


def write_bill(books: Books, rng: random.Random) -> None:
    entry = books.dataset(NAME)
    july = lines_of(rng, "2026-07", "410-2026-07")
    august = lines_of(rng, "2026-08", "")
    for row in july + august:
        entry["accepted"] += 1
        add(entry["money"], "USD", row["_cost"])
        for meter, n in row["_tokens"].items():
            add(entry["tokens"], meter, n)
        basis = "Invoiced" if row["bill_invoice_id"] else "Reported"
        month = row["bill_billing_period_start_date"][:7]
        books.charge(row["_service"], "usage", month, NAME, basis, row["_cost"])
    early = [r | {"bill_invoice_id": ""} for r in july
             if r["line_item_usage_start_date"] < "2026-07-18"]  # fmt: skip
    path = f"{NAME}/cur_2026-07__exported_2026-07-20.csv.gz"
    books.put(path, "".join(as_csv(COLUMNS, early)))
    books.plant(path, "whole file", "the month so far: replaced as a whole by the export of August")
    half = len(july) // 2
    books.put(f"{NAME}/cur_2026-07_00001__exported_{EXPORTED['2026-07']}.csv.gz",
              "".join(as_csv(COLUMNS, july[:half])))  # fmt: skip
    lines = as_csv(COLUMNS, july[half:])
    lines.insert(20, "2026-07-99999,410000000017,bw-payer\n")
    path = f"{NAME}/cur_2026-07_00002__exported_{EXPORTED['2026-07']}.csv.gz"
    books.put(path, "".join(lines))
    books.plant(path, "line 21", "3 fields instead of 26")
    broken = august[5] | {"identity_line_item_id": "x", "line_item_unblended_cost": "n/a"}
    path = f"{NAME}/cur_2026-08__exported_{EXPORTED['2026-08']}.csv.gz"
    books.put(path, "".join(as_csv([*COLUMNS, "line_item_carbon"], [*august, broken])))
    books.plant(path, "header", "a column that no reader knows: noticed, and the file counts")
    books.plant(path, f"line {len(august) + 2}", "a cost that is no number")
    entry["quarantined"] = {"too few fields": 1, "unreadable cost": 1}
    entry["superseded"] += len(early)
    entry["records"] += len(early) + len(july) + len(august) + 2


# US dollars per million tokens of global Claude Haiku 4.5 on Bedrock
HAIKU = "global.anthropic.claude-haiku-4-5-20251001-v1:0"
PRICES = {"input_tokens": D("1"), "cache_read_tokens": D("0.1"), "cache_write_5m_tokens": D("1.25"),
          "cache_write_1h_tokens": D("2"), "output_tokens": D("5")}  # fmt: skip
OWN_PROFILE = "application-inference-profile/bwdesk01"


def write_log(books: Books, rng: random.Random) -> None:
    entry = books.dataset(LOG)
    owners = people()

    def call(at: datetime, number: int, model: str) -> str:
        fresh, out = rng.randint(2_000, 60_000), rng.randint(100, 4_000)
        read, written = rng.choice([0, 10_240, 40_960]), rng.choice([0, 0, 2_048])
        hour_long = written // 2
        failed = number % 13 == 5
        caller = owners[(number * 7) % 120].email if number % 3 else "desk-batch"
        account = list(LINKED)[number % 2]
        record = {
            "schemaType": "ModelInvocationLog", "schemaVersion": "1.0",
            "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "accountId": account,
            "identity": {"arn": f"arn:aws:sts::{account}:assumed-role/desk/{caller}"},
            "region": "us-east-1", "requestId": f"bw-{at:%m%d}-{number:04}",
            "operation": "Converse", "modelId": model,
            "requestMetadata": {"feature": "triage", "department": LINKED[account][1]},
            "input": {"inputContentType": "application/json"}, "output": {},
        }  # fmt: skip
        entry["accepted"] += 1
        if number == 4:
            record["input"]["inputBodyJson"] = {"messages": [{"content": f"{CANARY} which part?"}]}
        if failed:
            record["errorCode"] = "ThrottlingException"
            entry["not_billable"] += 1
            return json.dumps(record) + "\n"
        record["input"] |= {"inputTokenCount": fresh, "cacheReadInputTokenCount": read,
                            "cacheWriteInputTokenCount": written}  # fmt: skip
        record["output"] = {"outputTokenCount": out, "outputContentType": "application/json"}
        if hour_long:
            kept = {"cache_creation": {"ephemeral_1h_input_tokens": hour_long}}
            record["output"]["outputBodyJson"] = {"usage": kept}
        tokens = {"input_tokens": fresh, "cache_read_tokens": read, "output_tokens": out,
                  "cache_write_5m_tokens": written - hour_long,
                  "cache_write_1h_tokens": hour_long}  # fmt: skip
        for meter, n in tokens.items():
            if n:
                add(entry["tokens"], meter, n)
            if n and at.month == 9 and model == HAIKU:
                books.charge("aws_bedrock", "usage", "2026-09", LOG, "Estimated",
                             D(n) / MILLION * PRICES[meter])  # fmt: skip
            elif n and at.month == 9:
                books.unpriced["aws_bedrock", OWN_PROFILE, "2026-09", meter] += n
        return json.dumps(record) + "\n"

    def calls(month: int, count: int) -> list[str]:
        start = datetime(2026, month, 2, 8, tzinfo=UTC)
        own = f"arn:aws:bedrock:us-east-1:{PAYER}:{OWN_PROFILE}"
        hours = 9 if month == 9 else 30
        return [call(start + timedelta(hours=hours * n), n, own if n % 11 == 3 else HAIKU)
                for n in range(count)]  # fmt: skip

    july, september = calls(7, 20), calls(9, 70)
    books.put(f"{LOG}/us-east-1_2026-07__exported_{EXPORTED['2026-07']}.json", "".join(july))
    path = f"{LOG}/us-east-1_2026-09__exported_2026-09-20.json.gz"
    books.put(path, "".join(september[:45]))
    again = september[30:45]
    broken = september[50][:200] + "\n"
    path = f"{LOG}/us-east-1_2026-09b__exported_{EXPORTED['2026-09']}.json.gz"
    books.put(path, "".join([*again, *september[45:], broken]))
    books.plant(path, "lines 1 to 15", "calls that the delivery of 20 September has too")
    books.plant(path, "line 41", "cut after 200 bytes")
    entry["duplicates"] += len(again)
    entry["quarantined"] = {"malformed JSON": 1}
    entry["records"] += len(july) + len(september) + len(again) + 1


def write(books: Books, rng: random.Random) -> None:
    write_bill(books, rng)
    write_log(books, rng)
