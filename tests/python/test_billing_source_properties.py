"""Whatever is delivered of a true world: no total is above it, and nothing is left out in silence.

Companies are drawn at random: calls, seats, fees, taxes and refunds as they were, and from them
what logs, reports, lists and bills have of them. Each company is a service of its own, so that one
run of the models of models/core/billing_source, as dbt compiled them, decides on all of them. The
oracle looks at the calls themselves: which of them some source has, and what they cost.

Replay a company with `company_of(seed)`: its service is named after the seed.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest

COMPANIES = 2400
FIRST, LAST = date(2026, 4, 3), date(2026, 5, 27)
LOGS = (
    "litellm/spend_logs",
    "portkey/logs",
    "helicone/requests",
    "anthropic/messages",
    "langfuse/observations",
    "opentelemetry/traces",
    "aws_bedrock/invocation_logs",
)
REPORTS = ("anthropic/usage_report", "openai/usage_csv", "cursor/usage_events")
LINES = ("openai/costs", "openai/costs_csv", "anthropic/cost_report")
FOCUS = ("azure_openai/focus", "focus_any/cost_and_usage", "aws_bedrock/cur")
KINDS = ("metered", "seats", "fees", "adjustments")
SOURCED = ("metered", "seats")
# In the order in which they are built on each other.
MODELS = (
    "logged_days",
    "log_ranges",
    "logged_calls",
    "call_matches",
    "common_log_days",
    "source_overlaps",
    "ordered_logs",
    "accepted_logs",
    "log_choices",
    "billed_lines",
    "bill_reach",
    "common_bill_days",
    "bill_days",
    "equal_bill_months",
    "bill_blocks",
    "bill_choices",
    "billed_days",
    "log_days",
    "billing_source_days",
    "retold_calls",
    "source_money",
    "sourced_usage",
    "sourced_seats",
    "doubtful_calls",
    "unlisted_use",
    "charged_money",
    "left_out_money",
    "billing_doubts",
    "gaps",
    "usage_charges",
    "bill_charges",
    "focus_charges",
    "seat_charges",
)
INPUTS = {
    "main": (
        "usage",
        "priced_usage",
        "bill_lines",
        "measured_bill_lines",
        "focus_lines",
        "priced_seats",
        "dated_prices",
        "landing_records",
        "unit_names",
        "data_ends",
    ),
    "seeds": (
        "services",
        "billed_through",
        "datasets",
        "complementary_datasets",
        "meters",
        "service_subcategories",
    ),
}
WITH_ROWS = ("datasets", "complementary_datasets", "meters", "service_subcategories")
DAY = timedelta(days=1)


def moment(day: date, hours: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day) + timedelta(hours=hours)


def days(first: date, last: date) -> list[date]:
    return [first + DAY * n for n in range((last - first).days + 1)]


@dataclass(frozen=True)
class Call:
    number: int
    account: str
    key: str
    at: datetime
    tokens: int
    cost: Decimal


@dataclass
class Source:
    """What one delivery has, in the words of the true world."""

    dataset: str
    kind: str  # log, report, lines or focus
    accounts: tuple[str, ...]
    is_named: bool
    start: datetime
    end: datetime
    calls: list[Call] = field(default_factory=list)
    how: str = ""
    # A bill whose file's name has its days.
    states_days: bool = False

    @property
    def cost(self) -> Decimal:
        return sum((c.cost for c in self.calls), Decimal(0))

    def __str__(self) -> str:
        name = "named" if self.is_named else "unnamed"
        return (
            f"{self.dataset} {self.how} {'+'.join(self.accounts)} {name} {self.start} to {self.end}"
            f" {len(self.calls)} calls {self.cost}"
        )


@dataclass
class SeatSource:
    """A list of seats for some months, or a bill of them from one day to another."""

    dataset: str
    how: str  # list, or a bill by day or month
    accounts: tuple[str, ...]
    is_named: bool
    first: date
    last: date

    def covers(self) -> set[tuple[str, date]]:
        last = self.last if self.how == "day" else month_after(self.last, 1) - DAY
        return {(account, day) for account in self.accounts for day in days(self.first, last)}


@dataclass
class Company:
    service: str
    seed: int
    accounts: tuple[str, ...] = ()
    issuer: str = "OpenAI"
    ids: str = "shared"
    calls: list[Call] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    # Account, category, amount and day of what bills have besides the use.
    extras: list[tuple] = field(default_factory=list)
    price: Decimal = Decimal(0)
    seats: dict[str, int] = field(default_factory=dict)
    seat_sources: list[SeatSource] = field(default_factory=list)
    # What some source has, by kind: the most that may be charged.
    known: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    is_known: dict[str, bool] = field(default_factory=dict)
    is_clear: dict[str, bool] = field(default_factory=dict)

    def __str__(self) -> str:
        words = [f"{self.service} issuer {self.issuer}", *map(str, self.sources)]
        words += [f"extra {a} {c} {m} {t.date()}" for a, c, m, t in self.extras]
        if self.seat_sources:
            words.append(f"seats {self.seats} x {self.price}")
        return "\n    ".join((*words, *map(str, self.seat_sources)))

    def random(self, *words) -> random.Random:
        return random.Random(f"{self.seed} {words}")


def spelling(rng: random.Random, account: str) -> str:
    """No vendor has two accounts that differ in case alone."""
    return account.upper() if rng.random() < 0.2 else account


def make_calls(rng: random.Random, accounts: tuple[str, ...], has_midnight: bool) -> list[Call]:
    keys = [(a, f"{a}-k{n}") for a in accounts for n in range(rng.randint(1, 2))]
    first = FIRST + DAY * rng.randint(0, 25)
    last = min(LAST, first + DAY * rng.randint(3, 28))
    density, one_size = rng.choice((0.3, 0.6, 1.0)), rng.random() < 0.15
    taken: set[int] = set()
    calls = []
    for day in days(first, last):
        for account, key in keys:
            for _ in range(rng.choice((1, 1, 2))):
                if rng.random() > density:
                    continue
                second = rng.randrange(600, 85800)
                if has_midnight and rng.random() < 0.15:
                    second = rng.choice((0, 1, 86398, 86399))
                at = moment(day) + timedelta(seconds=second)
                # Calls that happen by chance within seconds with equal tokens are none of two logs.
                minute = int(at.timestamp()) // 60
                if {minute - 1, minute, minute + 1} & taken:
                    continue
                taken.add(minute)
                tokens = 1000 if one_size else rng.randint(50, 90000)
                cost = Decimal(rng.randint(1, 900)) / 100
                calls.append(Call(len(calls), account, key, at, tokens, cost))
    return calls


def some_days(rng: random.Random, company: Company) -> tuple[datetime, datetime]:
    """A random part of the days in use, often all of them."""
    first = min(c.at for c in company.calls).date()
    last = max(c.at for c in company.calls).date()
    span = (last - first).days
    start = first + DAY * (rng.randint(0, span) if rng.random() < 0.35 else 0)
    end = last - DAY * (rng.randint(0, (last - start).days) if rng.random() < 0.5 else 0)
    return moment(start), moment(end + DAY)


def held(company: Company, accounts, start: datetime, end: datetime, keys=None) -> list[Call]:
    return [
        c
        for c in company.calls
        if c.account in accounts and start <= c.at < end and (keys is None or c.key in keys)
    ]


def some_accounts(rng: random.Random, accounts: tuple[str, ...]) -> tuple[str, ...]:
    if rng.random() < 0.6:
        return accounts
    return tuple(sorted(rng.sample(accounts, rng.randint(1, len(accounts)))))


class Rows:
    """The input tables of all companies."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict]] = defaultdict(list)
        self.number = 0

    def unique(self) -> str:
        self.number += 1
        return f"r{self.number}"

    def usage(self, **columns) -> None:
        row = {
            "usage_id": self.unique(),
            "source_file": "f",
            "source_line": 1,
            "service_tier": "standard",
            "is_billable": True,
            **columns,
        }
        self.tables["usage"].append(row)
        self.tables["priced_usage"].append(row)

    def line(self, **columns) -> None:
        name = self.unique()
        row = {
            "bill_line_id": name,
            "record_id": name,
            "source_file": "f",
            "source_line": 1,
            **columns,
        }
        row["list_amount"] = row["net_amount"]
        self.tables["bill_lines"].append(row)
        self.tables["measured_bill_lines"].append(row)

    def focus(self, **columns) -> None:
        name = self.unique()
        row = {
            "focus_line_id": name,
            "record_id": name,
            "source_file": "f",
            "source_line": 1,
            **columns,
        }
        row["effective_amount"] = row["list_amount"] = row["contracted_amount"] = row[
            "billed_amount"
        ]
        self.tables["focus_lines"].append(row)


def add_log(rows: Rows, company: Company, source: Source) -> None:
    rng, ids = company.random(source.dataset), company.ids
    skew = rng.randint(-2, 2)
    names = {a: spelling(rng, a) for a in source.accounts}
    for call in source.calls:
        started = call.at + timedelta(seconds=skew)
        request = f"{company.service}-q{call.number}"
        if ids == "own":
            request = f"{request}-{source.dataset}"
        elif ids == "none" or (ids == "mixed" and rng.random() < 0.3):
            request = None
        share = rng.randint(0, call.tokens)
        parts = [("uncached_input_tokens", share), ("output_tokens", call.tokens - share)]
        record = rows.unique()
        for n, (meter, tokens) in enumerate(parts):
            rows.usage(
                record_id=record,
                source_dataset=source.dataset,
                service=company.service,
                account_id=names[call.account] if source.is_named else None,
                request_id=request,
                model="m",
                meter=meter,
                quantity=tokens,
                request_count=1 if n == 0 else 0,
                started_at=started,
                ended_at=started + timedelta(seconds=1),
                stated_cost=call.cost if n == 0 else 0,
                stated_currency="USD",
            )


def add_report(rows: Rows, company: Company, source: Source) -> None:
    rng = company.random(source.dataset)
    names = {a: spelling(rng, a) for a in source.accounts}
    buckets: dict[tuple, list[Call]] = defaultdict(list)
    for call in source.calls:
        buckets[(call.at.date(), names[call.account] if source.is_named else None)].append(call)
    for (day, account), calls in buckets.items():
        rows.usage(
            record_id=rows.unique(),
            source_dataset=source.dataset,
            service=company.service,
            account_id=account,
            model="m",
            meter="uncached_input_tokens",
            quantity=sum(c.tokens for c in calls),
            request_count=len(calls),
            started_at=moment(day),
            ended_at=moment(day + DAY),
            stated_cost=sum(c.cost for c in calls),
            stated_currency="USD",
        )


def month_after(day: date, first: int) -> date:
    """The next day of a month that is numbered so, after the day."""
    at = day + DAY
    while at.day != first:
        at += DAY
    return at


def pieces(start: datetime, end: datetime, how: str) -> list[tuple]:
    """Charge periods of a bill: days (of any clock), months or months from the 15th."""
    if how == "day":
        count = (end - start) // DAY
        return [(start + DAY * n, start + DAY * (n + 1)) for n in range(count)]
    first = 15 if how == "15th" else 1
    found, at = [], start
    while at < end:
        following = moment(month_after(at.date(), first))
        found.append((at, min(following, end)))
        at = following
    return found


def billing_period(start: datetime, how: str) -> tuple[datetime, datetime]:
    first = 15 if how == "15th" else 1
    at = start.date()
    while at.day != first:
        at -= DAY
    return moment(at), moment(month_after(at, first))


def has_extra(source: Source, account: str, category: str, at: datetime) -> bool:
    """Taxes, credits and fees are on the bill of their day; a refund on that of the use."""
    if account not in source.accounts or not source.start <= at or at + DAY > source.end:
        return False
    own = [c for c in source.calls if c.account == account]
    return category != "Usage" or any(at <= c.at < at + DAY for c in own)


def add_bill(rows: Rows, company: Company, source: Source) -> None:
    """Lines of metered use, and of the fees, taxes, credits and refunds that are dated within."""
    rng, extras = company.random(source.dataset), company.extras
    how = source.how.split()[0]
    names = {a: spelling(rng, a) if source.is_named else None for a in source.accounts}
    groups = (
        {(names[a], (a,)) for a in source.accounts}
        if source.is_named
        else {(None, source.accounts)}
    )
    cycle = "15th" if how == "15th" or (how == "day" and source.kind == "focus") else "month"
    if source.kind == "focus" and rng.random() < 0.5:
        cycle = "month" if how != "15th" else cycle
    file = "f"
    source.states_days = rng.random() < 0.2 and source.start.hour == 0
    if source.states_days:
        file = f"bill_{source.start.date()}_{source.end.date() - DAY}_exported-{source.end.date()}"
    lines = []
    for account, held_by in sorted(groups, key=str):
        for start, end in pieces(source.start, source.end, how):
            calls = [c for c in source.calls if c.account in held_by and start <= c.at < end]
            if calls:
                lines.append((account, "Usage", sum(c.cost for c in calls), start, end))
        for owner, category, amount, at in extras:
            if owner in held_by and has_extra(source, owner, category, at):
                lines.append((account, category, amount, at, at + DAY))
    for account, category, amount, start, end in lines:
        common = {
            "source_dataset": source.dataset,
            "source_file": file,
            "service": company.service,
            "account_id": account,
            "charge_scope": "usage",
            "charge_category": category,
            "currency": "USD",
            "period_start": start,
            "period_end": end,
        }
        if source.kind == "lines":
            rows.line(**common, net_amount=amount)
        else:
            period = billing_period(start, cycle)
            rows.focus(
                **common,
                billed_amount=amount,
                billing_period_start=period[0],
                billing_period_end=period[1],
                service_provider_name="OpenAI",
                invoice_issuer_name=company.issuer,
            )


def plan_use(rng: random.Random, company: Company) -> None:
    accounts = company.accounts
    has_reports, has_bills = rng.random() < 0.35, rng.random() < 0.6
    company.calls = make_calls(rng, accounts, not has_reports and not has_bills)
    if not company.calls:
        return
    sources = company.sources
    naming = rng.choice(("all", "none", "mixed"))

    def is_named() -> bool:
        return naming == "all" or (naming == "mixed" and rng.random() < 0.5)

    # Logs: keys that are the same, apart or overlapping, or one gateway after the other.
    keys = sorted({c.key for c in company.calls})
    pattern = rng.choice(("same", "disjoint", "overlap", "switch"))
    company.ids = rng.choice(("shared", "own", "none", "mixed"))
    datasets = rng.sample(LOGS, rng.choice((0, 1, 2, 2, 3)))
    assigned = {key: rng.choice(datasets or [""]) for key in keys}
    turn = moment(rng.choice(company.calls).at.date())
    for n, dataset in enumerate(datasets):
        start, end = some_days(rng, company)
        seen = set(keys)
        if pattern == "disjoint":
            seen = {key for key in keys if assigned[key] == dataset}
        elif pattern == "overlap":
            seen = {key for key in keys if rng.random() < 0.6}
        elif pattern == "switch":
            start, end = (start, min(turn, end)) if n == 0 else (max(turn, start), end)
        calls = held(company, accounts, start, end, seen)
        if calls:
            seen_in = tuple(sorted({c.account for c in calls}))
            sources.append(
                Source(dataset, "log", seen_in, is_named(), start, end, calls, company.ids)
            )
    for dataset in rng.sample(REPORTS, rng.choice((1, 1, 2))) if has_reports else ():
        start, end = some_days(rng, company)
        scope = some_accounts(rng, accounts)
        calls = held(company, scope, start, end)
        if calls:
            sources.append(Source(dataset, "report", scope, is_named(), start, end, calls))
    for dataset in rng.sample(LINES + FOCUS, rng.choice((1, 1, 2))) if has_bills else ():
        start, end = some_days(rng, company)
        how = rng.choice(("day", "day", "day", "month", "15th"))
        shift = rng.choice((0, 0, 0, -2, 7)) if how == "day" else 0
        # The days of another clock that lie wholly between.
        start += timedelta(hours=shift % 24)
        found = pieces(start, end, how)
        if not found:
            continue
        start, end = found[0][0], found[-1][1]
        scope = some_accounts(rng, accounts)
        calls = held(company, scope, start, end)
        if calls:
            kind = "lines" if dataset in LINES else "focus"
            sources.append(
                Source(dataset, kind, scope, is_named(), start, end, calls, f"{how} {shift}")
            )
    if has_bills:
        categories = ("Tax", "Credit", "Purchase", "Usage")
        for category in rng.sample(categories, rng.choice((0, 0, 1, 4))):
            for account in accounts:
                own = [c for c in company.calls if c.account == account]
                at = moment(rng.choice(own or company.calls).at.date())
                amount = Decimal(rng.randint(1, 300)) / 100
                amount = amount if category in ("Tax", "Purchase") else -amount
                company.extras.append((account, category, amount, at))


def write(company: Company, rows: Rows) -> None:
    """The rows of a company, and what some source has of its world."""
    rows.tables["services"].append(
        {
            "service": company.service,
            "service_name": company.service,
            "service_category": "AI and Machine Learning",
            "service_subcategory": "Generative AI",
            "service_provider_name": "OpenAI",
            "host_provider_name": "OpenAI",
            "invoice_issuer_name": "OpenAI",
        }
    )
    company.known = defaultdict(Decimal)
    bills = [s for s in company.sources if s.kind in ("lines", "focus")]
    for source in company.sources:
        if source.kind == "log":
            add_log(rows, company, source)
        elif source.kind == "report":
            add_report(rows, company, source)
        else:
            add_bill(rows, company, source)
    seen = {c.number: c.cost for s in company.sources for c in s.calls}
    company.known["metered"] = sum(seen.values(), Decimal(0))
    for account, category, amount, at in company.extras:
        if any(has_extra(s, account, category, at) for s in bills):
            kind = {"Usage": "metered", "Purchase": "fees"}.get(category, "adjustments")
            company.known[kind] += amount
    covered = set()
    for source in company.seat_sources:
        add_seats(rows, company, source)
        covered |= source.covers()
    company.known["seats"] = sum(
        (company.price * company.seats[a] / days_of(day) for a, day in covered), Decimal(0)
    )
    # The account on another vendor's bill is that vendor's.
    is_own = len(company.accounts) == 1 or company.issuer == "OpenAI"
    company.is_known["metered"] = (
        is_own and is_sharp(company) and knows_accounts(company, company.sources)
    )
    company.is_known["seats"] = is_own and knows_accounts(company, company.seat_sources)
    company.is_clear["metered"] = company.is_known["metered"] and is_clear(company)
    company.is_clear["seats"] = company.is_known["seats"]


def days_of(day: date) -> int:
    month = day.replace(day=1)
    return (month_after(month, 1) - month).days


def knows_accounts(company: Company, sources: list) -> bool:
    return len(company.accounts) == 1 or all(s.is_named for s in sources)


def is_sharp(company: Company) -> bool:
    """Totals of days are those of one clock, and lines of a month stand beside no others."""
    totals = [s for s in company.sources if s.kind != "log"]
    lines = [s for s in totals if s.kind != "report"]
    return (len(totals) < 2 or {s.start.hour for s in totals} == {0}) and (
        len(lines) < 2 or all(s.how.startswith("day") for s in lines)
    )


def is_clear(company: Company) -> bool:
    """Logs show what they have in common: ids that are the same, or no calls in common."""
    logs = [s for s in company.sources if s.kind == "log"]
    return company.ids == "shared" or all(
        not {c.number for c in one.calls} & {c.number for c in other.calls}
        for n, one in enumerate(logs)
        for other in logs[:n]
    )


def company_of(seed: int) -> Company:
    rng = random.Random(seed)
    company = Company(f"s{seed}", seed)
    company.accounts = tuple("abc"[: rng.choice((1, 1, 2, 3))])
    company.issuer = rng.choice(("OpenAI", "OpenAI", "OpenAI", "Microsoft"))
    plan_use(rng, company)
    plan_seats(rng, company)
    return company


def plan_seats(rng: random.Random, company: Company) -> None:
    """Seats of whole months; the price is such that a day of April and of May costs whole cents."""
    if rng.random() < 0.5:
        return
    accounts = company.accounts
    company.price = Decimal("9.30") * rng.randint(1, 4)
    company.seats = {a: rng.randint(1, 3) for a in accounts}
    naming = rng.choice(("all", "none", "mixed"))

    def is_named() -> bool:
        return naming == "all" or (naming == "mixed" and rng.random() < 0.5)

    april, may = date(2026, 4, 1), date(2026, 5, 1)
    if rng.random() < 0.75:
        first, last = rng.choice(((april, may), (april, may), (april, april), (may, may)))
        listed = some_accounts(rng, accounts)
        company.seat_sources.append(
            SeatSource("github_copilot/seats", "list", listed, is_named(), first, last)
        )
    datasets = rng.sample(("github_copilot/billing_usage", "azure_openai/focus"), 2)
    for dataset in datasets[: rng.choice((0, 1, 1, 2))]:
        scope = some_accounts(rng, accounts)
        how = rng.choice(("day", "month"))
        first = april if rng.random() < 0.7 else may
        last = first + DAY * rng.randint(0, 60 if first == april else 30)
        company.seat_sources.append(SeatSource(dataset, how, scope, is_named(), first, last))


def add_seats(rows: Rows, company: Company, source: SeatSource) -> None:
    for account, day in sorted(source.covers()):
        count, name = company.seats[account], account if source.is_named else None
        month = day.replace(day=1)
        if source.how == "list":
            for seat in range(count) if day == month else ():
                rows.tables["priced_seats"].append(
                    {
                        "seat_id": f"{company.service}-{account}-{seat}",
                        "record_id": rows.unique(),
                        "source_dataset": source.dataset,
                        "source_file": "f",
                        "source_line": 1,
                        "service": company.service,
                        "account_id": name,
                        "plan_type": "business",
                        "month_start": month,
                        "seat_count": 1,
                        "seat_months": 1,
                        "proration": "whole month",
                        "billing_term": "monthly",
                        "charged_from": month,
                        "charged_to": month_after(month, 1),
                        "pricing_unit": "User-Months",
                        "pricing_quantity": 1,
                        "list_unit_price": company.price,
                        "contracted_unit_price": company.price,
                        "currency": "USD",
                    }
                )
            continue
        if source.how == "month" and day != month:
            continue
        part = days_of(day) if source.how == "day" else 1
        amount = company.price * count / part
        common = {
            "source_dataset": source.dataset,
            "service": company.service,
            "account_id": name,
            "charge_scope": "seat",
            "charge_category": "Usage",
            "currency": "USD",
            "quantity": round(Decimal(count) / part, 10),
            "unit": "User-Months",
            "period_start": moment(day),
            "period_end": moment(day + DAY),
        }
        if source.dataset.endswith("focus"):
            rows.focus(
                **common,
                billed_amount=amount,
                billing_period_start=moment(month),
                billing_period_end=moment(month_after(month, 1)),
                service_provider_name="OpenAI",
                invoice_issuer_name=company.issuer,
            )
        else:
            rows.line(**common, net_amount=amount)


def decide(db: duckdb.DuckDBPyConnection, compiled: dict[str, str], rows: Rows) -> dict:
    """What the models charge, doubt and miss, by service and kind."""
    for schema, names in INPUTS.items():
        for table in names:
            if table in WITH_ROWS:
                continue
            landed = rows.tables[table]
            db.execute(f"truncate {schema}.{table}")
            if landed:
                columns = sorted({column for row in landed for column in row})
                texts = {
                    c: [None if r.get(c) is None else str(r[c]) for r in landed] for c in columns
                }
                db.register(
                    "landed", pa.table({c: pa.array(v, pa.string()) for c, v in texts.items()})
                )
                db.execute(f"insert into {schema}.{table} by name from landed")
    for model in MODELS:
        db.execute(f"create or replace table main.{model} as {compiled[model]}")
    kind = """case when charge_category not in ('Usage', 'Purchase') then 'adjustments'
        when charge_scope = 'seat' then 'seats'
        when charge_category = 'Purchase' then 'fees' else 'metered' end"""
    # A negative line of use becomes a credit in focus_charges: it is of its first kind here.
    charged = db.execute(
        f"""
        select service, {kind}, sum(amount) from (
            select service, charge_scope, charge_category, amount from main.usage_charges
            union all
            select service, charge_scope, charge_category, amount from main.bill_charges
            union all
            select service, charge_scope, charge_category, amount from main.seat_charges
            union all
            select c.service, c.charge_scope, l.charge_category, c.amount
            from main.focus_charges as c
            inner join main.focus_lines as l on c.charge_id = l.focus_line_id
        ) group by all"""
    ).fetchall()
    doubts = db.execute(
        "select service, charge_kind, sum(amount_at_stake) from main.billing_doubts group by all"
    ).fetchall()
    return {
        "charged": {(s, k): v for s, k, v in charged},
        "doubts": {(s, k): v for s, k, v in doubts},
        "gaps": db.execute(
            "select service, charge_kind, first_day, last_day from main.gaps "
            "where service is not null"
        ).fetchall(),
    }


def most(company: Company, kind: str) -> Decimal:
    """The most that one source has: whoever its accounts are, it must be charged or doubted."""
    if kind == "metered" and {s.start.hour for s in company.sources} <= {0} and is_sharp(company):
        refunds = sum((m for _, c, m, _ in company.extras if c == "Usage"), Decimal(0))
        return max((s.cost for s in company.sources), default=Decimal(0)) + refunds
    if kind == "seats":
        return max(
            (
                sum(company.price * company.seats[a] / days_of(day) for a, day in s.covers())
                for s in company.seat_sources
            ),
            default=Decimal(0),
        )
    return Decimal(0)


def known_days(source: Source) -> set[date]:
    """The days that a source is about: those of a log's calls, else the first to the last."""
    used = {c.at.date() for c in source.calls}
    if source.kind == "log":
        return used
    if source.states_days:
        return set(days(source.start.date(), (source.end - DAY).date()))
    if source.kind == "report":
        return set(days(min(used), max(used)))
    lines = [
        (start, end)
        for start, end in pieces(source.start, source.end, source.how.split()[0])
        if any(start <= c.at < end for c in source.calls)
    ]
    return set(days(lines[0][0].date(), (lines[-1][1] - timedelta(seconds=1)).date()))


def missing_days(company: Company) -> set[date]:
    """Days of use that no source is about, though some are of the days before and after."""
    known = set().union(*(known_days(s) for s in company.sources))
    return set(days(min(known), max(known))) - known if known else set()


def hidden_gaps(companies: list[Company], found: dict) -> list[tuple]:
    shown = defaultdict(set)
    for service, kind, first, last in found["gaps"]:
        if kind == "metered":
            shown[service] |= set(days(first, last))
    return [
        (company, missing_days(company) - shown[company.service])
        for company in companies
        # Around midnight a call is on the day of its log's clock.
        if len(company.accounts) == 1
        and not any(c.at.second < 3 or c.at.second > 56 for c in company.calls)
        and missing_days(company) - shown[company.service]
    ]


def violations(companies: list[Company], found: dict) -> list[tuple]:
    broken = []
    for company in companies:
        for kind in KINDS:
            place = (company.service, kind)
            charged = found["charged"].get(place) or Decimal(0)
            at_stake = found["doubts"].get(place) or Decimal(0)
            known = company.known.get(kind, Decimal(0))
            # A seat's quantity has ten decimals.
            slack = Decimal("0.000001") if kind == "seats" else Decimal(0)
            # A refund is on the bill that is left out, where two of them overlap by hours.
            refunds = Decimal(0)
            if kind == "metered" and not is_sharp(company):
                refunds = sum((-m for _, c, m, _ in company.extras if c == "Usage"), refunds)
            what = None
            if kind == "adjustments" and not knows_accounts(company, company.sources):
                continue  # a credit without account may be that of the other bill
            if charged > known + refunds + slack:
                what = "more than the truth"
            elif company.is_known.get(kind, False) and known - charged > at_stake + slack:
                what = "left out in silence"
            elif kind in SOURCED and most(company, kind) - charged > at_stake + slack:
                what = "one source has more, in silence"
            elif company.is_clear.get(kind) and charged + slack < known:
                what = "clear, and not all is charged"
            if what:
                broken.append((what, kind, charged, known, at_stake, company))
    return broken


def connect(path) -> duckdb.DuckDBPyConnection:
    """An empty project: the input tables with the columns and types of a built one."""
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as ai_spend")
    connection.execute("use ai_spend")
    connection.execute("set timezone = 'UTC'")
    connection.execute("create schema seeds")
    with duckdb.connect(path, read_only=True) as built:
        for schema, tables in INPUTS.items():
            for table in tables:
                columns = ", ".join(
                    f'"{name}" {kind}'
                    for name, kind, *_ in built.execute(f"describe {schema}.{table}").fetchall()
                )
                connection.execute(f"create table {schema}.{table} ({columns})")
                if table in WITH_ROWS:
                    connection.register(
                        "rows", built.execute(f"from {schema}.{table}").to_arrow_table()
                    )
                    connection.execute(f"insert into {schema}.{table} from rows")
    return connection


@pytest.fixture(scope="module")
def compiled(sample_build) -> dict[str, str]:
    folder = sample_build.folder / "target" / "compiled" / "ai_spend" / "models"
    files = {file.stem: file for file in folder.rglob("*.sql")}
    return {model: files[model].read_text(encoding="utf-8") for model in MODELS}


def test_no_total_is_above_the_truth_and_nothing_is_left_out_in_silence(sample_build, compiled):
    rows = Rows()
    companies = [company_of(seed) for seed in range(COMPANIES)]
    for company in companies:
        write(company, rows)
    with connect(sample_build.db) as db:
        found = decide(db, compiled, rows)
    broken = violations(companies, found)
    report = "\n".join(
        f"{what}: {kind} {charged} of {known}, {at_stake} in doubt\n    {company}"
        for what, kind, charged, known, at_stake, company in broken[:10]
    )
    assert not broken, f"{len(broken)} companies\n{report}"
    hidden = hidden_gaps(companies, found)
    assert not hidden, "\n".join(f"{company}: {days}" for company, days in hidden[:5])
