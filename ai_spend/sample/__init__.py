"""The sample company: Brindlewick Robotics, an invented firm with invented people and real formats.

``generate`` writes the landing folder ``landing/sample`` byte for byte the same on every run. The
generator keeps its own books while it writes: what it planted, and what every total must be. Those
books go to ``README.md`` in the folder and to ``tests/python/sample_expected.json``; nothing in
them comes from the dbt project, so they can judge it.

Units: tokens are integers, prices are US dollars per 1,000,000 tokens (web search: per 1,000),
money is ``Decimal`` throughout. Every moment is UTC unless an offset was planted on purpose.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import importlib
import io
import json
import pkgutil
import random
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

COMPANY = "Brindlewick Robotics"
DOMAIN = "brindlewick.example"
SEED = 20260501
FIRST_DAY, LAST_DAY = date(2026, 5, 1), date(2026, 9, 30)
MONTHS = ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09"]
EXPORT_DAYS = ("2026-06-03", "2026-07-03", "2026-08-04", "2026-09-03", "2026-10-02")
EXPORTED = dict(zip(MONTHS, EXPORT_DAYS, strict=True))
LAST_BILLED_MONTH = "2026-08"  # September has no vendor bill yet
CANARY = "PROMPT-TEXT-CANARY"  # must never reach a table
D = Decimal
MILLION = D(1_000_000)

# --------------------------------------------------------------------------------------------
# Prices, frozen: list prices in US dollars. A test holds them against seeds/prices.
# --------------------------------------------------------------------------------------------
ALWAYS = date(1970, 1, 1)
METERS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
BOOK_METER = {m: f"{m}_tokens" for m in METERS} | {"web_search": "web_searches"}


def _p(*prices: str) -> dict[str, Decimal]:
    return {m: D(p) for m, p in zip((*METERS, "web_search"), prices, strict=False) if p}


PRICES: dict[tuple[str, str], list[tuple[date, dict[str, Decimal]]]] = {
    ("openai", "gpt-4o"): [(ALWAYS, _p("2.5", "1.25", "", "", "10"))],
    ("openai", "gpt-5.4"): [(ALWAYS, _p("2.5", "0.25", "", "", "15"))],
    ("openai", "gpt-5.6-luna"): [
        (ALWAYS, _p("1", "0.1", "1.25", "", "6")),
        (date(2026, 7, 30), _p("0.2", "0.02", "0.25", "", "1.2")),
    ],
    ("anthropic", "claude-sonnet-5"): [(ALWAYS, _p("2", "0.2", "2.5", "4", "10", "10"))],
    ("anthropic", "claude-haiku-4-5"): [(ALWAYS, _p("1", "0.1", "1.25", "2", "5", "10"))],
    ("mistral", "mistral-large-2512"): [(ALWAYS, _p("0.5", "0.05", "", "", "1.5"))],
    ("mistral", "mistral-medium-latest"): [
        (ALWAYS, _p("0.4", "0.04", "", "", "2")),
        (date(2026, 6, 16), _p("1.5", "0.15", "", "", "7.5")),
    ],
}
TIER_FACTOR = {"standard": D(1), "default": D(1), "batch": D("0.5"), "flex": D("0.5")}
# The company's contracts, as in seeds/prices/contract_prices.csv (a test holds them together).
OPENAI_DISCOUNT_FROM, OPENAI_DISCOUNT = date(2026, 8, 1), D("0.95")
MISTRAL_FIXED = ("mistral-large-2512", "output", "standard", D("1.2"))
MISTRAL_FIXED_FROM = date(2026, 6, 1)
# Prepaid credits, as in seeds/organisation/contracts.csv (a test holds them together): service,
# first day, first day after the end, dollars paid, the invoice if any. They pay what is used of the
# service in between.
PREPAID = {
    "XAI-CREDIT-2026-06": (
        "xai_api",
        date(2026, 6, 15),
        date(2027, 6, 15),
        D("2.5"),
        "XAI-2026-06",
    ),
    "XAI-CREDIT-2026-09": ("xai_api", date(2026, 9, 1), date(2027, 9, 1), D(5), ""),
    "DEEP-CREDIT-2026-06": ("deepseek_api", date(2026, 6, 15), date(2026, 9, 15), D(1), ""),
}
GATEWAY_LEARNS_PRICES_LATE = timedelta(days=5)  # the gateway's price map follows a change late
SEAT_PRICE = {"business": D(19), "enterprise": D(39)}

# What a vendor writes for a model: the log alias, the id in reports, the name in cost texts.
REPORT_MODEL = {
    "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-5.4": "gpt-5.4-2026-03-05",
    "gpt-5.6-luna": "gpt-5.6-luna",
    "claude-sonnet-5": "claude-sonnet-5",
    "claude-haiku-4-5": "claude-haiku-4-5-20251001",
}
DISPLAY = {"claude-sonnet-5": "Claude Sonnet 5", "claude-haiku-4-5": "Claude Haiku 4.5"}


def price(provider: str, model: str, meter: str, tier: str, day: date) -> Decimal | None:
    """List price in force on a day, in dollars per million tokens; None when nobody knows one."""
    found = None
    for valid_from, meters in PRICES.get((provider, model), []):
        if valid_from <= day and meter in meters:
            found = meters[meter] * TIER_FACTOR[tier]
    return found


def own_price(provider: str, model: str, meter: str, tier: str, day: date) -> Decimal:
    """The company's contract price, unit prices rounded half up to 8 decimals, else list price."""
    if (provider, model, meter, tier) == ("mistral", *MISTRAL_FIXED[:3]) and (
        day >= MISTRAL_FIXED_FROM
    ):
        return MISTRAL_FIXED[3]
    listed = price(provider, model, meter, tier, day)
    return discounted(listed, day) if provider == "openai" else listed


def discounted(listed: Decimal, day: date) -> Decimal:
    """OpenAI's contract: 5 % off every list price since August."""
    if day < OPENAI_DISCOUNT_FROM:
        return listed
    return (listed * OPENAI_DISCOUNT).quantize(D("0.00000001"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Tokens:
    """Disjoint token classes of a call or a bucket. Their sum is all the vendor counted."""

    input: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    output: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(*(getattr(self, m) + getattr(other, m) for m in METERS))

    def items(self) -> list[tuple[str, int]]:
        return [(m, getattr(self, m)) for m in METERS if getattr(self, m)]

    @property
    def written(self) -> int:
        return self.cache_write_5m + self.cache_write_1h

    @property
    def prompt(self) -> int:
        return self.input + self.cache_read + self.written


def cost(prices, provider: str, model: str, tier: str, day: date, tokens: Tokens) -> Decimal:
    """Tokens times ``prices`` (``price`` or ``own_price``), exact, in dollars."""
    return sum(
        (D(n) / MILLION * prices(provider, model, m, tier, day) for m, n in tokens.items()), D(0)
    )


# --------------------------------------------------------------------------------------------
# The company
# --------------------------------------------------------------------------------------------
# department_id and name as in seeds/organisation, people in May, of these with a Copilot seat
DEPARTMENTS = [
    ("engineering", "Engineering", 45, 45),
    ("data-science", "Data Science", 14, 14),
    ("customer-support", "Customer Support", 16, 10),
    ("sales", "Sales", 13, 0),
    ("marketing", "Marketing", 9, 5),
    ("field-service", "Field Service", 11, 11),
    ("finance", "Finance", 7, 0),
    ("people-operations", "People Operations", 5, 0),
]
FIRST = ["ada", "bram", "cleo", "dario", "edda", "finn", "greta", "hugo", "ines", "jonas",
         "kira", "leif", "mina", "nils", "orla"]  # fmt: skip
LAST = ["ashgrove", "bellfrost", "copperhill", "dunmarsh", "elderwyn", "fennimoor", "gorsedale",
        "hollowmere"]  # fmt: skip


@dataclass(frozen=True)
class Person:
    number: int
    department: str
    has_seat: bool

    @property
    def person_id(self) -> str:
        return f"p-{self.number:03d}"

    @property
    def names(self) -> tuple[str, str]:
        return FIRST[self.number % 15], LAST[(self.number // 15) % 8]

    @property
    def email(self) -> str:
        return f"{self.names[0]}.{self.names[1]}@{DOMAIN}"

    @property
    def login(self) -> str:
        return f"{self.names[0]}-{self.names[1]}-bw"

    @property
    def gateway_user(self) -> str:
        return f"{self.names[0]}.{self.names[1]}"


def people() -> list[Person]:
    result: list[Person] = []
    for dept, _, size, seats in DEPARTMENTS:
        result += [Person(len(result) + i, dept, i < seats) for i in range(size)]
    return result


@dataclass(frozen=True)
class Team:
    """A gateway key: who owns it, what it calls. Models carry weights."""

    alias: str
    team_id: str | None
    team_alias: str | None
    departments: tuple[str, ...]
    models: tuple[str, ...]
    features: tuple[str, ...]
    openai_project: str = "proj_BwPlatform"
    weight: int = 10

    @property
    def key_hash(self) -> str:
        return hashlib.sha256(f"invented-virtual-key/{self.alias}".encode()).hexdigest()


IN_HOUSE = "in-house-llama-tuned"
TEAMS = [
    Team("support-bot", "team-support", "Customer Support", ("customer-support",),
         ("claude-haiku-4-5", "claude-haiku-4-5", "claude-sonnet-5", "gpt-4o"),
         ("triage", "reply-draft"), "proj_BwSupport", 26),
    Team("eng-assistant", "team-eng", "Engineering", ("engineering",),
         ("gpt-5.4", "gpt-5.4", "claude-sonnet-5"), ("code-review", "test-writer"), weight=22),
    Team("data-notebooks", "team-ds", "Data Science", ("data-science",),
         ("gpt-5.4", "gpt-5.6-luna", "mistral-large-2512"), ("labelling", "analysis"), weight=14),
    Team("sales-copy", "team-sales", "Sales", ("sales",),
         ("gpt-5.6-luna", "mistral-medium-latest"), ("offer-text",), weight=10),
    Team("marketing-studio", "team-marketing", "Marketing", ("marketing",),
         ("gpt-4o", "mistral-large-2512"), ("campaign",), weight=8),
    Team("field-guide", "team-field", "Field Service", ("field-service",),
         ("claude-haiku-4-5", "claude-haiku-4-5", "gpt-5.6-luna", IN_HOUSE), ("repair-help",),
         weight=8),
    Team("shared-prototype", None, None, ("finance", "people-operations"),
         ("gpt-4o", "claude-sonnet-5", "mistral-large-2512"), ("prototype",), weight=8),
    Team("legacy-script", None, None, (), ("gpt-4o", "gpt-5.6-luna"), (), weight=4),
]  # fmt: skip
PROVIDER = {m: p for p, m in PRICES} | {IN_HOUSE: "openai_compatible"}
API_BASE = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "mistral": "https://api.mistral.ai/v1",
    "openai_compatible": f"https://llm.{DOMAIN}/v1",
}


def moving_person() -> Person:
    """The one who leaves customer support for field service on 2026-08-11."""
    return next(p for p in people() if p.department == "customer-support")


# --------------------------------------------------------------------------------------------
# Books and files
# --------------------------------------------------------------------------------------------
@dataclass
class Books:
    """All files (path -> bytes) and what the generator knows about them."""

    files: dict[str, bytes] = field(default_factory=dict)
    planted: list[tuple[str, str, str]] = field(default_factory=list)
    datasets: dict[str, dict] = field(default_factory=dict)
    money: dict[tuple, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    unpriced: Counter = field(default_factory=Counter)
    seats: dict[str, dict] = field(default_factory=dict)
    used: dict[tuple, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    credits: dict[str, dict] = field(default_factory=dict)
    idle_seats: list[tuple[str, str, str, str]] = field(default_factory=list)

    def put(self, path: str, text: str) -> None:
        """Write a file; names ending in .gz are compressed without time and name."""
        raw = text.encode("utf-8")
        self.files[path] = gzip.compress(raw, 9, mtime=0) if path.endswith(".gz") else raw

    def plant(self, path: str, where: str, what: str) -> None:
        self.planted.append((path, where, what))

    def dataset(self, name: str) -> dict:
        empty = {"files": 0, "files_identical": 0, "files_refused": 0, "records": 0,
                 "accepted": 0, "duplicates": 0, "superseded": 0, "quarantined": {},
                 "not_billable": 0, "tokens": {}, "money": {}}  # fmt: skip
        return self.datasets.setdefault(name, empty)

    def idle_seat(self, service: str, month: str, person: str, days: int, used: bool = True):
        """Enter a seat that nobody used for so many days before the month was looked at, if they
        are enough to ask about it: 30 to look, 60 to ask, 90 to be certain of an end of use."""
        verdict = "certain" if days >= 90 and used else "probable" if days >= 60 else "review"
        if days >= 30:
            self.idle_seats.append((service, month, person, verdict))

    def little_used_seat(self, service: str, month: str, person: str):
        self.idle_seats.append((service, month, person, "review"))

    def charge(self, service: str, scope: str, month: str, dataset: str, basis: str, amount,
               currency: str = "USD"):  # fmt: skip
        self.money[(service, scope, month, dataset, basis, currency)] += amount

    def use(self, service: str, day: date, dataset: str, basis: str, amount: Decimal) -> None:
        """Charge the use of a service that has prepaid credit, which is drawn down by days."""
        self.charge(service, "usage", month_of(day), dataset, basis, amount)
        self.used[(service, day, dataset, basis)] += amount

    def draw_down(self) -> None:
        """Let each credit pay for the days of its period until it is used up or lapses."""
        for name, credit in sorted(PREPAID.items(), key=lambda item: item[1][2]):
            service, start, end, paid, invoice = credit
            source, left, by_month = "organisation/contracts", paid, defaultdict(Decimal)
            basis = "Invoiced" if invoice else "Reported"
            self.charge(service, "commitment", month_of(start), source, basis, paid)
            for key in sorted(key for key in self.used if key[0] == service):
                _, day, dataset, basis = key
                drawn = min(left, self.used[key]) if start <= day < end else D(0)
                if D(0) < drawn < self.used[key]:
                    (only,) = (k for k in self.used if k[:2] == key[:2])
                    assert only == key, "which of two sources crosses the balance is not known here"
                self.used[key] -= drawn
                left -= drawn
                self.charge(service, "usage", month_of(day), dataset, basis, -drawn)
                by_month[month_of(day)] += drawn
            lapsed = left if end <= LAST_DAY else D(0)
            if lapsed:
                month = month_of(end - timedelta(days=1))
                self.charge(service, "commitment", month, source, "Reported", D(0))
            self.credits[name] = {
                "paid": paid,
                "used": {month: amount for month, amount in by_month.items() if amount},
                "lapsed": lapsed,
                "left": left - lapsed,
            }


def add(into: dict, key: str, amount) -> None:
    into[key] = into.get(key, 0) + amount


def add_tokens(entry: dict, tokens: Tokens) -> None:
    for meter, n in tokens.items():
        add(entry["tokens"], BOOK_METER[meter], n)


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


class Literal(str):
    """A number written into JSON exactly as given."""


def to_json(value, newline_at: str = "") -> str:
    """Compact JSON with decimals as exact literals. Lists under ``newline_at`` go line by line."""
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, dict):
        parts = []
        for key, item in value.items():
            if key == newline_at and item:
                body = "[\n" + ",\n".join(to_json(v, newline_at) for v in item) + "\n]"
            else:
                body = to_json(item, newline_at)
            parts.append(f"{json.dumps(key)}: {body}")
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(to_json(v, newline_at) for v in value) + "]"
    return json.dumps(value)


def days(first: date = FIRST_DAY, last: date = LAST_DAY) -> list[date]:
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def month_of(day: date | datetime) -> str:
    return f"{day:%Y-%m}"


def token_id(rng: random.Random, prefix: str, length: int = 16) -> str:
    return prefix + "".join(rng.choices("abcdefghijkmnpqrstuvwxyz23456789", k=length))


def chunks(items: list, size: int) -> Iterable[tuple[int, list]]:
    for n, start in enumerate(range(0, len(items), size), start=1):
        yield n, items[start : start + size]


# --------------------------------------------------------------------------------------------
# Gateway (LiteLLM)
# --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Call:
    """One attempt through the gateway. ``spend`` is what the gateway states, in dollars."""

    request_id: str
    start: datetime
    seconds: Decimal
    team: Team
    model: str
    tier: str
    tokens: Tokens
    spend: Decimal
    status: str = "success"
    cache_hit: str = "False"
    session: str = ""
    user: str | None = None
    end_user: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    spend_metadata: tuple[tuple[str, str], ...] = ()

    @property
    def provider(self) -> str:
        return PROVIDER[self.model]

    @property
    def billable(self) -> bool:
        return self.status == "success" and self.cache_hit != "True"


def gateway_tokens(rng: random.Random, model: str) -> Tokens:
    """Sizes of one call: always below 200k prompt tokens, so no long-context price applies."""
    fresh, out = rng.randint(4_000, 90_000), rng.randint(200, 9_000)
    read = rng.choice([0, 0, 1, 2, 4, 6]) * 10_240 if PROVIDER[model] != "mistral" else 0
    write = 0
    if PROVIDER[model] == "anthropic" or model == "gpt-5.6-luna":
        write = rng.choice([0, 0, 0, 1_024, 2_048, 4_096])
    if model == IN_HOUSE:
        fresh, read, out = fresh // 8, 0, out // 4
    return Tokens(input=fresh, cache_read=read, cache_write_5m=write, output=out)


def gateway_spend(model: str, tier: str, day: date, tokens: Tokens) -> Decimal:
    """What the gateway's own price map makes of a call; it learns price changes late."""
    if (PROVIDER[model], model) not in PRICES:
        return D(0)
    return cost(price, PROVIDER[model], model, tier, day - GATEWAY_LEARNS_PRICES_LATE, tokens)


def caller_marks(rng: random.Random, team: Team, roster: dict[str, list[Person]]) -> dict:
    """Who the call says it is from: headers, tags, user. Nothing is reliable here."""
    dept = rng.choice(team.departments) if team.departments else None
    if dept is None:
        return {}
    name = next(d[1] for d in DEPARTMENTS if d[0] == dept)
    person, feature = rng.choice(roster[dept]), rng.choice(team.features)
    headers: list[tuple[str, str]] = []
    share = 0.6 if len(team.departments) > 1 else 0.45
    if rng.random() < share:
        spelling = rng.choice([dept, dept, name, dept.upper(), dept.replace("-", "_")])
        headers.append((rng.choice(["x-cost-department", "X-Cost-Department"]), spelling))
    if rng.random() < 0.4:
        headers.append((rng.choice(["x-cost-feature", "X-COST-FEATURE"]), feature))
    if rng.random() < 0.25:
        headers.append(("x-cost-user", person.email))
    tags = ["User-Agent: " + rng.choice(["python-requests/2.32", "openai-python/2.9"])]
    if rng.random() < 0.4:
        tags.insert(0, f"feature:{feature}")
    if dept == "sales" and rng.random() < 0.3:
        tags.insert(0, "department:sales")
    extra = (("ticket_id", f"T-{rng.randint(4000, 6999)}"),) if dept == "customer-support" else ()
    user = None
    if len(team.departments) == 1 and rng.random() < 0.7:
        user = person.email if rng.random() < 0.3 else person.gateway_user
    return {
        "headers": tuple(headers),
        "tags": tuple(tags),
        "spend_metadata": extra,
        "user": user,
        "end_user": f"customer-{rng.randint(1, 60)}" if dept == "customer-support" else None,
    }


def gateway_calls(rng: random.Random) -> list[Call]:
    """All attempts of five months in order of time, without planted faults."""
    roster: dict[str, list[Person]] = defaultdict(list)
    for p in people():
        roster[p.department].append(p)
    calls: list[Call] = []
    for day in days():
        for _ in range(rng.randint(22, 27) if day.weekday() < 5 else rng.randint(5, 8)):
            team = rng.choices(TEAMS, [t.weight for t in TEAMS])[0]
            model = rng.choice(team.models)
            tier = "flex" if model == "gpt-5.4" and rng.random() < 0.06 else "standard"
            tokens = gateway_tokens(rng, model)
            start = datetime.combine(day, time(0), UTC) + timedelta(
                seconds=rng.randint(6 * 3600, 20 * 3600), milliseconds=rng.randint(0, 999)
            )
            spend = gateway_spend(model, tier, day, tokens)
            if PROVIDER[model] == "mistral" and rng.random() < 0.12:
                spend = D(0)  # the gateway's map did not know the model: not stated
            call = Call(
                token_id(rng, "msg_" if PROVIDER[model] == "anthropic" else "chatcmpl-"), start,
                D(rng.randint(600, 19_000)) / 1000, team, model, tier, tokens, spend,
                session=token_id(rng, "s-", 8), **caller_marks(rng, team, roster),
            )  # fmt: skip
            dice = rng.random()
            if dice < 0.03:  # a failed attempt, then the retry in the same session
                failed = Tokens(input=tokens.prompt if rng.random() < 0.5 else 0)
                calls.append(replace(
                    call, request_id=token_id(rng, "fail-"), tokens=failed, spend=D(0),
                    status="failure", start=start - timedelta(seconds=4), seconds=D("2.5"),
                ))  # fmt: skip
            calls.append(call)
            if 0.03 <= dice < 0.06:  # the gateway answers the same question from its own cache
                calls.append(replace(
                    call, request_id=call.request_id + "_cached", spend=D(0), cache_hit="True",
                    start=start + timedelta(seconds=40), seconds=D("0.012"),
                ))  # fmt: skip
    last = datetime(2026, 6, 30, 23, 59, 58, 400_000, UTC)  # starts in June, ends in July
    edge = next(i for i, c in enumerate(calls) if c.start.date() == date(2026, 6, 30))
    calls[edge] = replace(calls[edge], start=last, seconds=D("6.2"))
    return sorted(calls, key=lambda c: (c.start, c.request_id))


def log_model(call: Call) -> str:
    return f"{call.provider}/{call.model}" if call.provider != "openai" else call.model


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


def usage_object(call: Call) -> dict:
    """The provider's own usage as the gateway keeps it in metadata."""
    t = call.tokens
    if call.provider == "anthropic":
        return {
            "input_tokens": t.input, "cache_read_input_tokens": t.cache_read,
            "cache_creation_input_tokens": t.written, "output_tokens": t.output,
            "service_tier": "standard",
        }  # fmt: skip
    result = {
        "prompt_tokens": t.prompt, "completion_tokens": t.output,
        "total_tokens": t.prompt + t.output,
        "prompt_tokens_details": {"cached_tokens": t.cache_read, "cache_write_tokens": t.written},
    }  # fmt: skip
    return result | ({"service_tier": "flex"} if call.tier == "flex" else {})


def call_metadata(call: Call) -> dict:
    t, user = call.tokens, call.user
    result: dict = {
        "user_api_key_alias": call.team.alias,
        "user_api_key_team_alias": call.team.team_alias,
        "user_api_key_user_id": user,
        "user_api_key_user_email": user if user and "@" in user else None,
        "user_api_key_org_id": None,
        "status": call.status,
        "additional_usage_values": {
            "cache_read_input_tokens": t.cache_read, "cache_creation_input_tokens": t.written,
        },
        "usage_object": usage_object(call),
        "spend_logs_metadata": dict(call.spend_metadata) or None,
        "requester_custom_headers": dict(call.headers),
    }  # fmt: skip
    if call.spend:
        result["cost_breakdown"] = {"total_cost": call.spend, "original_cost": call.spend}
    if call.status == "failure":
        result["error_information"] = {"error_code": "529", "error_class": "OverloadedError"}
    return result


def spend_log_row(call: Call, number: int) -> dict:
    """One row of LiteLLM_SpendLogs with every column of its schema."""
    t = call.tokens
    end = call.start + timedelta(seconds=float(call.seconds))
    metadata: object = call_metadata(call)
    tags: object = list(call.tags)
    if number % 9 == 4:
        metadata = to_json(metadata)
    if number % 7 == 3:
        tags = to_json(tags)
    row = {
        "request_id": call.request_id,
        "call_type": "anthropic_messages" if number % 5 == 0 and call.provider == "anthropic"
        else "acompletion",
        "api_key": call.team.key_hash,
        "spend": call.spend,
        "total_tokens": t.prompt + t.output,
        "prompt_tokens": t.prompt,
        "completion_tokens": t.output,
        "startTime": iso(call.start),
        "endTime": iso(end),
        "completionStartTime": iso(call.start + timedelta(milliseconds=300)),
        "request_duration_ms": int(call.seconds * 1000),
        "model": log_model(call),
        "model_id": f"dep-{call.provider}-{call.model}",
        "model_group": call.model,
        "custom_llm_provider": call.provider,
        "api_base": API_BASE[call.provider],
        "user": call.user or "",
        "end_user": call.end_user,
        "team_id": call.team.team_id,
        "organization_id": None,
        "agent_id": None,
        "metadata": metadata,
        "cache_hit": call.cache_hit if number % 11 else ("" if call.cache_hit == "False" else
                                                         call.cache_hit),
        "cache_key": "off",
        "request_tags": tags,
        "session_id": call.session,
        "requester_ip_address": "192.0.2.17",
        "status": call.status,
        "mcp_namespaced_tool_name": None,
        "messages": {},
        "response": {},
        "proxy_server_request": {},
    }  # fmt: skip
    if call.start >= datetime(2026, 8, 1, tzinfo=UTC):
        row["created_at"] = row["updated_at"] = row["endTime"]
    return row


def standard_logging_row(call: Call) -> dict:
    """The same call as a StandardLoggingPayload: times are epoch seconds, money response_cost."""
    t = call.tokens
    start = D(int(call.start.timestamp() * 1000)) / 1000
    metadata = call_metadata(call) | {"requester_metadata": {}}
    metadata["user_api_key_hash"] = call.team.key_hash
    metadata["user_api_key_team_id"] = call.team.team_id
    failed = call.status == "failure"
    return {
        "id": call.request_id, "trace_id": call.session, "call_type": "acompletion",
        "response_cost": call.spend, "cost_breakdown": None,
        "response_cost_failure_debug_info": None, "status": call.status,
        "total_tokens": t.prompt + t.output, "prompt_tokens": t.prompt,
        "completion_tokens": t.output, "startTime": start, "endTime": start + call.seconds,
        "completionStartTime": start + D("0.3"), "response_time": call.seconds,
        "model": log_model(call), "model_id": f"dep-{call.provider}-{call.model}",
        "model_group": call.model, "api_base": API_BASE[call.provider],
        "custom_llm_provider": call.provider, "model_map_information": None,
        "metadata": metadata,
        "cache_hit": {"True": True, "False": False}.get(call.cache_hit),
        "cache_key": None, "saved_cache_cost": D(0), "request_tags": list(call.tags),
        "end_user": call.end_user, "requester_ip_address": "192.0.2.17", "messages": {},
        "response": {}, "error_str": "overloaded" if failed else None,
        "error_information": {"error_code": "529"} if failed else None,
        "model_parameters": {"service_tier": "flex"} if call.tier == "flex" else {},
        "hidden_params": {"additional_headers": {}, "litellm_model_name": log_model(call)},
    }  # fmt: skip


def book_call(books: Books, call: Call) -> None:
    """Enter an accepted gateway call: tokens, stated money, and billed cost where no bill is."""
    entry = books.dataset("litellm/spend_logs")
    entry["accepted"] += 1
    add(entry["money"], "USD", call.spend)
    if not call.billable:
        entry["not_billable"] += 1
        for meter, n in call.tokens.items():
            add(entry.setdefault("tokens_not_billable", {}), BOOK_METER[meter], n)
        return
    add_tokens(entry, call.tokens)
    month = month_of(call.start)
    if call.provider == "openai_compatible":
        for meter, n in call.tokens.items():
            books.unpriced[(f"{call.provider}_api", call.model, month, BOOK_METER[meter])] += n
    elif call.provider == "mistral":
        basis, amount = "Stated", call.spend
        if not call.spend:
            basis = "Estimated"
            amount = cost(
                own_price, "mistral", call.model, "standard", call.start.date(), call.tokens
            )
            add(entry, "calls_priced_from_the_book", 1)
        books.charge("mistral_api", "usage", month, "litellm/spend_logs", basis, amount)


@dataclass
class LogFile:
    """Lines of one log file. Faults are planted and counted where they are written."""

    books: Books
    path: str
    faults: Counter
    lines: list[str] = field(default_factory=list)

    def add(self, line: str, what: str = "", reason: str = "") -> None:
        self.lines.append(line)
        if reason:
            self.faults[reason] += 1
        if what:
            self.books.plant(self.path, f"line {len(self.lines)}", what)

    def close(self) -> None:
        self.books.put(self.path, "\n".join(self.lines) + "\n")
        self.books.dataset("/".join(self.path.split("/")[:2]))["records"] += len(self.lines)


def cut_calls(by_month: dict[str, list[Call]]) -> list[Call]:
    """Calls whose line will be cut in the middle. They ran: the vendor's report contains them."""
    return [next(c for c in by_month[month][n:] if c.provider == "openai" and c.billable)
            for month, n in (("2026-05", 40), ("2026-07", 60), ("2026-09", 80))]  # fmt: skip


def spend_log_line(call: Call, number: int, month: str) -> tuple[str, str]:
    """The line of a call, and what was planted in it."""
    row, what = spend_log_row(call, number), ""
    if (month, number) == ("2026-08", CANARY_CALL):
        asked = [{"role": "user", "content": f"{CANARY} summarise the report of robot 17"}]
        row["messages"] = asked
        row["response"] = {"choices": [{"message": {"content": f"{CANARY} done"}}]}
        row["proxy_server_request"] = {"body": {"messages": asked}}
        what = "prompt text that no table may hold"
    if (month, number) == ("2026-06", 30):
        row["metadata"]["requester_custom_headers"] = {"x-cost-department": "custmer-suport"}
        what = "misspelt department in a header"
    return to_json(row), what


CANARY_CALL = 50  # number of the call in August, in both exports of the gateway


def write_spend_logs(books: Books, calls: list[Call]) -> list[Call]:
    """Write the gateway's log month by month with its faults; return the calls cut in it."""
    name, entry = "litellm/spend_logs", books.dataset("litellm/spend_logs")
    faults: Counter = Counter()
    by_month = {m: [c for c in calls if month_of(c.start) == m] for m in MONTHS}
    cut, carried = cut_calls(by_month), []
    for month in MONTHS:
        path = f"{name}/spend_logs_{month}__exported_{EXPORTED[month]}.jsonl.gz"
        log = LogFile(books, path, faults)
        for line in carried:
            entry["duplicates"] += 1
            log.add(line, "same line as at the end of the file before")
        for i, call in enumerate(c for c in by_month[month] if c.start.date() != LAST_DAY):
            line, what = spend_log_line(call, i, month)
            if call in cut:
                log.add(line[: len(line) // 2], "cut in the middle", "malformed JSON")
                continue
            log.add(line, what)
            book_call(books, call)
            if (month, i) in {("2026-05", 21), ("2026-08", 33)}:
                entry["duplicates"] += 1
                log.add(line, "exact duplicate of the line before")
        carried = log.lines[-2:] if month == "2026-05" else []
        if month == "2026-07":
            write_truncated_copy(books, log)
        add_faulty_lines(log, month, by_month)
        log.close()
    last = LogFile(books, f"{name}/spend_logs_2026-09-30__exported_2026-10-01.jsonl", faults)
    for i, call in enumerate(c for c in calls if c.start.date() == LAST_DAY):
        last.add(to_json(spend_log_row(call, i)))
        book_call(books, call)
    last.close()
    entry["quarantined"] = dict(faults)
    entry["files_refused"] = 1
    return cut


def add_faulty_lines(log: LogFile, month: str, by_month: dict[str, list[Call]]) -> None:
    """Lines at the end of a month's file that must be refused."""
    mistral = next(c for c in by_month[month] if c.provider == "mistral" and c.spend)
    if month == "2026-06":
        log.add('["a list", "is no call"]', "valid JSON, but no object", "not a JSON object")
        row = spend_log_row(replace(mistral, request_id="chatcmpl-negative0001"), 1)
        row["prompt_tokens"] = -512
        log.add(to_json(row), "prompt_tokens is -512", "negative token count")
    if month == "2026-07":
        row = spend_log_row(replace(mistral, request_id="chatcmpl-notime0001"), 1)
        del row["startTime"]
        log.add(to_json(row), "startTime is missing", "no readable start time")
    if month == "2026-08":
        first = next(c for c in by_month["2026-07"] if c.provider == "mistral" and c.spend)
        other = replace(mistral, request_id=first.request_id)
        what = f"request_id {first.request_id} of July again with other content"
        log.add(to_json(spend_log_row(other, 1)), what, "id collision")


def write_truncated_copy(books: Books, log: LogFile) -> None:
    """A second, damaged export of some lines: it must be refused and nothing may be missing."""
    path = log.path.replace("__exported", "_tail__exported")
    books.put(path, "\n".join(log.lines[-45:-5]) + "\n")
    books.files[path] = books.files[path][: len(books.files[path]) * 3 // 5]
    books.plant(path, "whole file", "truncated gzip; copies of lines of the file of July")


def write_standard_logging(books: Books, calls: list[Call]) -> None:
    """Every sixth call of August and September again, in the payload shape. Adds no money."""
    name, entry = "litellm/standard_logging", books.dataset("litellm/standard_logging")
    for month in MONTHS[-2:]:
        path = f"{name}/standard_logging_{month}__exported_{EXPORTED[month]}.jsonl.gz"
        log = LogFile(books, path, Counter())
        for i, call in enumerate(c for c in calls if month_of(c.start) == month):
            if i % 6 != CANARY_CALL % 6:
                continue
            row, what = standard_logging_row(call), ""
            if (month, i) == ("2026-08", CANARY_CALL):
                row["messages"] = [{"role": "user", "content": f"{CANARY} the same call again"}]
                what = "prompt text that no table may hold"
            log.add(to_json(row), what)
            entry["accepted"] += 1
            add(entry["money"], "USD", call.spend)
            if call.billable:
                add_tokens(entry, call.tokens)
            else:
                entry["not_billable"] += 1
        log.close()


# --------------------------------------------------------------------------------------------
# OpenAI
# --------------------------------------------------------------------------------------------
@dataclass(frozen=True, order=True)
class OpenAIKey:
    """What a bucket of the usage API is grouped by."""

    day: date
    project: str
    key: str
    model: str
    tier: str  # default or flex
    batch: bool

    @property
    def price_tier(self) -> str:
        return "batch" if self.batch else self.tier


PLAYGROUND = ""  # written as null


def openai_traffic(rng: random.Random, calls: list[Call]) -> dict[OpenAIKey, tuple[Tokens, int]]:
    """All traffic per day: the gateway's billable calls and what never passes the gateway."""
    traffic: dict[OpenAIKey, tuple[Tokens, int]] = defaultdict(lambda: (Tokens(), 0))

    def enter(key: OpenAIKey, tokens: Tokens, requests: int) -> None:
        old = traffic[key]
        traffic[key] = (old[0] + tokens, old[1] + requests)

    for call in calls:
        if call.provider == "openai" and call.billable:
            key = "key_BwGateway02" if "Support" in call.team.openai_project else "key_BwGateway01"
            tier = "flex" if call.tier == "flex" else "default"
            project = call.team.openai_project
            enter(OpenAIKey(call.start.date(), project, key, call.model, tier, False),
                  call.tokens, 1)  # fmt: skip
    for day in days():
        site = Tokens(rng.randint(700_000, 1_500_000), rng.randint(2_000, 4_000) * 1_024,
                      rng.randint(40, 90) * 1_024, 0, rng.randint(150_000, 300_000))  # fmt: skip
        enter(OpenAIKey(day, "proj_BwWebsite", "key_BwWebsite01", "gpt-5.6-luna", "default", False),
              site, rng.randint(500, 1_100))  # fmt: skip
        if day.weekday() < 5:
            jobs = Tokens(rng.randint(8_000_000, 14_000_000), rng.randint(500, 2_000) * 1_024, 0, 0,
                          rng.randint(700_000, 1_300_000))  # fmt: skip
            enter(OpenAIKey(day, "proj_BwResearch", "key_BwBatch01", "gpt-5.4", "default", True),
                  jobs, rng.randint(900, 1_800))  # fmt: skip
        if day.weekday() in (1, 3):
            flex = Tokens(rng.randint(2_000_000, 4_000_000), rng.randint(100, 900) * 1_024,
                          rng.randint(10, 80) * 1_024, 0,
                          rng.randint(200_000, 500_000))  # fmt: skip
            enter(OpenAIKey(day, "proj_BwResearch", "key_BwFlex01", "gpt-5.6-luna", "flex", False),
                  flex, rng.randint(100, 300))  # fmt: skip
        if date(2026, 7, 6) <= day <= date(2026, 7, 8):
            play = Tokens(rng.randint(20_000, 60_000), 0, 0, 0, rng.randint(3_000, 9_000))
            enter(OpenAIKey(day, PLAYGROUND, PLAYGROUND, "gpt-4o", "default", False), play,
                  rng.randint(8, 30))  # fmt: skip
    # two rows that are equal in everything are legitimate: make this one divisible by two
    twin = next(k for k in sorted(traffic) if k.day == TWIN_DAY and k.project == "proj_BwWebsite")
    t, n = traffic[twin]
    even = Tokens(*(getattr(t, m) // 2 * 2 for m in METERS))
    traffic[twin] = (even, n // 2 * 2)
    return dict(sorted(traffic.items()))


TWIN_DAY, SPLIT_DAY = date(2026, 6, 10), date(2026, 6, 11)


def openai_usage_row(key: OpenAIKey, t: Tokens, requests: int) -> dict:
    """organization.usage.completions.result: input_tokens contains cached and cache writes."""
    row: dict = {
        "object": "organization.usage.completions.result", "input_tokens": t.prompt,
        "input_uncached_tokens": t.input, "input_cached_tokens": t.cache_read,
        "input_cache_write_tokens": t.written, "output_tokens": t.output,
        "input_text_tokens": t.input, "input_cached_text_tokens": t.cache_read,
        "output_text_tokens": t.output,
    }  # fmt: skip
    for kind in ("audio", "image"):
        for side in ("input", "input_cached", "output"):
            row[f"{side}_{kind}_tokens"] = 0
    return row | {
        "num_model_requests": requests, "project_id": key.project or None, "user_id": None,
        "api_key_id": key.key or None, "model": REPORT_MODEL[key.model], "batch": key.batch,
        "service_tier": key.tier,
    }  # fmt: skip


def epoch(day: date) -> int:
    return int(datetime.combine(day, time(0), UTC).timestamp())


def openai_page(buckets: list[tuple[date, list[dict]]], next_page: str | None) -> str:
    data = [{"object": "bucket", "start_time": epoch(day),
             "end_time": epoch(day + timedelta(days=1)), "results": rows}
            for day, rows in buckets]  # fmt: skip
    page = {"object": "page", "data": data, "has_more": next_page is not None,
            "next_page": next_page}  # fmt: skip
    return to_json(page, "results") + "\n"


def month_days(month: str) -> list[date]:
    return [d for d in days() if month_of(d) == month]


def write_openai_usage(books: Books, traffic: dict[OpenAIKey, tuple[Tokens, int]]) -> None:
    """Daily buckets; May in pages of 7, other months in one page of up to 31 buckets."""
    name, entry = "openai/usage_completions", books.dataset("openai/usage_completions")
    by_day: dict[date, list[dict]] = {d: [] for d in days()}
    for key, (tokens, requests) in traffic.items():
        parts = [(tokens, requests)]
        if key.project == "proj_BwWebsite" and key.day == TWIN_DAY:
            half = Tokens(*(getattr(tokens, m) // 2 for m in METERS))
            parts = [(half, requests // 2)] * 2
        if key.project == "proj_BwWebsite" and key.day == SPLIT_DAY:
            small = Tokens(input=1_111, output=222)
            rest = replace(tokens, input=tokens.input - 1_111, output=tokens.output - 222)
            parts = [(rest, requests - 3), (small, 3)]
        for part in parts:
            by_day[key.day].append(openai_usage_row(key, *part))
        add_tokens(entry, tokens)
        if month_of(key.day) > LAST_BILLED_MONTH:
            amount = cost(own_price, "openai", key.model, key.price_tier, key.day, tokens)
            books.charge("openai_api", "usage", month_of(key.day), name, "Estimated", amount)
    for month in MONTHS:
        size = 7 if month == "2026-05" else 31
        pages = list(chunks(month_days(month), size))
        for n, page_days in pages:
            path = f"{name}/usage_completions_{month}_p{n}__exported_{EXPORTED[month]}.json.gz"
            more = f"page_invented{month[-2:]}{n}" if n < len(pages) else None
            buckets = [(d, by_day[d]) for d in page_days]
            text = openai_page(buckets, more)
            books.put(path, text)
            rows = sum(len(r) for _, r in buckets)
            entry["records"] += rows
            entry["accepted"] += rows
            if month == "2026-06":
                again = path.replace("_p1__", "_p1_again__")
                books.put(again, text)
                books.plant(again, "whole file", "the page of June a second time, byte for byte")
                books.plant(path, f"bucket {TWIN_DAY}", "two fully equal rows, both count")
                books.plant(path, f"bucket {SPLIT_DAY}", "two rows of one key, only counts differ")
            if month == "2026-07":
                books.plant(path, "buckets 2026-07-06..08", "project_id null: playground")
            if n < len(pages):
                books.plant(path, "next_page", "has_more is true, the next page is another file")


def unlogged_output(key: OpenAIKey, tokens: Tokens) -> int:
    """Output tokens of the web shop in June that are billed and that no usage report knows: 2 %."""
    if month_of(key.day) == "2026-06" and key.project == "proj_BwWebsite":
        return tokens.output * 2 // 100
    return 0


def openai_cost_rows(traffic: dict, final: bool) -> dict[date, list[dict]]:
    """Cost rows per day, one per project and line item. ``final`` false: as first delivered, that
    is 2026-08-20..22 without the contract discount."""
    quantity: dict[tuple, int] = defaultdict(int)
    amounts: dict[tuple, Decimal] = defaultdict(Decimal)
    for key, (tokens, _) in traffic.items():
        if month_of(key.day) > LAST_BILLED_MONTH:
            continue
        for meter, n in tokens.items():
            prefix = "flex | " if key.tier == "flex" else ""
            line = (
                key.day,
                key.project,
                f"{prefix}{REPORT_MODEL[key.model]}, {LINE_ITEM_WORD[meter]}",
            )
            n += unlogged_output(key, tokens) if meter == "output" else 0
            right = final or key.day not in RESTATED_COSTS
            unit = (own_price if right else price)(
                "openai", key.model, meter, key.price_tier, key.day)  # fmt: skip
            quantity[line] += n
            amounts[line] += D(n) / MILLION * unit
    result: dict[date, list[dict]] = {d: [] for d in days() if month_of(d) <= LAST_BILLED_MONTH}
    for (day, project, text), n in sorted(quantity.items()):
        result[day].append(cost_row(amounts[day, project, text], text, project, D(n), "tokens"))
    for day, rows in result.items():
        if day.weekday() == 2:
            unit = discounted(D(10), day)
            rows.append(cost_row(D(20 + day.day) / 1000 * unit, "web search tool calls",
                                 "proj_BwResearch", None, None))  # fmt: skip
    return result


LINE_ITEM_WORD = {"input": "input", "cache_read": "cached input", "output": "output",
                  "cache_write_5m": "cache writes"}  # fmt: skip
RESTATED_COSTS = days(date(2026, 8, 20), date(2026, 8, 22))


def cost_row(amount: Decimal, text: str, project: str, quantity, unit: str | None) -> dict:
    return {
        "object": "organization.costs.result", "amount": {"value": amount, "currency": "usd"},
        "line_item": text, "project_id": project or None, "api_key_id": None,
        "quantity": quantity, "quantity_unit": unit,
    }  # fmt: skip


def write_openai_costs(books: Books, traffic: dict[OpenAIKey, tuple[Tokens, int]]) -> None:
    """The vendor's daily costs of May to August, dollars; one restatement of late August."""
    name, entry = "openai/costs", books.dataset("openai/costs")
    final, first = openai_cost_rows(traffic, True), openai_cost_rows(traffic, False)
    late = days(date(2026, 8, 20), date(2026, 8, 31))
    credit = cost_row(D("-25"), "Service credit, incident of June", "", None, None)
    zero = cost_row(D(0), "Vector storage", "proj_BwPlatform", None, None)
    for rows in (final, first):
        rows[date(2026, 6, 17)].append(credit)
        rows[date(2026, 7, 2)].append(zero)
        row = rows[date(2026, 7, 9)][0]
        row["quantity"], row["quantity_unit"] = row["quantity"] / 1000, "1000_tokens"
    zero["amount"] = {"value": Literal("0E-6176"), "currency": "usd"}
    foreign = cost_row(D("12.34"), "web search tool calls", "proj_BwPlatform", None, None)
    foreign["amount"]["currency"] = "XXQ"

    meter_of_word = {word: meter for meter, word in LINE_ITEM_WORD.items()}

    def book(rows: list[dict], day: date) -> None:
        for row in rows:
            value = row["amount"]["value"]
            value = D(0) if isinstance(value, Literal) else value
            entry["accepted"] += 1
            add(entry["money"], "USD", value)
            if row["quantity_unit"]:
                text, scale = row["line_item"], 1000 if "1000" in row["quantity_unit"] else 1
                meter = BOOK_METER[meter_of_word[text.rsplit(", ", 1)[1]]]
                add(entry["tokens"], meter, int(row["quantity"] * scale))
            books.charge("openai_api", "usage", month_of(day), name, "Reported", value)

    for day, rows in final.items():
        book(rows, day)
    more = sum(unlogged_output(key, tokens) for key, (tokens, _) in traffic.items())
    entry["tokens_nobody_logged"] = {"output_tokens": more}

    def as_text(rows: list[dict]) -> list[dict]:
        """Some deliveries write the amount as a decimal string."""
        return [r | {"amount": r["amount"] | {"value": plain(r["amount"]["value"])}} for r in rows]

    for month in MONTHS[:-1]:
        path = f"{name}/costs_{month}__exported_{EXPORTED[month]}.json.gz"
        buckets = [(d, list(first[d])) for d in month_days(month)]
        entry["records"] += sum(len(r) for _, r in buckets)
        if month == "2026-05":
            buckets[11] = (buckets[11][0], as_text(buckets[11][1]))
            books.plant(path, f"bucket {buckets[11][0]}", "amounts are decimal strings")
            buckets[19][1].append(foreign)
            entry["records"] += 1
            entry["quarantined"] = {"unknown currency": 1}
            books.plant(path, f"bucket {buckets[19][0]}", "currency XXQ, no such currency")
        if month == "2026-06":
            books.plant(path, "bucket 2026-06-17", "credit of -25 without quantity")
            books.plant(path, "line item gpt-5.6-luna, output of proj_BwWebsite, all days",
                        "2 % more tokens than the usage report: nobody logged them")  # fmt: skip
        if month == "2026-07":
            books.plant(path, "bucket 2026-07-02", "amount 0E-6176")
            books.plant(path, "bucket 2026-07-09, first row", "quantity in 1000_tokens")
        if month == "2026-08":
            entry["superseded"] = sum(len(first[d]) for d in late)
        books.put(path, openai_page(buckets, None))
    path = f"{name}/costs_2026-08-20_2026-08-31__exported_2026-09-10.json"
    books.put(path, openai_page([(d, final[d]) for d in late], None))
    entry["records"] += sum(len(final[d]) for d in late)
    books.plant(path, "12 buckets", "restates August 20 to 31; the amounts of 20, 21, 22 differ: "
                "the first delivery forgot the contract discount")  # fmt: skip


# --------------------------------------------------------------------------------------------
# Anthropic
# --------------------------------------------------------------------------------------------
@dataclass(frozen=True, order=True)
class ClaudeKey:
    """What a bucket of the usage report is grouped by; empty workspace or key is null."""

    day: date
    workspace: str
    key: str
    model: str
    context: str  # 0-200k or 200k-1M
    tier: str  # standard, batch or priority

    @property
    def geo(self) -> str:
        return "global" if self.model == "claude-sonnet-5" else "not_available"


@dataclass
class Message:
    """One answer of the help desk application, which calls Claude directly."""

    message_id: str
    at: datetime
    model: str
    tokens: Tokens
    searches: int
    user: Person
    kind: str = ""  # streamed, iterations, refused

    @property
    def billable(self) -> bool:
        return self.kind != "refused"


def desk_messages(rng: random.Random) -> list[Message]:
    """About four answers a working day, sonnet and haiku, prompts well cached."""
    staff = [p for p in people() if p.department == "customer-support"]
    result = []
    for day in days():
        for _ in range(rng.randint(2, 5) if day.weekday() < 5 else 1):
            at = datetime.combine(day, time(0), UTC) + timedelta(
                seconds=rng.randint(7 * 3600, 17 * 3600)
            )
            tokens = Tokens(rng.randint(300, 9_000), rng.randint(0, 6) * 8_192,
                            rng.choice([0, 0, 2_048, 6_144]), 0,
                            rng.randint(120, 2_400))  # fmt: skip
            if day >= date(2026, 6, 1) and rng.random() < 0.1:
                tokens = replace(tokens, cache_write_1h=4_096)
            result.append(Message(
                token_id(rng, "msg_01", 18), at,
                rng.choice(["claude-sonnet-5", "claude-sonnet-5", "claude-haiku-4-5"]), tokens,
                rng.choice([0, 0, 0, 1, 2]), rng.choice(staff),
            ))  # fmt: skip
    result.sort(key=lambda m: m.at)
    june = [i for i, m in enumerate(result) if month_of(m.at) == "2026-06"]
    for kind, i in [("streamed", june[4]), ("iterations", june[9]), ("refused", june[14]),
                    ("streamed", june[40])]:  # fmt: skip
        result[i].kind = kind
    result[june[14]].tokens = Tokens(input=1_200)
    result[june[14]].searches = 0
    return result


FIRST_ITERATION = Tokens(input=50_000, output=900)  # the compaction that top-level counts omit


def message_usage(tokens: Tokens, searches: int, old: bool) -> dict:
    split = {"ephemeral_5m_input_tokens": tokens.cache_write_5m,
             "ephemeral_1h_input_tokens": tokens.cache_write_1h}  # fmt: skip
    return {
        "input_tokens": tokens.input, "cache_creation_input_tokens": tokens.written,
        "cache_creation": None if old else split, "cache_read_input_tokens": tokens.cache_read,
        "output_tokens": tokens.output,
        "output_tokens_details": {"thinking_tokens": tokens.output // 3},
        "server_tool_use": {"web_search_requests": searches, "web_fetch_requests": 0},
        "service_tier": "standard", "inference_geo": "global",
    }  # fmt: skip


def message_row(m: Message, number: int) -> dict:
    """The application's own wrapper around a Messages response; the response has no time."""
    usage = message_usage(m.tokens, m.searches, month_of(m.at) == "2026-05")
    if m.kind == "iterations":
        usage["iterations"] = [
            {"type": "compaction"} | message_usage(FIRST_ITERATION, 0, False),
            {"type": "message"} | message_usage(m.tokens, m.searches, False),
        ]
    moment = iso(m.at)
    if number % 4 == 1:
        moment = (m.at + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S") + "+02:00"
    headers = {} if number % 5 == 0 else {"x-cost-department": "customer-support",
                                          "x-cost-feature": "help-desk"}  # fmt: skip
    if number % 3 == 0:
        headers["X-Cost-User"] = m.user.email
    return {
        "timestamp": moment, "request_id": "req_" + m.message_id[6:], "headers": headers,
        "metadata": {"ticket_id": f"T-{4000 + number}"},
        "response": {
            "id": m.message_id, "type": "message", "role": "assistant",
            "model": REPORT_MODEL[m.model], "content": [],
            "stop_reason": "refusal" if m.kind == "refused" else "end_turn",
            "stop_sequence": None, "usage": usage,
        },
    }  # fmt: skip


def write_messages(books: Books, messages: list[Message]) -> None:
    name, entry = "anthropic/messages", books.dataset("anthropic/messages")
    number = 0
    for month in MONTHS:
        suffix = "jsonl" if month == "2026-05" else "jsonl.gz"
        path = f"{name}/messages_{month}__exported_{EXPORTED[month]}.{suffix}"
        lines: list[str] = []
        for m in (m for m in messages if month_of(m.at) == month):
            row = message_row(m, number)
            number += 1
            if m.kind == "streamed":
                start = message_row(m, number - 1)
                start["response"]["stop_reason"] = None
                start["response"]["usage"] = message_usage(
                    replace(m.tokens, output=1), 0, False)  # fmt: skip
                lines.append(to_json(start))
                entry["superseded"] += 1
                books.plant(path, f"line {len(lines)}", "partial usage of a streamed message; the "
                            "next line of the same id is the final one")  # fmt: skip
            if m.kind == "iterations":
                books.plant(path, f"line {len(lines) + 1}", "iterations[]: top-level counts omit "
                            "the compaction (50000 in, 900 out), which is billed")  # fmt: skip
            if m.kind == "refused":
                books.plant(path, f"line {len(lines) + 1}", "refused before output: not billed")
            if month == "2026-07" and len(lines) == 10:
                row["response"]["content"] = [{"type": "text", "text": f"{CANARY} dear customer"}]
                books.plant(path, "line 11", "answer text that no table may hold")
            lines.append(to_json(row))
            entry["accepted"] += 1
            if m.billable:
                add_tokens(entry, billed_tokens(m))
                add(entry["tokens"], "web_searches", m.searches)
            else:
                entry["not_billable"] += 1
                for meter, n in m.tokens.items():
                    add(entry.setdefault("tokens_not_billable", {}), BOOK_METER[meter], n)
        entry["records"] += len(lines)
        books.put(path, "\n".join(lines) + "\n")


def billed_tokens(m: Message) -> Tokens:
    return m.tokens + FIRST_ITERATION if m.kind == "iterations" else m.tokens


def claude_traffic(
    rng: random.Random, calls: list[Call], messages: list[Message]
) -> dict[ClaudeKey, tuple[Tokens, int]]:
    """Tokens and web searches per day: gateway, help desk, and developers whom nobody logs."""
    traffic: dict[ClaudeKey, tuple[Tokens, int]] = defaultdict(lambda: (Tokens(), 0))

    def enter(key: ClaudeKey, tokens: Tokens, searches: int = 0) -> None:
        old = traffic[key]
        traffic[key] = (old[0] + tokens, old[1] + searches)

    for c in calls:
        if c.provider == "anthropic" and c.billable:
            key = ClaudeKey(c.start.date(), "", "apikey_BwGateway01", c.model, "0-200k", "standard")
            enter(key, c.tokens)
    for m in messages:
        if m.billable:
            key = ClaudeKey(m.at.date(), "wrkspc_BwDesk", "apikey_BwDesk01", m.model, "0-200k",
                            "standard")  # fmt: skip
            enter(key, billed_tokens(m), m.searches)
    sonnet, haiku = "claude-sonnet-5", "claude-haiku-4-5"
    for day in days():
        if day.weekday() < 5:
            for n, scale in (("01", 3), ("02", 1)):
                key = ClaudeKey(day, "wrkspc_BwCoding", f"apikey_BwCoding{n}", sonnet, "0-200k",
                                "standard")  # fmt: skip
                enter(key, Tokens(rng.randint(90_000, 160_000) * scale,
                                  rng.randint(7_000, 14_000) * 1_000 * scale,
                                  rng.randint(300_000, 700_000) * scale,
                                  rng.randint(20_000, 90_000) * (scale // 2),
                                  rng.randint(90_000, 180_000) * scale),
                      rng.randint(0, 9))  # fmt: skip
        if day.weekday() == 3:
            key = ClaudeKey(day, "wrkspc_BwCoding", "apikey_BwCoding01", sonnet, "200k-1M",
                            "standard")  # fmt: skip
            enter(key, Tokens(rng.randint(250_000, 400_000), rng.randint(600, 900) * 1_000, 0, 0,
                              rng.randint(5_000, 9_000)))  # fmt: skip
        if day.weekday() in (0, 2, 4):
            key = ClaudeKey(day, "wrkspc_BwResearch", "apikey_BwBatch01", haiku, "0-200k", "batch")
            enter(key, Tokens(rng.randint(3_000_000, 6_000_000), 0, 0, 0,
                              rng.randint(250_000, 500_000)))  # fmt: skip
        if month_of(day) in ("2026-06", "2026-07") and day.weekday() < 5:
            key = ClaudeKey(day, "wrkspc_BwDesk", "apikey_BwDesk01", sonnet, "0-200k", "priority")
            enter(key, Tokens(rng.randint(40_000, 90_000), 0, 0, 0, rng.randint(4_000, 9_000)))
        if date(2026, 5, 18) <= day <= date(2026, 5, 19):
            key = ClaudeKey(day, "", "", haiku, "0-200k", "standard")  # console playground
            enter(key, Tokens(rng.randint(9_000, 20_000), 0, 0, 0, rng.randint(900, 2_000)))
    return dict(sorted(traffic.items()))


def claude_usage_row(key: ClaudeKey, t: Tokens, searches: int) -> dict:
    return {
        "uncached_input_tokens": t.input, "cache_read_input_tokens": t.cache_read,
        "cache_creation": {"ephemeral_5m_input_tokens": t.cache_write_5m,
                           "ephemeral_1h_input_tokens": t.cache_write_1h},
        "output_tokens": t.output, "server_tool_use": {"web_search_requests": searches},
        "model": REPORT_MODEL[key.model], "workspace_id": key.workspace or None,
        "api_key_id": key.key or None, "account_id": None, "service_account_id": None,
        "service_tier": key.tier, "context_window": key.context, "inference_geo": key.geo,
    }  # fmt: skip


def claude_page(buckets: list[tuple[date, list[dict]]], next_page: str | None) -> str:
    data = [{"starting_at": f"{day}T00:00:00Z", "ending_at": f"{day + timedelta(days=1)}T00:00:00Z",
             "results": rows} for day, rows in buckets]  # fmt: skip
    page = {"data": data, "has_more": next_page is not None, "next_page": next_page}
    return to_json(page, "results") + "\n"


def write_claude_usage(books: Books, traffic: dict[ClaudeKey, tuple[Tokens, int]]) -> None:
    """Daily buckets; July in pages of 7; September first as a partial export of its first half."""
    name, entry = "anthropic/usage_report", books.dataset("anthropic/usage_report")
    by_day: dict[date, list[dict]] = {d: [] for d in days()}
    for key, (tokens, searches) in traffic.items():
        by_day[key.day].append(claude_usage_row(key, tokens, searches))
        add_tokens(entry, tokens)
        add(entry["tokens"], "web_searches", searches)
        if key.tier == "priority":
            for meter, n in tokens.items():
                add(entry.setdefault("tokens_of_priority_tier", {}), BOOK_METER[meter], n)
        if month_of(key.day) > LAST_BILLED_MONTH:
            amount = cost(own_price, "anthropic", key.model, key.tier, key.day, tokens)
            amount += D(searches) / 1000 * price("anthropic", key.model, "web_search", "standard",
                                                 key.day)  # fmt: skip
            books.charge("claude_api", "usage", month_of(key.day), name, "Estimated", amount)

    def put(path: str, part: list[date], more: str | None, rows: dict[date, list[dict]]) -> int:
        books.put(path, claude_page([(d, rows[d]) for d in part], more))
        n = sum(len(rows[d]) for d in part)
        entry["records"] += n
        return n

    for month in MONTHS:
        pages = list(chunks(month_days(month), 7 if month == "2026-07" else 31))
        for n, part in pages:
            path = f"{name}/usage_report_{month}_p{n}__exported_{EXPORTED[month]}.json.gz"
            more = f"page_Invented{month[-2:]}{n}" if n < len(pages) else None
            entry["accepted"] += put(path, part, more, by_day)
            if month == "2026-05":
                again = path.replace("_p1__", "_p1_again__")
                books.files[again] = books.files[path]
                books.plant(again, "whole file", "the page of May a second time, byte for byte")
                books.plant(path, "buckets 2026-05-18, 19", "workspace and key null: playground")
    part = days(date(2026, 9, 12), date(2026, 9, 15))
    partial = {d: by_day[d] for d in part}
    partial[part[-1]] = partial[part[-1]][:-2]
    path = f"{name}/usage_report_2026-09-12_2026-09-15__exported_2026-09-15.json"
    entry["superseded"] += put(path, part, None, partial)
    books.plant(path, "bucket 2026-09-15", "exported during the day: rows are missing; the export "
                "of October replaces all four buckets")  # fmt: skip


TOKEN_TYPE = {
    "input": ("uncached_input_tokens", "Input Tokens"),
    "cache_read": ("cache_read_input_tokens", "Cache Read Tokens"),
    "cache_write_5m": ("cache_creation.ephemeral_5m_input_tokens", "Cache Write 5m Tokens"),
    "cache_write_1h": ("cache_creation.ephemeral_1h_input_tokens", "Cache Write 1h Tokens"),
    "output": ("output_tokens", "Output Tokens"),
}
RESTATED_CLAUDE = [date(2026, 8, 12), date(2026, 8, 13)]


def claude_cost_rows(traffic: dict[ClaudeKey, tuple[Tokens, int]], first: bool) -> dict:
    """Rows per day in cents. ``first``: as first delivered, web search of two days missing."""
    cents: dict[tuple, Decimal] = defaultdict(Decimal)
    for key, (tokens, searches) in traffic.items():
        if month_of(key.day) > LAST_BILLED_MONTH or key.tier == "priority":
            continue
        for meter, n in tokens.items():
            unit = price("anthropic", key.model, meter, key.tier, key.day)
            cents[(key.day, key.workspace, key.model, meter, key.tier, key.context, key.geo)] += (
                D(n) / MILLION * unit * 100
            )
        if searches and not (first and key.day in RESTATED_CLAUDE):
            cents[(key.day, key.workspace, "", "web_search", "", "", "")] += D(searches)
    result: dict[date, list[dict]] = {d: [] for d in days() if month_of(d) <= LAST_BILLED_MONTH}
    for day in result:
        if day.weekday() == 4:
            hours = D(day.day) / 4  # container hours above the free ones, 5 cents each
            cents[(day, "wrkspc_BwResearch", "", "code_execution", "", "", "")] = hours * 5
    for (day, workspace, model, meter, tier, context, geo), amount in sorted(cents.items()):
        token_type, words = TOKEN_TYPE.get(meter, (None, None))
        batch = " (Batch)" if tier == "batch" else ""
        text = f"{DISPLAY.get(model)} Usage{batch} - {words}"
        other = {"web_search": "Web Search Usage", "code_execution": "Code Execution Usage"}
        result[day].append({
            "amount": plain(amount), "currency": "USD",
            "cost_type": "tokens" if token_type else meter, "description": other.get(meter, text),
            "model": REPORT_MODEL.get(model), "token_type": token_type,
            "service_tier": tier or None, "context_window": context or None,
            "inference_geo": geo or None, "workspace_id": workspace or None,
        })  # fmt: skip
    return result


def write_claude_costs(books: Books, traffic: dict[ClaudeKey, tuple[Tokens, int]]) -> None:
    """May to August, cents as decimal strings; June in pages of 7; August restated in part."""
    name, entry = "anthropic/cost_report", books.dataset("anthropic/cost_report")
    first, final = claude_cost_rows(traffic, True), claude_cost_rows(traffic, False)
    for day, rows in final.items():
        for row in rows:
            entry["accepted"] += 1
            dollars = D(row["amount"]) / 100
            add(entry["money"], "USD", dollars)
            add(entry.setdefault("money_by_cost_type", {}), row["cost_type"], dollars)
            books.charge("claude_api", "usage", month_of(day), name, "Reported", dollars)
    late = days(date(2026, 8, 11), date(2026, 8, 14))
    for month in MONTHS[:-1]:
        pages = list(chunks(month_days(month), 7 if month == "2026-06" else 31))
        for n, part in pages:
            path = f"{name}/cost_report_{month}_p{n}__exported_{EXPORTED[month]}.json.gz"
            more = f"page_Invented{month[-2:]}{n}" if n < len(pages) else None
            books.put(path, claude_page([(d, first[d]) for d in part], more))
            entry["records"] += sum(len(first[d]) for d in part)
            if month == "2026-07":
                again = path.replace("_p1__", "_p1_again__")
                books.files[again] = books.files[path]
                books.plant(again, "whole file", "the page of July a second time, byte for byte")
    path = f"{name}/cost_report_2026-08-11_2026-08-14__exported_2026-09-09.json"
    books.put(path, claude_page([(d, final[d]) for d in late], None))
    entry["superseded"] = sum(len(first[d]) for d in late)
    entry["records"] += sum(len(final[d]) for d in late)
    books.plant(path, "4 buckets", "restates August 11 to 14; 12 and 13 gain their web searches")


# --------------------------------------------------------------------------------------------
# GitHub Copilot
# --------------------------------------------------------------------------------------------
@dataclass
class Grant:
    """One seat object. A person may hold several."""

    person: Person | None
    plan: str
    created: datetime
    org: str = "brindlewick"
    until: date = date(2027, 1, 1)  # gone from this day on
    seen_from: date = date(2026, 1, 1)
    idle_days: int | None = 1  # None: no activity known
    last_active: date = date(2027, 1, 1)  # no activity after this day

    @property
    def is_steady(self) -> bool:
        """Held in all five months by somebody who works with it to the end."""
        return (self.person is not None and self.created < datetime(2026, 5, 1, tzinfo=UTC)
                and self.until == self.last_active == date(2027, 1, 1)
                and self.seen_from == date(2026, 1, 1) and self.idle_days is not None)  # fmt: skip

    def created_text(self, offset: int) -> str:
        if not offset:
            return self.created.strftime("%Y-%m-%dT%H:%M:%SZ")
        sign = "-" if offset < 0 else "+"
        local = self.created + timedelta(hours=offset)
        return local.strftime("%Y-%m-%dT%H:%M:%S") + f"{sign}{abs(offset):02d}:00"


SNAPSHOTS = [date(2026, 5, 29), date(2026, 6, 12), date(2026, 6, 29), date(2026, 7, 30),
             date(2026, 8, 28), date(2026, 9, 29)]  # fmt: skip


def seat_grants() -> list[Grant]:
    """All grants of five months, with the planted cases by name."""
    holders = [p for p in people() if p.has_seat]
    old = datetime(2026, 1, 12, 9, 30, tzinfo=UTC)
    grants = [Grant(p, "enterprise" if p.department == "engineering" and p.number % 3 == 0
                    else "business", old, idle_days=p.number % 9) for p in holders]  # fmt: skip
    g = {grant.person.number: grant for grant in grants}
    n = [p.number for p in holders]
    for i, idle in ((4, 45), (5, 75), (7, 104)):  # days before the last snapshot
        g[n[i]].last_active = SNAPSHOTS[-1] - timedelta(days=idle)
    g[n[8]].idle_days = None  # never active, old
    g[n[46]].idle_days = None
    for i, created in [(10, datetime(2026, 5, 24, 8, 0, tzinfo=UTC)),   # 5 days before snapshot
                       (47, datetime(2026, 7, 25, 8, 0, tzinfo=UTC)),   # 5 days before snapshot
                       (48, datetime(2026, 7, 10, 3, 30, tzinfo=UTC)),  # 9 July in local time
                       (60, datetime(2026, 8, 11, 7, 0, tzinfo=UTC)),
                       (61, datetime(2026, 9, 1, 0, 0, tzinfo=UTC))]:  # fmt: skip
        g[n[i]].created, g[n[i]].seen_from = created, created.date()
        g[n[i]].plan = "business"
        g[n[i]].idle_days = None if i in (10, 47) else 2
    g[n[13]].until, g[n[14]].until, g[n[49]].until = (
        date(2026, 7, 1), date(2026, 7, 1), date(2026, 9, 1))  # fmt: skip
    g[n[50]].until = date(2026, 6, 20)  # removed after the first snapshot of June: still billed
    twice = g[n[1]]
    twice.plan = "business"
    grants.append(Grant(twice.person, "enterprise", old, "brindlewick-labs", idle_days=1))
    upgraded = g[n[51]]  # business in the first snapshot of June, enterprise since
    upgraded.plan, upgraded.until = "business", date(2026, 6, 20)
    grants.append(Grant(upgraded.person, "enterprise", old, seen_from=date(2026, 6, 20)))
    grants.append(Grant(None, "business", old, until=date(2026, 7, 1), idle_days=None))
    return grants


def seat_row(grant: Grant, snapshot: date, number: int) -> dict:
    active = None
    if grant.idle_days is not None:
        day = min(snapshot - timedelta(days=grant.idle_days), grant.last_active)
        moment = datetime.combine(day, time(7, 5, 9), UTC)
        active = max(moment, grant.created + timedelta(hours=2))
    offset = -5 if number % 4 == 2 else 0
    if grant.created.hour == 3:
        offset = -4  # the day in local time is the day before
    stamp = Grant(grant.person, grant.plan, active or grant.created).created_text(offset)
    leaving = (snapshot < grant.until < date(2027, 1, 1) and grant.until.day == 1
               and grant.until - snapshot <= timedelta(days=31))  # fmt: skip
    person = grant.person
    return {
        "created_at": grant.created_text(offset),
        "updated_at": grant.created_text(offset) if number % 3 else None,
        "pending_cancellation_date": f"{grant.until}" if leaving else None,
        "last_activity_at": stamp if active else None,
        "last_activity_editor": "vscode/1.105.0/copilot/1.390.0" if active else None,
        "last_authenticated_at": stamp if active and number % 2 else None,
        "plan_type": grant.plan,
        "assignee": {"login": person.login, "id": 7_100_000 + person.number,
                     "node_id": f"U_bw{person.number}", "type": "User"} if person else None,
        "assigning_team": {"id": 77, "name": "developers", "slug": "developers"}
        if number % 2 else None,
        "organization": {"login": grant.org, "id": 5_010 + len(grant.org)},
    }  # fmt: skip


def write_seats(books: Books) -> dict[str, int]:
    """Snapshots in pages of 50 objects. Returns the AI-credit allowance of each month."""
    name, entry = "github_copilot/seats", books.dataset("github_copilot/seats")
    grants = seat_grants()
    decided: dict[tuple[str, int], tuple[date, str, date]] = {}
    for snapshot in SNAPSHOTS:
        here = [g for g in grants if g.seen_from <= snapshot < g.until]
        total = len({g.person.number for g in here if g.person})
        rows = [seat_row(g, snapshot, i) for i, g in enumerate(here)]
        for page, part in chunks(rows, 50):
            plain_page = snapshot == SNAPSHOTS[0] and page == 2
            suffix = "json" if plain_page else "json.gz"
            path = f"{name}/seats_enterprise_p{page}__{snapshot}.{suffix}"
            books.put(path, to_json({"total_seats": total, "seats": part}, "seats") + "\n")
            if snapshot == date(2026, 8, 28) and page == 2:
                again = f"{name}/seats_enterprise_p{page}_again__{snapshot}.{suffix}"
                books.files[again] = books.files[path]
                books.plant(again, "whole file", "second page of the snapshot a second time")
        for i, g in enumerate(here):
            entry["records"] += 1
            where = f"snapshot {snapshot}, seat {i + 1}"
            if g.person is None:
                add(entry["quarantined"], "no assignee", 1)
                books.plant(f"{name}/seats_enterprise_p*__{snapshot}.*", where, "assignee is null")
                continue
            entry["accepted"] += 1
            key = (month_of(snapshot), g.person.number)
            best = decided.get(key)
            if best is None or best[0] < snapshot or g.plan == "enterprise":
                decided[key] = (snapshot, g.plan, g.created.date())
    plant_seat_cases(books, grants)
    enter_idle_seats(books, grants)
    allowance = {}
    for month in MONTHS:
        year, number = int(month[:4]), int(month[5:])
        in_month = monthrange(year, number)[1]
        facts = {"persons": 0, "business": 0, "enterprise": 0, "user_months": D(0),
                 "billed_cost": D(0), "prorated": {}}  # fmt: skip
        for (seen, person), (_, plan, created) in sorted(decided.items()):
            if seen != month:
                continue
            part = D(1)
            if month_of(created) == month:
                left = in_month - created.day + 1
                part = (D(left) / D(in_month)).quantize(D("0.0000000001"), ROUND_HALF_UP)
                if part != 1:
                    facts["prorated"][str(7_100_000 + person)] = part
            facts["persons"] += 1
            facts[plan] += 1
            facts["user_months"] += part
            facts["billed_cost"] += SEAT_PRICE[plan] * part
            books.charge("github_copilot", "seat", month, name, "Estimated",
                         SEAT_PRICE[plan] * part)  # fmt: skip
        books.seats[month] = facts
        per_plan = (3000, 7000) if month in ("2026-06", "2026-07", "2026-08") else (1900, 3900)
        allowance[month] = facts["business"] * per_plan[0] + facts["enterprise"] * per_plan[1]
    entry["person_months"] = len(decided)
    return allowance


def enter_idle_seats(books: Books, grants: list[Grant]) -> None:
    """Of each month's last snapshot the seats without use; who was given one within 30 days is too
    new, and data science worked with it in September, as its usage metrics tell."""
    for snapshot in {month_of(s): s for s in SNAPSHOTS}.values():
        here = [g for g in grants if g.person and g.seen_from <= snapshot < g.until]
        for person in sorted({g.person.number for g in here}):
            own = [g for g in here if g.person.number == person]
            used = [min(snapshot - timedelta(days=g.idle_days), g.last_active)
                    for g in own if g.idle_days is not None]  # fmt: skip
            since = max(used, default=max(g.created.date() for g in own))
            told = own[0].person.department == "data-science" and person % 5
            if not (told and snapshot == SNAPSHOTS[-1]):
                books.idle_seat("github_copilot", month_of(snapshot), own[0].person.person_id,
                                (snapshot - since).days, bool(used))  # fmt: skip


def plant_seat_cases(books: Books, grants: list[Grant]) -> None:
    path = "github_copilot/seats/*"
    for g in grants:
        if g.person is None:
            continue
        who = f"assignee {7_100_000 + g.person.number}"
        if g.org != "brindlewick":
            books.plant(path, who, "granted twice (business and enterprise): counts once")
        if g.last_active < date(2027, 1, 1):
            idle = (SNAPSHOTS[-1] - g.last_active).days
            books.plant(path, who, f"last activity {g.last_active}, {idle} days before the end")
        if g.idle_days is None:
            recent = g.created > datetime(2026, 5, 1, tzinfo=UTC)
            books.plant(path, who, "never active, " + ("new" if recent else "old"))
        if g.created > datetime(2026, 5, 1, tzinfo=UTC):
            books.plant(path, who, f"created {g.created:%Y-%m-%dT%H:%MZ}: prorated from that day")
        if g.until < date(2027, 1, 1):
            books.plant(path, who, f"this grant is gone from {g.until}")


CREDIT_COLUMNS = [
    "date", "username", "product", "sku", "model", "quantity", "unit_type",
    "applied_cost_per_quantity", "gross_amount", "discount_amount", "net_amount",
    "total_monthly_quota", "organization", "repository", "cost_center_name", "aic_quantity",
    "aic_gross_amount", "input", "output", "cache_read", "cache_write",
]  # fmt: skip
PREMIUM_COLUMNS = [
    "date", "username", "product", "sku", "model", "quantity", "unit_type",
    "applied_cost_per_quantity", "gross_amount", "discount_amount", "net_amount",
    "exceeds_quota", "total_monthly_quota", "organization", "cost_center_name",
]  # fmt: skip


def credit_rows(rng: random.Random, allowance: dict[str, int]) -> dict[date, list[dict]]:
    """AI-credit usage per day, June to September. The month's pool pays first (discount)."""
    steady = [g.person for g in seat_grants() if g.is_steady and g.org == "brindlewick"]
    heavy = [p for p in steady if p.number % 3 != 2 or p == moving_person()]
    result: dict[date, list[dict]] = {}
    pool: dict[str, Decimal] = {m: D(n) for m, n in allowance.items()}
    for day in days(date(2026, 6, 1)):
        uses: list[dict] = []
        month = month_of(day)
        for p in rng.sample(heavy, 16 if day.weekday() < 5 else 3):
            uses.append({
                "username": p.login,
                "sku": "coding_agent_ai_credit" if rng.random() < 0.3 else "copilot_ai_credit",
                "model": rng.choice(["Claude Sonnet 5", "GPT-5.4", "Auto: GPT-5.4"]),
                "quantity": D(rng.randint(100, 3_600)) / 4 * 2,
                "repository": rng.choice(["", "brindlewick/web", "brindlewick/robot-core"]),
                "cost_center_name": {"engineering": "Platform", "field-service": "Field Service"}
                .get(p.department, ""),
                "total_monthly_quota": "3000" if "06" <= month[5:] <= "08" else "1900",
            })  # fmt: skip
        if day.weekday() == 1:
            review = {"username": "", "sku": "copilot_ai_credit", "model": "Code Review model",
                      "quantity": D("6.1"), "repository": "brindlewick/web",
                      "cost_center_name": "", "total_monthly_quota": "Unknown"}  # fmt: skip
            uses += [review, review | {"repository": "brindlewick/robot-core"}]
        if day.day == 15:
            uses.append(uses[0] | {"quantity": D("0.00000672"), "model": "Auto: GPT-5.4 mini"})
        rows = []
        for use in uses:
            covered = min(use["quantity"], pool[month])
            pool[month] -= covered
            rows.append(use | {
                "date": f"{day}", "product": "copilot", "unit_type": "ai-credits",
                "applied_cost_per_quantity": "0.01", "gross_amount": use["quantity"] / 100,
                "discount_amount": covered / 100,
                "net_amount": (use["quantity"] - covered) / 100, "organization": "brindlewick",
                "aic_quantity": "0", "aic_gross_amount": "0",
                "input": int(use["quantity"] * 2_000), "output": int(use["quantity"] * 90),
                "cache_read": int(use["quantity"] * 9_000), "cache_write": int(use["quantity"]),
            })  # fmt: skip
        result[day] = rows
    return result


def premium_rows(rng: random.Random) -> dict[date, list[dict]]:
    """Premium requests of May, 0.04 dollars each beyond the quota of 300 a person."""
    heavy = [g.person for g in seat_grants() if g.is_steady and g.person.number % 4 == 0][:14]
    used: Counter = Counter()
    result: dict[date, list[dict]] = {}
    for day in month_days("2026-05"):
        rows = []
        for p in rng.sample(heavy, 6 if day.weekday() < 5 else 1):
            n = rng.randint(12, 90)
            over = min(n, max(0, used[p.login] + n - 300))
            used[p.login] += n
            rows.append({
                "date": f"{day}", "username": p.login, "product": "copilot",
                "sku": "copilot_premium_request",
                "model": rng.choice(["Claude Sonnet 5", "GPT-5.4"]),
                "quantity": D(n), "unit_type": "requests", "applied_cost_per_quantity": "0.04",
                "gross_amount": D(n) * D("0.04"), "discount_amount": D(n - over) * D("0.04"),
                "net_amount": D(over) * D("0.04"), "exceeds_quota": "True" if over else "False",
                "total_monthly_quota": "300", "organization": "brindlewick",
                "cost_center_name": "Platform" if p.department == "engineering" else "",
            })  # fmt: skip
        result[day] = rows
    return result


def csv_lines(columns: list[str], rows: list[dict]) -> list[str]:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([plain(v) if isinstance(v := row[c], Decimal) else v for c in columns])
    return text.getvalue().splitlines(keepends=True)


def write_billing_usage(books: Books, rng: random.Random, allowance: dict[str, int]) -> None:
    """CSV with BOM, every value quoted, CRLF. Newest delivery of a day wins."""
    name, entry = "github_copilot/billing_usage", books.dataset("github_copilot/billing_usage")
    credits, premium = credit_rows(rng, allowance), premium_rows(rng)
    for rows in (*premium.values(), *credits.values()):
        for row in rows:
            entry["accepted"] += 1
            for column in ("gross_amount", "discount_amount", "net_amount"):
                add(entry["money"], f"USD {column}", row[column])
            add(entry.setdefault("quantity", {}), row["unit_type"], row["quantity"])
            for meter in ("input", "output", "cache_read", "cache_write"):
                add(entry["tokens"], meter, row.get(meter, 0))
            books.charge("github_copilot", "usage", row["date"][:7], name, "Reported",
                         row["net_amount"])  # fmt: skip

    def put(path: str, columns: list[str], first: date, last: date, source: dict, cut: int = 0):
        """``cut``: rows of the last day that the export does not know yet."""
        part = days(first, last)
        rows = [r for d in part for r in (source[d][:-cut] if cut and d == last else source[d])]
        lines = csv_lines(columns, rows)
        if first == date(2026, 7, 21):
            lines.insert(31, '"2026-07-22","nobody-bw","copilot","copilot_ai_credit"\r\n')
            entry["quarantined"] = {"too few fields": 1}
            books.plant(path, "line 32", "4 fields instead of 21")
        entry["records"] += len(lines) - 1
        books.put(path, "\ufeff" + "".join(lines))
        return path

    def credit(first: date, last: date, exported: str, cut: int = 0, suffix: str = "csv.gz") -> str:
        path = f"{name}/ai_usage_{first}_{last}__exported_{exported}.{suffix}"
        return put(path, CREDIT_COLUMNS, first, last, credits, cut)

    premium_path = f"{name}/premium_requests_2026-05__exported_2026-06-02.csv"
    put(premium_path, PREMIUM_COLUMNS, date(2026, 5, 1), date(2026, 5, 31), premium)
    books.plant(premium_path, "whole file", "older layout: premium requests, 15 columns")
    path = credit(date(2026, 6, 1), date(2026, 7, 1), "2026-07-01", cut=4)
    books.plant(path, "days 2026-06-20 to 07-01", "replaced by the next export; 07-01 was partial")
    credit(date(2026, 6, 20), date(2026, 7, 20), "2026-07-21")
    credit(date(2026, 7, 21), date(2026, 8, 20), "2026-08-21")
    path = credit(date(2026, 8, 21), date(2026, 9, 20), "2026-09-20", cut=3)
    books.plant(path, "days 2026-09-15 to 09-20", "replaced by the next export; 09-20 was partial")
    credit(date(2026, 9, 15), date(2026, 9, 30), "2026-10-02", suffix="csv")
    entry["superseded"] = (
        sum(len(credits[d]) for d in days(date(2026, 6, 20), date(2026, 7, 1))) - 4
        + sum(len(credits[d]) for d in days(date(2026, 9, 15), date(2026, 9, 20))) - 3
    )  # fmt: skip
    entry["files_refused"] = 1
    path = f"{name}/seat_activity__exported_2026-07-15.csv"
    books.put(path, "report_time,login,last_authenticated_at,last_activity_at,last_surface_used\n"
              "2026-07-15T06:00:00Z,ada-ashgrove-bw,,2026-07-14T15:01:00Z,vscode\n")  # fmt: skip
    books.plant(path, "whole file", "another layout in the wrong folder: refused")


# --------------------------------------------------------------------------------------------
# Putting it together
# --------------------------------------------------------------------------------------------
def vendors() -> list:
    """The modules of this package: one vendor each, with ``write(books, rng)`` and ``ABOUT``."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name != "__main__")
    return [importlib.import_module(f"{__name__}.{name}") for name in names]


def build(seed: int = SEED) -> Books:
    """All files and the books of one run."""
    books = Books()
    calls = gateway_calls(random.Random(f"{seed}/gateway"))
    broken = write_spend_logs(books, calls)
    write_standard_logging(books, [c for c in calls if c not in broken])
    openai = openai_traffic(random.Random(f"{seed}/openai"), calls)
    write_openai_usage(books, openai)
    write_openai_costs(books, openai)
    messages = desk_messages(random.Random(f"{seed}/desk"))
    write_messages(books, messages)
    claude = claude_traffic(random.Random(f"{seed}/claude"), calls, messages)
    write_claude_usage(books, claude)
    write_claude_costs(books, claude)
    allowance = write_seats(books)
    write_billing_usage(books, random.Random(f"{seed}/copilot"), allowance)
    for vendor in vendors():
        vendor.write(books, random.Random(f"{seed}/{vendor.__name__.rpartition('.')[2]}"))
    books.draw_down()
    for name, entry in books.datasets.items():
        own = [books.files[p] for p in sorted(books.files) if p.startswith(name + "/")]
        entry["files"], entry["files_identical"] = len(own), len(own) - len(set(own))
    books.files["README.md"] = readme(expected(books), books.planted).encode("utf-8")
    return books


def expected(books: Books) -> dict:
    """The facts every consumer must arrive at; numbers that are money or shares are strings."""

    def text(value):
        if isinstance(value, Decimal):
            return plain(value)
        if isinstance(value, dict):
            return {k: text(v) for k, v in sorted(value.items())}
        return value

    billed, totals, months = [], defaultdict(Decimal), defaultdict(Decimal)
    others = defaultdict(Decimal)
    for (service, scope, month, dataset, basis, currency), amount in sorted(books.money.items()):
        billed.append({"service": service, "scope": scope, "month": month, "dataset": dataset,
                       "basis": basis, "currency": currency,
                       "billed_cost": plain(amount)})  # fmt: skip
        if currency == "USD":
            totals[f"{service} {scope} {basis}"] += amount
            months[month] += amount
        else:
            others[currency] += amount
    unpriced = [{"service": p, "model": m, "month": month, "meter": meter, "tokens": n}
                for (p, m, month, meter), n in sorted(books.unpriced.items()) if n]  # fmt: skip
    return {
        "company": COMPANY,
        "datasets": {name: text(entry) for name, entry in sorted(books.datasets.items())},
        "billed": billed,
        "billed_by_service_and_basis": text(dict(totals)),
        "billed_by_month": text(dict(months)),
        # These three are of US dollars alone; what is billed in another currency adds to nothing.
        "billed_total": plain(sum(months.values(), D(0))),
        "billed_in_other_currencies": text(dict(others)),
        "credits": text(books.credits),
        "unpriced": unpriced,
        "seats": text(books.seats),
        "idle_seats": [
            dict(zip(("service", "month", "person", "verdict"), seat, strict=True))
            for seat in sorted(books.idle_seats)
        ],
        "planted": [{"file": f, "where": where, "what": what} for f, where, what in books.planted],
    }


def table(head: list[str], rows: Iterable[Iterable]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(str(c) for c in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


README_TOP = f"""# The sample: {COMPANY}

An invented company that builds warehouse robots: 120 invented people in 8 departments, five months
(2026-05-01 to 2026-09-30, UTC). It runs a LiteLLM gateway in front of OpenAI, Anthropic, Mistral
and a model of its own; calls OpenAI and Anthropic directly besides; and has GitHub Copilot seats.
Formats are real, all content is invented. `python -m ai_spend.sample` writes this folder again,
byte for byte; its own books, kept while writing, are the tables below and
`tests/python/sample_expected.json`. Nothing here is computed by the dbt project.

## How to read the totals

- A record is a log line, a result row of a page, a seat object or a CSV line. Files that are byte
  for byte equal to another file count once; a refused file counts no records.
  Records = accepted + duplicates + superseded + quarantined. In `github_copilot/seats` all
  accepted objects together describe the person-months of the table below.
- Which source carries money: the vendor's bill of the month where there is one (Reported), else
  the vendor's usage report times the price book (Estimated), else the gateway's log: the stated
  spend of each call (Stated), or the price book where a successful call with tokens, which was no
  cache hit, states none (Estimated).
- September has no bill of OpenAI and Anthropic yet. OpenAI costs 5 % less than list since
  2026-08-01: in the bill of August it is inside, in September it is applied to the list price.
  Web searches at OpenAI are only in bills, so September has none.
- Tokens are those of accepted and billable records. Cache hits of the gateway, failed calls and
  the refused message are accepted but not billable. Cache writes without a lifetime are listed
  as 5-minute writes. The tokens of the priority tier (June, July) are in Anthropic's usage report
  and in no bill. Daily buckets are far larger than any long-context limit; no single call is.
- In `anthropic/usage_report`, the desk's messages and the gateway's calls are contained. In
  `openai/usage_completions`, the gateway's calls are. Three broken gateway lines (cut in the
  middle) are calls that did run: the vendor's report contains them, the log does not.
- In June OpenAI bills `gpt-5.6-luna, output` of proj_BwWebsite for 2 % more tokens than its usage
  report has; `tokens_nobody_logged` in the JSON file counts them.
- Three credits are paid in advance (seeds/organisation/contracts.csv), two at xAI, one at DeepSeek.
  The payment is billed, with scope `commitment`, and what a credit pays for is not billed again:
  the billed cost of these services is what is left. Days draw in their order; a credit that ends
  with a rest lapses.
- `idle_seats` in the JSON file are the seats that hardly anybody used, month by month, with what an
  auditor who knows all about them would say; the leave that the company grants is not in it.
- A seat costs 19 (business) or 39 (enterprise) a month, in the month of its creation in proportion
  to the days left, that day included, the share rounded to 10 decimals. A person counts once a
  month with the highest plan of the newest snapshot that shows the person; a seat object without
  assignee is nobody's and is refused.

## What runs through all files

- Gateway: one key is shared by finance and people operations, and headers tell them apart on some
  calls only; the key legacy-script has no owner at all. Departments are spelt in any case, with
  `-`, `_` or a space, as id or as name; header names in any case. metadata and request_tags are
  sometimes JSON strings, cache_hit is sometimes empty, user is sometimes an e-mail address.
  Failed attempts share the session of their retry. The gateway learns price changes (gpt-5.6-luna
  on 2026-07-30, mistral-medium-latest on 2026-06-16) five days late, so its stated spend is off;
  at Mistral it is what carries the money all the same. It states list prices, not contract prices.
- OpenAI: batch and flex cost half. Cost lines say `flex | `, but nothing for batch: the research
  project's gpt-5.4 lines are batch. Some traffic (research, website, playground) never passes the
  gateway. Cache writes are inside input tokens.
- Anthropic: developers in the workspace Coding and the batch jobs are logged by nobody; the null
  workspace is the default one, where the gateway's key lives. Message logs of May have no split of
  cache writes; a quarter of their times carry +02:00.
- GitHub: the allowance of all seats is one pool a month, used up in order of days; what it covers
  is discount, the rest is net. Its promotion ends in August, so September costs more.
- People: one moves from customer support to field service on 2026-08-11. Customer support changes
  its cost centre on 2026-07-01.
"""


def readme(facts: dict, planted: list[tuple[str, str, str]]) -> str:
    def pairs(value: dict) -> str:
        return "<br>".join(f"{k}: {v}" for k, v in value.items()) or "-"

    sets = facts["datasets"].items()
    about = "\n".join(f"- {vendor.ABOUT.strip()}" for vendor in vendors())
    parts = [README_TOP + about + "\n", "## Records\n", table(
        ["dataset", "files", "identical", "refused", "records", "accepted", "not billable",
         "duplicates", "superseded", "quarantined"],
        [(n, e["files"], e["files_identical"], e["files_refused"], e["records"], e["accepted"],
          e["not_billable"], e["duplicates"], e["superseded"], pairs(e["quarantined"]))
         for n, e in sets])]  # fmt: skip
    parts += ["## Tokens and money of accepted records\n", table(
        ["dataset", "tokens", "money"],
        [(n, pairs(e["tokens"]), pairs(e["money"])) for n, e in sets])]  # fmt: skip
    parts += ["## Billed cost: service, month and the source that carries it\n", table(
        ["service", "scope", "month", "source", "basis", "currency", "billed cost"],
        [tuple(b.values()) for b in facts["billed"]])]  # fmt: skip
    parts += [
        "## Billed cost by service and basis (USD alone)\n",
        table(
            ["service, scope, basis", "billed cost"],
            [*facts["billed_by_service_and_basis"].items(), ("**total**", facts["billed_total"])],
        ),
    ]
    parts += ["## Billed cost by month (USD alone)\n",
              table(["month", "billed cost"], facts["billed_by_month"].items())]  # fmt: skip
    parts += ["## Prepaid credits (USD)\n", table(
        ["credit", "paid", "used by month", "lapsed", "left"],
        [(name, c["paid"], pairs(c["used"]), c["lapsed"], c["left"])
         for name, c in facts["credits"].items()])]  # fmt: skip
    others = facts["billed_in_other_currencies"].items()
    parts += ["## Billed in other currencies\n", table(["currency", "billed cost"], others)]
    parts += ["## Tokens without a price\n", table(
        ["service", "model", "month", "meter", "tokens"],
        [tuple(u.values()) for u in facts["unpriced"]])]  # fmt: skip
    parts += ["## Seats\n", table(
        ["month", "persons", "business", "enterprise", "user-months", "billed cost", "prorated"],
        [(m, s["persons"], s["business"], s["enterprise"], s["user_months"], s["billed_cost"],
          pairs(s["prorated"])) for m, s in facts["seats"].items()])]  # fmt: skip
    parts += ["## Planted faults and oddities\n", table(["file", "where", "what"], planted)]
    return "\n".join(parts)


def generate(out: Path, seed: int = SEED) -> None:
    """Write landing/sample into ``out``, byte for byte the same for the same seed."""
    for path, content in build(seed).files.items():
        target = Path(out) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def write_project(root: Path, seed: int = SEED) -> None:
    """Write the sample and its expected totals into a project folder."""
    generate(root / "landing" / "sample", seed)
    facts = json.dumps(expected(build(seed)), indent=1) + "\n"
    (root / "tests" / "python" / "sample_expected.json").write_text(facts, encoding="utf-8")
