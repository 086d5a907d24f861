"""Bills in FOCUS format: AWS, Azure, Google Cloud and two SaaS providers, AI and all else."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from ai_spend.sample import CANARY, EXPORTED, Books, D, add, days, month_of, people, plain, to_json

ABOUT = """
Bills in FOCUS format hold everything a provider bills, AI or not. AWS (FOCUS 1.2, millisecond
  times; May first as of the 20th, then whole in two parts and besides in FOCUS 1.0, which does not
  count) has Bedrock in thousands of tokens, a marketplace model in millions, EC2, S3, tax and a
  credit. Azure (1.2-preview, May) counts token meters in blocks and lists the marketplace's Claude
  at 0, which means unknown. Google (JSON lines, May) nets a credit in one line and leaves it beside
  another. Cohere sends FOCUS 1.4; Pinecrest Search, an invented vector database, FOCUS 1.0 with the
  word NULL, and restates its June. Lumenta Speech, invented too, bills in euros, 0.36 an hour of
  audio. A line with an invoice id is Invoiced, else Reported.
"""

COMMON = ["BillingAccountId", "BillingCurrency", "BillingPeriodStart", "BillingPeriodEnd",
          "ChargePeriodStart", "ChargePeriodEnd", "ChargeCategory", "BilledCost", "EffectiveCost",
          "ListCost", "ContractedCost", "ListUnitPrice", "ContractedUnitPrice", "PricingQuantity",
          "PricingUnit", "ConsumedQuantity", "ConsumedUnit", "ServiceName", "ServiceCategory",
          "SubAccountId", "SubAccountName", "RegionId", "ResourceId", "SkuId", "SkuPriceId",
          "ChargeDescription", "ChargeFrequency", "PricingCategory", "InvoiceIssuerName",
          "Tags"]  # fmt: skip
AI = "AI and Machine Learning"
Row = dict[str, object]


def charge(day: date, cost: Decimal, form: str, width: int = 1, **fields) -> Row:
    """A row; ``form`` is how the provider writes times, cost counts in all four cost columns."""
    month = day.replace(day=1)
    ends = (month + timedelta(days=31)).replace(day=1), day + timedelta(days=width)

    def text(moment: date) -> str:
        return datetime(moment.year, moment.month, moment.day).strftime(form)

    return {
        "BillingCurrency": "USD",
        "BillingPeriodStart": text(month),
        "BillingPeriodEnd": text(ends[0]),
        "ChargePeriodStart": text(day),
        "ChargePeriodEnd": text(ends[1]),
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        **{f"{kind}Cost": cost for kind in ("Billed", "Effective", "List", "Contracted")},
        **fields,
    }


def priced(quantity: Decimal, unit: str, price: Decimal, sku: str) -> Row:
    return {
        "PricingQuantity": quantity, "PricingUnit": unit, "ConsumedQuantity": quantity,
        "ConsumedUnit": unit, "ListUnitPrice": price, "ContractedUnitPrice": price,
        "PricingCategory": "Standard", "SkuId": sku, "SkuPriceId": f"{sku}.{plain(price)}",
    }  # fmt: skip


def as_csv(columns: list[str], rows: Iterable[Row], nothing: str = "") -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        values = (row.get(c, "") for c in columns)
        writer.writerow([plain(v) if isinstance(v, Decimal) else v or nothing for v in values])
    return text.getvalue()


def book(books: Books, dataset: str, service: str, rows: Iterable[Row], **tokens: int) -> None:
    """Rows that count, with the tokens of all of them together."""
    entry = books.dataset(dataset)
    for row in rows:
        cost, currency = row["BilledCost"], str(row["BillingCurrency"])
        entry["accepted"] += 1
        add(entry["money"], currency, cost)
        month = str(row["BillingPeriodStart"])[:7]
        basis = "Invoiced" if row.get("InvoiceId") else "Reported"
        books.charge(service, "usage", month, dataset, basis, cost, currency)
    for meter, n in tokens.items():
        add(entry["tokens"], meter, n)


# --------------------------------------------------------------------------------------------
# AWS
# --------------------------------------------------------------------------------------------
PAYER = "905512340001"
AWS_COLUMNS = [*COMMON, "ProviderName", "PublisherName", "InvoiceId", "SkuMeter", "SubAccountType",
               "PricingCurrency", "x_Discounts", "x_Operation", "x_ServiceCode"]  # fmt: skip
LINKED = {"905512340011": ("bw-products", "Engineering"),
          "905512340012": ("bw-field", "Field Service")}  # fmt: skip
# usage type, service, US dollars per unit, unit, tokens per unit, meter
BEDROCK = [
    ("USE1-NovaLite-input-tokens", "Amazon Bedrock", D("0.00006"), "1K tokens", 1000, "input"),
    ("USE1-NovaLite-output-tokens", "Amazon Bedrock", D("0.00024"), "1K tokens", 1000, "output"),
    ("USE1-MP:USE1_InputTokenCount-Units", "Claude Sonnet 4.6 (Amazon Bedrock Edition)",
     D("3.3"), "Units", 1_000_000, "input"),
    ("USE1-MP:USE1_OutputTokenCount-Units", "Claude Sonnet 4.6 (Amazon Bedrock Edition)",
     D("16.5"), "Units", 1_000_000, "output"),
]  # fmt: skip


def aws_rows(rng: random.Random, month: str) -> list[tuple[str, Row, dict[str, int]]]:
    """Service key, row and tokens of every line of the month's final bill."""
    form, found = "%Y-%m-%dT00:00:00.000Z", []
    owners = people()
    first, *_, last = month_days(month)
    invoice = f"INV-{month}"

    def line(service: str, day: date, cost: Decimal, tokens=None, **fields) -> None:
        row = charge(day, cost, form, BillingAccountId=PAYER, ProviderName="AWS",
                     PublisherName="AWS", InvoiceIssuerName="Amazon Web Services, Inc.",
                     InvoiceId=invoice, PricingCurrency="USD",
                     SubAccountType="Account")  # fmt: skip
        found.append((service, row | fields, tokens or {}))

    for day in days(first, last):
        for account, (name, department) in LINKED.items():
            tags = {"user:department": department, "user:owner": owners[day.day].email}
            common = {"SubAccountId": account, "SubAccountName": name, "RegionId": "us-east-1",
                      "Tags": json.dumps(tags)}  # fmt: skip
            for meter, service, price, unit, size, side in BEDROCK:
                thousands = rng.randint(20, 3_000) * (1 if side == "input" else 0.2)
                tokens = int(thousands) * 1000
                quantity = D(tokens) / size
                line("aws_bedrock", day, quantity * price, {f"{side}_tokens": tokens},
                     **common, **priced(quantity, unit, price, meter), ServiceName=service,
                     ServiceCategory=AI, SkuMeter=meter, x_ServiceCode="AmazonBedrock",
                     ChargeDescription=f"${plain(price)} per {unit} {side}")  # fmt: skip
            if day.weekday() == 0:
                hours, gigabytes = D(rng.randint(100, 168)), D(rng.randint(500, 900))
                line("aws", day, hours * D("0.1008"), **common,
                     **priced(hours, "Hours", D("0.1008"), "BoxUsage:m7i.large"),
                     ServiceName="Amazon Elastic Compute Cloud", ServiceCategory="Compute",
                     SkuMeter="BoxUsage:m7i.large", ResourceId=f"i-{account[-4:]}{day:%m%d}",
                     x_ServiceCode="AmazonEC2")  # fmt: skip
                line("aws", day, gigabytes * D("0.023"), **common,
                     **priced(gigabytes, "GB-Months", D("0.023"), "TimedStorage-ByteHrs"),
                     ServiceName="Amazon Simple Storage Service", ServiceCategory="Storage",
                     SkuMeter="TimedStorage-ByteHrs", x_ServiceCode="AmazonS3")  # fmt: skip
    for category, cost in (("Tax", D("31.07")), ("Credit", D("-25"))):
        line("aws", first, cost, ChargeCategory=category, ChargeFrequency="One-Time",
             ServiceName="Amazon Elastic Compute Cloud", ServiceCategory="Compute",
             x_ServiceCode="AmazonEC2", ChargeDescription=f"{category} of the month")  # fmt: skip
    return found


def month_days(month: str) -> list[date]:
    first = date.fromisoformat(f"{month}-01")
    return [d for d in days(first, first + timedelta(days=30)) if month_of(d) == month]


def write_aws(books: Books, rng: random.Random) -> None:
    name = "aws_bedrock/focus"
    entry = books.dataset(name)
    may, june = aws_rows(rng, "2026-05"), aws_rows(rng, "2026-06")
    for service, row, tokens in may + june:
        book(books, name, service, [row], **tokens)
    entry["records"] += len(may) + len(june)

    def put(path: str, columns: list[str], rows: list[Row]) -> str:
        books.put(f"{name}/{path}", as_csv(columns, rows))
        return f"{name}/{path}"

    rows = [row for _, row, _ in may]
    early = [r | {"InvoiceId": ""} for r in rows if str(r["ChargePeriodStart"]) < "2026-05-20"]
    path = put("focus_2026-05__exported_2026-05-20.csv.gz", AWS_COLUMNS, early)
    books.plant(path, "whole file", "the month so far: replaced as a whole by the export of June")
    for part in (1, 2):
        half = rows[: len(rows) // 2] if part == 1 else rows[len(rows) // 2 :]
        put(f"focus_2026-05_{part:05}__exported_{EXPORTED['2026-05']}.csv.gz", AWS_COLUMNS, half)
    older = [c for c in AWS_COLUMNS if c not in
             ("InvoiceId", "SkuMeter", "SubAccountType", "PricingCurrency")]  # fmt: skip
    some = [r | {"x_UsageType": r.get("SkuMeter", "")} for r in rows[:40]]
    path = f"focus_1_0_2026-05__exported_{EXPORTED['2026-05']}.csv.gz"
    path = put(path, [*older, "x_UsageType", "x_CostCategories"], some)
    books.plant(path, "whole file", "the same export in FOCUS 1.0: only 1.2 counts")
    entry["superseded"] += len(early) + len(some)
    entry["records"] += len(early) + len(some)

    broken = june[5][1] | {"BilledCost": "1,024.50"}
    path = put(f"focus_2026-06__exported_{EXPORTED['2026-06']}.csv.gz", AWS_COLUMNS,
               [*(row for _, row, _ in june), broken])  # fmt: skip
    books.plant(path, "last line", "BilledCost 1,024.50 with a comma: refused, not read as 1")
    entry["records"] += 1
    entry["quarantined"] = {"unreadable billed cost": 1}


# --------------------------------------------------------------------------------------------
# Azure and Google, one month each
# --------------------------------------------------------------------------------------------
AZURE_COLUMNS = [*COMMON, "ProviderName", "PublisherName", "InvoiceId", "SkuMeter",
                 "ResourceName", "ResourceType", "x_SkuMeterCategory", "x_SkuMeterSubcategory",
                 "x_PricingBlockSize", "x_CostCenter", "x_SkuDetails"]  # fmt: skip
# meter, dollars per block, tokens per block, our meter
AZURE_METERS = [
    ("gpt-4o-0806-Inp-glbl Tokens", D("0.0025"), 1000, "input_tokens"),
    ("gpt-4o-0806-Outp-glbl Tokens", D("0.01"), 1000, "output_tokens"),
    ("5.4 mini cd Inp Gl 1M Tokens", D("0.025"), 1_000_000, "cache_read_tokens"),
]


def write_azure(books: Books, rng: random.Random) -> None:
    name, form = "azure_openai/focus", "%Y-%m-%dT00:00Z"
    entry, rows = books.dataset(name), []

    def line(service: str, day: date, cost: Decimal, tokens=None, **fields) -> None:
        row = charge(day, cost, form, BillingAccountId="8611537", ProviderName="Microsoft",
                     PublisherName="Microsoft", InvoiceIssuerName="Microsoft",
                     SubAccountId="/subscriptions/5b1c0000-0000-4000-8000-000000000001",
                     SubAccountName="bw-website", x_CostCenter="CC-310",
                     x_SkuDetails=json.dumps({"note": CANARY}),
                     Tags=json.dumps({"department": "Marketing"})) | fields  # fmt: skip
        rows.append(row)
        book(books, name, service, [row], **(tokens or {}))

    for day in month_days("2026-05"):
        for meter, price, block, ours in AZURE_METERS:
            tokens = rng.randint(40, 4_000) * 1000
            blocks = D(tokens) / block
            unit = "1000 Units" if block == 1000 else "1M"
            line("azure_openai", day, blocks * price, {ours: tokens},
                 **priced(blocks, unit, price, meter)
                 | {"ConsumedQuantity": D(tokens), "ConsumedUnit": "Units"},
                 ServiceName="Azure AI Services", ServiceCategory=AI, SkuMeter=meter,
                 x_SkuMeterCategory="Cognitive Services", x_SkuMeterSubcategory="Azure OpenAI",
                 x_PricingBlockSize=block, ResourceType="microsoft.cognitiveservices/accounts",
                 ResourceId="/subscriptions/5b1c/resourcegroups/rg-ai/providers/"
                 "microsoft.cognitiveservices/accounts/bw-east",
                 ResourceName="bw-east")  # fmt: skip
        if day.weekday() == 2:
            units = D(rng.randint(300, 900))
            line("azure_openai", day, units * D("0.01"), **priced(units, "Units", D(0), ""),
                 ServiceName="", PublisherName="Anthropic PBC", SkuMeter="CCU",
                 x_SkuMeterCategory="SaaS")  # fmt: skip
            rows[-1] |= {"ListCost": D(0), "ContractedCost": D(0), "SkuId": "", "SkuPriceId": ""}
            size = D(rng.randint(50, 90))
            line("azure", day, size * D("0.02"), **priced(size, "GB", D("0.02"), "blob-hot"),
                 ServiceName="Storage Accounts", ServiceCategory="Storage",
                 SkuMeter="Hot LRS Data Stored")  # fmt: skip
    path = f"{name}/focus_2026-05__exported_2026-06-04.csv"
    books.put(path, as_csv(AZURE_COLUMNS, rows))
    books.plant(
        path, "PublisherName Anthropic PBC", "list and contracted cost 0: unknown, not free"
    )
    entry["records"] += len(rows)


def write_google(books: Books, rng: random.Random) -> None:
    """JSON lines leave out what is null."""
    name, form = "google_vertex/focus", "%Y-%m-%d 00:00:00 UTC"
    entry, lines = books.dataset(name), []
    path = f"{name}/focus_2026-05__exported_2026-06-04.jsonl.gz"
    for day in month_days("2026-05")[::2]:
        tokens = rng.randint(1, 90) * 100_000
        rows = [
            ("google_vertex", {"input_tokens": tokens}, charge(
                day, D(tokens) * D("0.0000003"), form, ServiceName="Vertex AI",
                x_ServiceId="C7E2-9256-1C43", ConsumedQuantity=D(tokens), ConsumedUnit="requests",
                ChargeDescription="Gemini 2.5 Flash GA Text Input - Predictions")),
            ("google_cloud", {}, charge(
                day, D(rng.randint(1, 40)) * D("0.25"), form, ServiceName="BigQuery",
                x_ServiceId="24E6-581D-38E5", ChargeDescription="Analysis")),
        ]  # fmt: skip
        for service, counted, row in rows:
            row |= {"ProviderName": "Google Cloud", "PublisherName": "Google Cloud",
                    "BillingAccountId": "01B2C3-4D5E6F-789012", "SubAccountId": "bw-labs",
                    "x_Labels": [{"key": "department", "value": "data-science"}]}  # fmt: skip
            off = {5: -D("0.1"), 9: -D("0.2")}.get(day.day) if service == "google_cloud" else None
            if off:
                row["x_Credits"] = [{"Name": "promotion", "Amount": off}]
                books.plant(path, f"{day}, BigQuery", "the credit is inside BilledCost" if
                            day.day == 5 else "the credit is not inside BilledCost")  # fmt: skip
            if off and day.day == 5:
                row |= {"BilledCost": row["BilledCost"] + off,
                        "EffectiveCost": row["EffectiveCost"] + off}  # fmt: skip
            due = row["BilledCost"] + (off if off and day.day == 9 else 0)
            book(books, name, service, [row | {"BilledCost": due}], **counted)
            lines.append(to_json(row))
    books.put(path, "\n".join(lines) + "\n")
    entry["records"] += len(lines)


# --------------------------------------------------------------------------------------------
# Providers without a folder of their own
# --------------------------------------------------------------------------------------------
def write_saas(books: Books, rng: random.Random) -> None:
    name = "focus_any/cost_and_usage"
    entry = books.dataset(name)

    columns = [*COMMON, "ServiceProviderName", "HostProviderName", "InvoiceId", "InvoiceDetailId",
               "SkuMeter", "SkuPriceDetails"]  # fmt: skip
    for month in ("2026-06", "2026-07"):
        rows = []
        for day in month_days(month)[::3]:
            for meter, price, ours in (("Input Tokens", D("2.5"), "input_tokens"),
                                       ("Output Tokens", D("10"), "output_tokens")):  # fmt: skip
                tokens = rng.randint(10, 900) * 1000
                millions = D(tokens) / 1_000_000
                row = charge(day, millions * price, "%Y-%m-%dT00:00:00Z",
                             BillingAccountId="org-bw-cohere", ServiceProviderName="Cohere",
                             HostProviderName="Cohere", InvoiceIssuerName="Cohere",
                             InvoiceId=f"CO-{month}", InvoiceDetailId=f"CO-{month}-1",
                             ServiceName="Cohere API", ServiceCategory=AI, SkuMeter=meter,
                             SkuPriceDetails='{"x_Model": "command-a"}',
                             Tags='{"department": "customer-support", "feature": "triage"}',
                             )  # fmt: skip
                row |= priced(millions, "1000000 Tokens", price, f"command-a/{meter}")
                row |= {"ConsumedQuantity": D(tokens), "ConsumedUnit": "Tokens"}
                rows.append(row)
                book(books, name, "cohere_api", [row], **{ours: tokens})
        books.put(f"{name}/cohere_{month}__exported_{EXPORTED[month]}.csv.gz",
                  as_csv(columns, rows))  # fmt: skip
        entry["records"] += len(rows)

    def pinecrest(month: str, scale: int) -> list[Row]:
        rows = []
        for day in month_days(month)[::2]:
            queries = D(rng.randint(10, 90) * scale)
            row = charge(day, queries * D("0.04"), "%Y-%m-%d", BillingAccountId="bw-pinecrest",
                         ProviderName="Pinecrest Search", PublisherName="Pinecrest Search",
                         InvoiceIssuerName="Pinecrest Search", ServiceName="Vector Search",
                         ServiceCategory="Databases",
                         Tags=json.dumps({"department": "Field Service"}))  # fmt: skip
            rows.append(row | priced(queries, "1000 Queries", D("0.04"), "query"))
        return rows

    columns = [*COMMON, "ProviderName", "PublisherName"]
    for month, exported, scale in (("2026-06", "2026-07-03", 1), ("2026-06", "2026-07-10", 2),
                                   ("2026-07", "2026-08-04", 1)):  # fmt: skip
        rows = pinecrest(month, scale)
        rows.append(dict(rows[-1]))
        path = f"{name}/pinecrest_{month}__exported_{exported}.csv"
        books.put(path, as_csv(columns, rows, nothing="NULL"))
        entry["records"] += len(rows)
        if exported == "2026-07-03":
            entry["superseded"] += len(rows)
            books.plant(path, "whole file", "restated a week later with twice the queries")
        else:
            book(books, name, "pinecrest_search", rows)
            books.plant(path, "last two lines", "equal rows: two charges")

    # The only one that bills in euros: 10 hours of audio a day and one more for each day so far.
    columns = [*COMMON, "ServiceProviderName", "HostProviderName", "InvoiceId", "PricingCurrency",
               "PricingCurrencyListUnitPrice", "PricingCurrencyContractedUnitPrice",
               "PricingCurrencyEffectiveCost"]  # fmt: skip
    for month in ("2026-06", "2026-07"):
        rows = []
        for day in month_days(month):
            hours, price = D(10 + day.day), D("0.36")
            row = charge(day, hours * price, "%Y-%m-%dT00:00:00Z", BillingCurrency="EUR",
                         BillingAccountId="bw-lumenta", ServiceProviderName="Lumenta Speech",
                         HostProviderName="Lumenta Speech", InvoiceIssuerName="Lumenta Speech",
                         InvoiceId=f"LUM-{month}", ServiceName="Transcription", ServiceCategory=AI,
                         PricingCurrency="EUR", PricingCurrencyListUnitPrice=price,
                         PricingCurrencyContractedUnitPrice=price,
                         PricingCurrencyEffectiveCost=hours * price,
                         Tags='{"department": "people-operations"}')  # fmt: skip
            rows.append(row | priced(hours, "Hours", price, "transcription"))
        book(books, name, "lumenta_speech", rows)
        books.put(f"{name}/lumenta_{month}__exported_{EXPORTED[month]}.csv.gz",
                  as_csv(columns, rows))  # fmt: skip
        entry["records"] += len(rows)


def write(books: Books, rng: random.Random) -> None:
    write_aws(books, rng)
    write_azure(books, rng)
    write_google(books, rng)
    write_saas(books, rng)
