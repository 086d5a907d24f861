"""ListCost against genai_prices.calc_price: all models, shapes of usage, tiers, days and edges.

Our side is the pricing SQL as dbt compiles it (pricing.py), on a row per meter of each call: names,
rules, price book, bands, dates and quantities together. The other side is the package's own
function. They agree to the last digit, but for the exceptions in data/price_exceptions.csv, which
may only become fewer: each must still be one, and has its reason.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices import calc_price
from genai_prices import types as gp
from genai_prices.data_snapshot import get_snapshot
from pricing import priced
from test_prices import (
    MODELS,
    OFF_PEAK_HOUR,
    PARTS,
    corner_contexts,
    corner_days,
    input_tokens,
    package_knows,
    usage_of,
)

from ai_spend import prices

EXCEPTIONS = Path(__file__).with_name("data") / "price_exceptions.csv"
MAX_EXCEPTIONS = 4
# Meters that usage rows have, and their quantities in one call: no two alike, so that a swap shows.
METERS = [
    name
    for name, meter in prices.METERS.items()
    if not meter.stated_only and meter.pricing_unit in (prices.TOKENS, prices.REQUESTS)
]
TEXT = ("input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "output_tokens")
# A service of each provider of the package, as the seed has it.
SERVICES = {
    "openai": "openai_api",
    "anthropic": "claude_api",
    "azure": "azure_openai",
    "aws": "aws_bedrock",
    "google": "google_vertex",
    "mistral": "mistral_api",
    "groq": "groq_api",
    "deepseek": "deepseek_api",
    "x-ai": "xai_api",
    "cohere": "cohere_api",
    "together": "together_ai_api",
    "fireworks": "fireworks_ai_api",
    "perplexity": "perplexity_api",
    "cerebras": "cerebras_api",
    "moonshotai": "moonshot_api",
}
TIERS = ("standard", "batch", "flex", "priority", "fast")


@dataclass(frozen=True)
class Call:
    provider: str
    name: str
    model: str
    tier: str
    on: date
    size: int
    quantities: tuple[tuple[str, int], ...]

    @property
    def key(self) -> str:
        return f"{self.provider}/{self.model}"


def shapes(model: gp.ModelInfo, size: int) -> list[dict[str, int]]:
    """A call of text alone and one with every meter, each of exactly `size` input tokens."""
    made = []
    for meters in (TEXT, METERS):
        quantities = {meter: 7 * (n + 3) for n, meter in enumerate(meters)}
        used = input_tokens(quantities) - quantities["input_tokens"]
        if used > size:
            quantities = {m: q for m, q in quantities.items() if m not in PARTS["input_tokens"]}
            used = 0
        quantities["input_tokens"] = size - used
        made.append(quantities)
    return made


def names_of(provider: gp.Provider, model: gp.ModelInfo) -> str | None:
    """A name by which the package itself finds this model at this provider."""
    everyone = get_snapshot().providers
    wanted = [model.id, *(pattern for _, pattern in prices._flatten(model.match, model.id))]
    for name in wanted:
        if provider.find_model(name, all_providers=everyone) is model:
            return name
    return None


def calls() -> list[Call]:
    made = []
    for provider, model in MODELS:
        name = names_of(provider, model)
        if name is None:
            continue
        for on in corner_days(model):
            for size in corner_contexts(model):
                for quantities in shapes(model, size):
                    for tier in TIERS:
                        if package_knows(model, tier, on):
                            made.append(
                                Call(
                                    provider.id, name, model.id, tier, on, size,
                                    tuple(quantities.items()),
                                )
                            )  # fmt: skip
    return made


def theirs(call: Call) -> Decimal:
    at = datetime(call.on.year, call.on.month, call.on.day, OFF_PEAK_HOUR, tzinfo=UTC)
    result = calc_price(
        usage_of(dict(call.quantities)),
        call.name,
        provider_id=call.provider,
        genai_request_timestamp=at,
        price_context=None if call.tier == "standard" else prices.TIERS[call.tier],
    )
    # Perplexity's fee per request is left out of the price book on purpose.
    return result.total_price - (result.model_price.requests_kcount or Decimal(0)) / 1000


def ours(made: list[Call]) -> dict[int, Decimal]:
    rows = defaultdict(list)
    for number, call in enumerate(made):
        for meter, quantity in call.quantities:
            rows["record_id"].append(str(number))
            rows["service"].append(SERVICES[call.provider])
            rows["model"].append(call.name)
            rows["meter"].append(meter)
            rows["quantity"].append(quantity)
            rows["service_tier"].append(call.tier)
            rows["context_tokens"].append(call.size)
            rows["started_at"].append(
                datetime(call.on.year, call.on.month, call.on.day) + timedelta(hours=20)
            )
    found = priced(
        rows,
        "select cast(record_id as bigint), sum(list_cost) from priced_usage group by all",
    )
    # What the package does not price costs nothing there and has no price here.
    return {number: cost or Decimal(0) for number, cost in found}


def exceptions() -> dict[str, str]:
    with EXCEPTIONS.open(encoding="utf-8", newline="") as file:
        return {row["model"]: row["reason"] for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def compared() -> tuple[list[Call], dict[str, list[tuple]]]:
    """All calls, and those of each model on which the two sides differ."""
    made = calls()
    costs = ours(made)
    wrong = defaultdict(list)
    for number, call in enumerate(made):
        expected = theirs(call)
        if costs[number] != expected:
            wrong[call.key].append((call.tier, call.on, call.size, costs[number], expected))
    return made, wrong


def test_every_model_of_the_package_is_asked_about(compared):
    made, _ = compared
    asked = {call.key for call in made}
    unasked = {f"{p.id}/{m.id}" for p, m in MODELS} - asked
    assert not unasked
    assert len(made) > 10_000


def test_list_cost_is_what_the_package_says(compared):
    _, wrong = compared
    surprises = {key: found[0] for key, found in wrong.items() if key not in exceptions()}
    assert not surprises


def test_exceptions_are_still_exceptions_and_become_fewer(compared):
    _, wrong = compared
    assert set(exceptions()) <= set(wrong), "agrees by now: take it from the list"
    assert all(exceptions().values()), "without a reason"
    assert len(exceptions()) <= MAX_EXCEPTIONS, "the list may only shrink"
