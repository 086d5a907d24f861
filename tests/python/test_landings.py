"""Twelve companies made of the sample's files: each builds green and costs what its raw files say.

A company has some of the sample's bills, logs, seats and registers. What it must cost is asked of
its raw files by readers of a few lines each, per service, month and currency: none of them knows
a model of the project, and each company says which of its sources is right on which days. Prices
that no file states are those of the package genai_prices, factors and seats as the vendors have
them on their pages.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatch
from functools import cache

import pytest
from case_files import write_landing
from cases import Case, Project, built_project, project_without_registers
from conftest import SAMPLE, run_dbt
from genai_prices import Usage, calc_price

D = Decimal
Files = dict[str, str]
# Service, day, currency, amount.
Line = tuple[str, str, str, Decimal]


# ---------------------------------------------------------------------------- composing
@cache
def sample_names() -> list[str]:
    return sorted(path.relative_to(SAMPLE).as_posix() for path in SAMPLE.rglob("*.*"))


@cache
def sample_text(name: str) -> str:
    raw = (SAMPLE / name).read_bytes()
    return (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("utf-8-sig")


def sample(*patterns: str) -> Files:
    found = {p: [name for name in sample_names() if fnmatch(name, p)] for p in patterns}
    assert all(found.values()), found
    return {name: sample_text(name) for names in found.values() for name in names}


def placed(files: Files, there: str, instead: str) -> Files:
    """The same files elsewhere."""
    assert all(there in name for name in files)
    return {name.replace(there, instead): text for name, text in files.items()}


def told(files: Files, there: str, instead: str) -> Files:
    """The same files in other words."""
    assert all(there in text for text in files.values())
    return {name: text.replace(there, instead) for name, text in files.items()}


def some_calls(files: Files, wanted: Callable[[dict], bool]) -> Files:
    """Logs of one object a line, with some of their lines."""
    return {
        name: "".join(f"{json.dumps(call)}\n" for call in calls({name: text}) if wanted(call))
        for name, text in files.items()
    }


def from_day(files: Files, first: str) -> Files:
    """Pages of daily buckets, from a day on."""
    read = {name: json.loads(text) for name, text in files.items()}
    for page in read.values():
        page["data"] = [bucket for bucket in page["data"] if bucket_day(bucket) >= first]
    return {name: json.dumps(page) for name, page in read.items()}


def as_portkey(files: Files) -> Files:
    """LiteLLM's calls as Portkey would have logged them: other ids, costs in cents."""
    return {
        f"portkey/logs/{name.split('/')[-1]}": "".join(
            json.dumps(
                {
                    "id": f"pk-{call['request_id']}",
                    "trace_id": f"tr-{call['request_id']}",
                    "created_at": call["startTime"],
                    "ai_org": call["custom_llm_provider"],
                    "ai_model": call["model"].split("/")[-1],
                    "req_units": call["prompt_tokens"],
                    "res_units": call["completion_tokens"],
                    "total_units": call["total_tokens"],
                    "cost": float(D(str(call["spend"])) * 100),
                    "cost_currency": "USD",
                    "response_time": 1000,
                    "response_status_code": 200 if call["status"] == "success" else 500,
                    "cache_status": "HIT" if call["cache_hit"] == "True" else "MISS",
                    "metadata": {},
                }
            )
            + "\n"
            for call in calls({name: text})
        )
        for name, text in files.items()
    }


# ---------------------------------------------------------------------------- reading
def pages(files: Files, dataset: str) -> Iterator[dict]:
    for name, text in files.items():
        if name.startswith(f"{dataset}/"):
            yield json.loads(text, parse_float=D)


def calls(files: Files, dataset: str = "") -> Iterator[dict]:
    """Of logs of one object a line; a line that is none is no call."""
    for name, text in files.items():
        for line in text.splitlines() if name.startswith(dataset) else ():
            try:
                call = json.loads(line, parse_float=D if dataset else float)
            except json.JSONDecodeError:
                continue
            if isinstance(call, dict):
                yield call


def rows(files: Files, dataset: str) -> Iterator[dict]:
    for name, text in files.items():
        if name.startswith(f"{dataset}/"):
            yield from csv.DictReader(io.StringIO(text))


def bucket_day(bucket: dict) -> str:
    if "starting_at" in bucket:
        return bucket["starting_at"][:10]
    return f"{datetime.fromtimestamp(bucket['start_time'], UTC):%Y-%m-%d}"


def openai_costs(files: Files) -> Iterator[Line]:
    for page in pages(files, "openai/costs"):
        for bucket in page["data"]:
            for line in bucket["results"]:
                amount, currency = line["amount"]["value"], line["amount"]["currency"]
                yield "openai_api", bucket_day(bucket), currency.upper(), D(amount)


def openai_csv(files: Files) -> Iterator[Line]:
    for row in rows(files, "openai/costs_csv"):
        day, currency = row["start_time_iso"][:10], row["amount_currency"].upper()
        yield "openai_api", day, currency, D(row["amount_value"])


def claude_costs(files: Files) -> Iterator[Line]:
    """In cents."""
    for page in pages(files, "anthropic/cost_report"):
        for bucket in page["data"]:
            for line in bucket["results"]:
                yield "claude_api", bucket_day(bucket), line["currency"], D(line["amount"]) / 100


def claude_csv(files: Files) -> Iterator[Line]:
    for row in rows(files, "anthropic/console_cost_csv"):
        yield "claude_api", row["usage_date_utc"], "USD", D(row["cost_usd"])


FOCUS_SERVICES = {
    "Amazon Bedrock": "aws_bedrock",
    "Claude Sonnet 4.6 (Amazon Bedrock Edition)": "aws_bedrock",
    "Amazon Elastic Compute Cloud": "aws",
    "Amazon Simple Storage Service": "aws",
    "Cohere API": "cohere_api",
    "Transcription": "lumenta_speech",
    "Vector Search": "pinecrest_search",
}


def focus_bills(files: Files) -> Iterator[Line]:
    for dataset in ("aws_bedrock/focus", "focus_any/cost_and_usage"):
        for row in rows(files, dataset):
            service, day = FOCUS_SERVICES[row["ServiceName"]], row["ChargePeriodStart"][:10]
            yield service, day, row["BillingCurrency"], D(row["BilledCost"])


def copilot_bill(files: Files) -> Iterator[Line]:
    for row in rows(files, "github_copilot/billing_usage"):
        yield "github_copilot", row["date"], "USD", D(row["net_amount"])


def copilot_seats(files: Files) -> Iterator[Line]:
    """A person once a month, by the dearest seat of the newest list that has it; in the first
    month by the days left."""
    seats: dict[tuple, list[tuple]] = defaultdict(list)
    for name, text in part(files, "github_copilot/seats").items():
        listed = name.split("__")[-1][:10]
        for seat in json.loads(text)["seats"]:
            if seat["assignee"]:
                price = {"business": 19, "enterprise": 39}[seat["plan_type"]]
                since = datetime.fromisoformat(seat["created_at"]).astimezone(UTC)
                seats[listed[:7], seat["assignee"]["login"]].append((listed, price, since))
    for (month, _), found in seats.items():
        _, price, since = max(found)
        days = monthrange(*map(int, month.split("-")))[1]
        left = days - since.day + 1 if f"{since:%Y-%m}" == month else days
        share = (D(left) / days).quantize(D("1e-10"))
        yield "github_copilot", f"{month}-01", "USD", price * share


def microsoft_seats(files: Files) -> Iterator[Line]:
    """All seats that are bought, 30 a month, as the newest list of the month has them."""
    bought = {}
    for name, text in sorted(part(files, "microsoft_365_copilot/subscribed_skus").items()):
        for sku in json.loads(text)["value"]:
            if sku["skuPartNumber"] == "Microsoft_365_Copilot":
                bought[name.split("__")[-1][:7]] = sku["prepaidUnits"]["enabled"]
    for month, seats in bought.items():
        yield "microsoft_365_copilot", f"{month}-01", "USD", D(30 * seats)


@cache
def unit_price(provider: str, model: str, day: str, meter: str) -> Decimal:
    usage = Usage(**{"input_tokens": 1000, meter: 1000})
    at = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    found = calc_price(usage, model, provider_id=provider, genai_request_timestamp=at)
    return (found.output_price if meter == "output_tokens" else found.input_price) / 1000


def list_price(provider: str, model: str, day: str, **tokens: int) -> Decimal:
    found = [n * unit_price(provider, model, day, meter) for meter, n in tokens.items() if n]
    return sum(found, D(0))


def openai_usage(files: Files) -> Iterator[Line]:
    """Tokens at list price, half of it in batches and in the tier flex."""
    for dataset in ("openai/usage_completions", "openai/usage_embeddings"):
        for page in pages(files, dataset):
            for bucket in page["data"]:
                for row in bucket["results"]:
                    day, model = bucket_day(bucket), row["model"]
                    read = row.get("input_cached_tokens", 0)
                    written = row.get("input_cache_write_tokens", 0)
                    price = list_price(
                        *("openai", model, day),
                        input_tokens=row["input_tokens"] - read - written,
                        cache_read_tokens=read,
                        cache_write_tokens=written,
                        output_tokens=row.get("output_tokens", 0),
                    )
                    is_half = row.get("batch") or row.get("service_tier") == "flex"
                    yield "openai_api", day, "USD", price / 2 if is_half else price


def is_sound(call: dict) -> bool:
    """Not one of the sample's broken records."""
    return "startTime" in call and min(call["prompt_tokens"], call["completion_tokens"]) >= 0


def litellm(files: Files) -> Iterator[Line]:
    """What each call states; list price of those that state nothing. Our own model has none. Of two
    calls with one id the second is refused."""
    by_id: dict[str, dict] = {}
    for call in calls(files, "litellm/spend_logs"):
        by_id.setdefault(call["request_id"], call)
    for call in filter(is_sound, by_id.values()):
        provider, day = call["custom_llm_provider"], call["startTime"][:10]
        if call["status"] != "success" or call["cache_hit"] == "True":
            continue
        if provider == "openai_compatible":
            continue
        cost = D(call["spend"]) or list_price(
            *(provider, call["model"].split("/")[-1], day),
            input_tokens=call["prompt_tokens"],
            output_tokens=call["completion_tokens"],
        )
        yield GATEWAY_SERVICES[provider], day, "USD", cost


GATEWAY_SERVICES = {
    "anthropic": "claude_api",
    "cohere": "cohere_api",
    "mistral": "mistral_api",
    "openai": "openai_api",
}


def portkey(files: Files) -> Iterator[Line]:
    """In cents; list price of those that state none."""
    for call in calls(files, "portkey/logs"):
        provider, day = call["ai_org"], call["created_at"][:10]
        if call["response_status_code"] == 200 and call["cache_status"] != "HIT":
            cost = D(call["cost"]) / 100 or list_price(
                *(provider, call["ai_model"], day),
                input_tokens=call["req_units"],
                output_tokens=call["res_units"],
            )
            yield GATEWAY_SERVICES[provider], day, "USD", cost


def helicone(files: Files) -> Iterator[Line]:
    """In dollars; list price of those that state none. An answer of its own cache is free."""
    for page in pages(files, "helicone/requests"):
        for call in page["data"]:
            day = call["request_created_at"][:10]
            if call["response_status"] != 200 or call["cache_reference_id"].strip("0-"):
                continue
            read = call["prompt_cache_read_tokens"] or 0
            cost = D(call["costUSD"] or 0) or list_price(
                *("moonshotai", call["request_model"], day),
                input_tokens=call["prompt_tokens"],
                cache_read_tokens=read,
                output_tokens=call["completion_tokens"],
            )
            yield "moonshot_api", day, "USD", cost


def notebooks(files: Files) -> Iterator[Line]:
    """Langfuse's generations of grok-3, in dollars; list price of those that state none."""
    for call in calls(files, "langfuse/observations"):
        if call["type"] == "GENERATION":
            day, used = call["start_time"][:10], call["usage_details"]
            cost = D(call["total_cost"] or 0) or list_price(
                *("x-ai", "grok-3", day),
                input_tokens=used.get("input", 0),
                cache_read_tokens=used.get("input_cached_tokens", 0),
                output_tokens=used.get("output", 0) + used.get("output_reasoning_tokens", 0),
            )
            yield "xai_api", day, "USD", cost


def openrouter(files: Files) -> Iterator[Line]:
    for row in rows(files, "openrouter/activity_csv"):
        yield "openrouter_api", row["created_at"][:10], "USD", D(row["cost_total"])


def openrouter_days(files: Files) -> Iterator[Line]:
    for page in pages(files, "openrouter/activity"):
        for row in page["data"]:
            yield "openrouter_api", row["date"], "USD", D(row["usage"])


def part(files: Files, *places: str) -> Files:
    """The files whose name has one of these words."""
    found = {n: t for n, t in files.items() if any(place in n for place in places)}
    assert found, places
    return found


def on(lines: Iterable[Line], first: str, last: str, *services: str) -> Iterator[Line]:
    """The lines of some days, both included, and of some services or of all."""
    for line in lines:
        if first <= line[1] <= last and (not services or line[0] in services):
            yield line


# ---------------------------------------------------------------------------- the companies
@dataclass
class Company:
    """Files, registers, and the lines of those files that are what it has to pay."""

    files: Files
    right: list[Iterable[Line]]
    registers: dict[str, list[dict]] = field(default_factory=dict)


def bills_only() -> Company:
    """No gateway, no list: what is billed is all there is."""
    files = sample(
        "openai/costs/costs_2026-06*",
        "openai/costs/costs_2026-07*",
        "anthropic/cost_report/cost_report_2026-06*",
        "aws_bedrock/focus/focus_2026-05_0000?__*",
        "focus_any/cost_and_usage/cohere*",
    )
    return Company(files, [openai_costs(files), claude_costs(files), focus_bills(files)])


def logs_only() -> Company:
    """Nobody has sent a bill: three gateways, of which none sees what another one does."""
    files = sample(
        "litellm/spend_logs/spend_logs_2026-06__*",
        "portkey/logs/logs_2026-08*",
        "helicone/requests/requests_2026-05*",
        "helicone/requests/requests_2026-07*",
    )
    return Company(files, [litellm(files), portkey(files), helicone(files)])


def csv_bills_beside_gateways() -> Company:
    """The dashboards' CSV: all of OpenAI's July, eight days of Claude's August. What they do
    not reach is the gateway's."""
    files = sample(
        "openai/costs_csv/costs_2026-07__*",
        "anthropic/console_cost_csv/claude_api_cost_2026-08__exported_2026-08-08.csv",
        "litellm/spend_logs/spend_logs_2026-07__*",
        "litellm/spend_logs/spend_logs_2026-08__*",
    )
    log = list(litellm(files))
    return Company(
        files,
        [
            openai_csv(files),
            claude_csv(files),
            on(log, "2026-06-30", "2026-08-31", "mistral_api"),
            on(log, "2026-06-30", "2026-06-30", "openai_api"),
            on(log, "2026-08-01", "2026-08-31", "openai_api"),
            on(log, "2026-06-30", "2026-07-31", "claude_api"),
            on(log, "2026-08-09", "2026-08-31", "claude_api"),
        ],
    )


def two_organisations() -> Company:
    """One of OpenAI's organisations has its bill of June, the other its usage report alone."""
    billed = sample("openai/costs/costs_2026-06*")
    counted = sample("openai/usage_completions/*2026-06_p1__*")
    files = placed(billed, "/costs/", "/costs/account=org-north/")
    files |= placed(counted, "/usage_completions/", "/usage_completions/account=org-south/")
    return Company(files, [openai_costs(files), openai_usage(files)])


def two_currencies() -> Company:
    """Speech in euros, and one search service in dollars for one account, in euros for another."""
    dollars = sample("focus_any/cost_and_usage/pinecrest_2026-07*")
    euros = told(told(dollars, ",USD,", ",EUR,"), "bw-pinecrest", "bw-pinecrest-eu")
    euros = placed(euros, "/pinecrest_", "/pinecrest-eu_")
    files = sample("focus_any/cost_and_usage/lumenta*", "portkey/logs/logs_2026-08*")
    files |= dollars | euros
    return Company(files, [focus_bills(files), portkey(files)])


def a_start_in_mid_month() -> Company:
    """The gateway is there since 15 June, OpenAI's bill since the 20th."""
    log = sample("litellm/spend_logs/spend_logs_2026-06__*")
    files = some_calls(log, lambda call: call["startTime"] >= "2026-06-15")
    bill = from_day(sample("openai/costs/costs_2026-06*"), "2026-06-20")
    files |= placed(bill, "costs_2026-06__", "costs_2026-06-20_2026-06-30__")
    log = list(litellm(files))
    return Company(
        files,
        [
            openai_costs(files),
            on(log, "2026-06-15", "2026-06-19", "openai_api"),
            on(log, "2026-06-15", "2026-06-30", "claude_api", "mistral_api"),
        ],
    )


def a_month_without_its_bill() -> Company:
    """OpenAI's bill of August, its usage of both months, a contract of 5 % since September."""
    files = sample(
        "openai/costs/costs_2026-08__*",
        "openai/usage_completions/usage_completions_2026-08*",
        "openai/usage_completions/usage_completions_2026-09*",
        "openai/usage_embeddings/usage_embeddings_2026-08*",
        "openai/usage_embeddings/usage_embeddings_2026-09__*",
    )
    contract = {"provider": "openai", "valid_from": "2026-09-01", "multiplier": "0.95"}
    return Company(
        files,
        [
            openai_costs(files),
            (
                (service, day, currency, cost * D("0.95"))
                for service, day, currency, cost in on(
                    openai_usage(files), "2026-09-01", "2026-09-30"
                )
            ),
        ],
        {"contract_prices": [contract | {"contract_id": "OA-1"}]},
    )


def seats_only() -> Company:
    """No API at all: two lists of seats."""
    files = sample("github_copilot/seats/*", "microsoft_365_copilot/subscribed_skus/*")
    return Company(files, [copilot_seats(files), microsoft_seats(files)])


def seats_beside_their_bill() -> Company:
    """Copilot bills what goes beyond the seats; these are on its list alone."""
    files = sample(
        "github_copilot/seats/*2026-05-29*",
        "github_copilot/seats/*2026-06-29*",
        "github_copilot/billing_usage/premium_requests_2026-05*",
        "github_copilot/billing_usage/ai_usage_2026-06-01*",
    )
    return Company(files, [copilot_seats(files), copilot_bill(files)])


def another_gateway_in_mid_month() -> Company:
    """LiteLLM until 15 June, Portkey from the 16th, beside Claude's bill of the month."""
    log = sample("litellm/spend_logs/spend_logs_2026-06__*")
    log = some_calls(log, lambda c: is_sound(c) and c["custom_llm_provider"] in GATEWAY_SERVICES)
    files = some_calls(log, lambda call: "2026-06-01" <= call["startTime"] < "2026-06-16")
    later = some_calls(log, lambda call: call["startTime"] >= "2026-06-16")
    files |= as_portkey(later) | sample("anthropic/cost_report/cost_report_2026-06*")
    return Company(
        files,
        [
            claude_costs(files),
            on(litellm(files), "2026-06-01", "2026-06-30", "openai_api", "mistral_api"),
            on(portkey(files), "2026-06-01", "2026-06-30", "openai_api", "mistral_api"),
        ],
    )


def everything_delivered_again() -> Company:
    """Each bill of it lies there twice or more; the newest whole one is right, and of OpenRouter's
    two exports of August the log of calls."""
    files = sample(
        "aws_bedrock/focus/focus_*2026-05*",
        "focus_any/cost_and_usage/pinecrest_2026-06*",
        "anthropic/cost_report/cost_report_2026-07*",
        "openrouter/activity_csv/activity_2026-07*",
        "openrouter/activity_csv/activity_2026-08*",
        "openrouter/activity/*",
    )
    newest = part(
        files,
        "focus_2026-05_0000",
        "pinecrest_2026-06__exported_2026-07-10",
        "cost_report_2026-07_p1__",
        "activity_csv/activity_2026-07__exported_2026-08-04",
        "activity_csv/activity_2026-08",
        "activity/activity_2026-09__exported_2026-10-02",
    )
    return Company(
        files,
        [
            focus_bills(newest),
            claude_costs(newest),
            openrouter(newest),
            on(openrouter_days(newest), "2026-09-01", "2026-09-30"),
        ],
    )


def a_credit_paid_in_advance() -> Company:
    """1.00 paid on 10 June for a year of xAI, of which the notebooks have used less by the end of
    the month: what came before it is billed, what comes after it is not."""
    log = sample("langfuse/observations/observations_v2_2026-05*")
    log |= sample("langfuse/observations/observations_v2_2026-06*")
    files = some_calls(log, lambda call: call["provided_model_name"] == "grok-3")
    used = list(notebooks(files))
    assert 0 < sum(line[3] for line in on(used, "2026-06-10", "2026-06-30")) < 1
    credit = {
        "service": "xai_api",
        "contract_id": "XAI",
        "contract_start": "2026-06-10",
        "contract_end": "2027-06-10",
        "contract_commitment_id": "XAI-CREDIT",
        "contract_commitment_type": "Prepaid credit",
        "contract_commitment_category": "Spend",
        "contract_commitment_description": "A credit of 1 USD",
        "commitment_start": "2026-06-10",
        "commitment_end": "2027-06-10",
        "billing_currency": "USD",
        "commitment_cost": "1",
        "benefit_category": "Entitlement",
        "commitment_model": "Discontinuous",
        "fulfillment_interval": "Total Term",
        "offer_category": "Public",
        "payment_model": "All Upfront",
        "payment_interval": "One-Time",
        "duration_type": "12 Months",
        "created_on": "2026-06-10",
        "updated_on": "2026-06-10",
        "billing_account_id": "xai_api/default",
        "drawn_down": "true",
    }
    paid = [("xai_api", "2026-06-10", "USD", D(1))]
    return Company(files, [on(used, "2026-05-01", "2026-06-09"), paid], {"contracts": [credit]})


COMPANIES = (
    bills_only,
    logs_only,
    csv_bills_beside_gateways,
    two_organisations,
    two_currencies,
    a_start_in_mid_month,
    a_month_without_its_bill,
    seats_only,
    seats_beside_their_bill,
    another_gateway_in_mid_month,
    everything_delivered_again,
    a_credit_paid_in_advance,
)


# ---------------------------------------------------------------------------- the tests
COSTS = """
    select service, strftime(charge_period_start, '%Y-%m'), billing_currency, sum(billed_cost)
    from charge group by all
"""


def by_month(lines: Iterable[Line]) -> dict[tuple, Decimal]:
    totals: dict[tuple, Decimal] = defaultdict(Decimal)
    for service, day, currency, amount in lines:
        totals[service, day[:7], currency] += amount
    return {key: total for key, total in totals.items() if total}


def right(company: Company) -> dict[tuple, Decimal]:
    return by_month(line for lines in company.right for line in lines)


@pytest.fixture(scope="module")
def project() -> Project:
    return Project(built_project())


@pytest.mark.parametrize("make", COMPANIES, ids=lambda make: make.__name__)
def test_a_company_costs_what_its_raw_files_say(project, make):
    company = make()
    expected = right(company)
    assert expected
    with project.built(Case(make.__name__, company.files, company.registers, {})) as built:
        assert (built.stopped, built.red) == (None, [])
        assert costs(built) == expected


def costs(built) -> dict[tuple, Decimal]:
    return {(*key,): cost for *key, cost in built.rows(COSTS) if cost}


def test_one_of_them_builds_green_with_all_tests(tmp_path):
    """Bills of two kinds beside a gateway, by dbt itself: marts, FOCUS rules and all data tests."""
    company = csv_bills_beside_gateways()
    write_landing(tmp_path / "landing", company.files, {})
    project_without_registers(tmp_path / "project")
    built = run_dbt(tmp_path, tmp_path / "landing", "build", "--log-level", "warn")
    assert built.returncode == 0, built.output
    assert costs(built) == right(company)
