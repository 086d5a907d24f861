"""Spellings of models as sources write them: each at the right model's price, or at none.

The list in data/model_names.csv is written by hand: what a name means, never what the resolver
makes of it. `unpriced` rows name the reason where there is one.
"""

from __future__ import annotations

import csv
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pricing import priced

SPELLINGS = Path(__file__).with_name("data") / "model_names.csv"


def cases() -> list[dict[str, str]]:
    with SPELLINGS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def call(number: int, service: str, model: str, **values: object) -> dict:
    """A million tokens of input in August 2026."""
    return {
        "usage_id": str(number),
        "service": service,
        "model": model,
        "meter": "input_tokens",
        "quantity": Decimal(1_000_000),
        "service_tier": "standard",
        "context_tokens": 1000,
        "started_at": datetime(2026, 8, 10, 10),
        "is_billable": True,
    } | values


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], dict]:
    usage = [call(n, row["service"], row["name"]) for n, row in enumerate(cases())]
    query = """
        select
            n.service, n.model, n.provider || '/' || n.model_id, n.name_tier, n.name_problem,
            u.list_unit_price, u.price_status
        from model_names as n join priced_usage as u using (service, model)
    """
    names = ("model", "tier", "problem", "price", "status")
    return {row[:2]: dict(zip(names, row[2:], strict=True)) for row in priced(usage, query)}


def test_the_list_is_long_and_no_name_stands_in_it_twice():
    rows = cases()
    assert len({(row["service"], row["name"]) for row in rows}) == len(rows) >= 400


def test_every_spelling_comes_to_its_model_or_to_none(found):
    def seen(row: dict[str, str]) -> str:
        is_free = found[row["service"], row["name"]]["tier"] == "free"
        return "free" if is_free else found[row["service"], row["name"]]["model"] or "unpriced"

    faults = [
        f"{row['service']} {row['name']}: {seen(row)}, not {row['expected']}"
        for row in cases()
        if seen(row) != row["expected"]
    ]
    assert not faults, f"{len(faults)} names:\n" + "\n".join(faults)


def test_a_tier_in_the_name_is_read_as_such_and_as_nothing_else(found):
    """Names whose own list has them, such as grok-4-fast, say no tier."""
    wanted = {(r["service"], r["name"]): r["tier"] or None for r in cases()}
    known = {key for key, seen in found.items() if seen["model"]}
    assert {k: found[k]["tier"] for k in known} == {k: wanted[k] for k in known}


def test_no_unpriced_name_has_a_price_and_each_says_why(found):
    for row in cases():
        seen = found[row["service"], row["name"]]
        if row["expected"] == "unpriced":
            assert seen["price"] is None, row
            assert seen["status"].startswith("model not in the price book"), row
            assert row["reason"] in (seen["problem"] or ""), (row, seen["problem"])


def test_free_is_free_and_fast_has_its_own_price_or_none(found):
    """Opus 4.8: 5.00 a million tokens of input, fast mode 10.00. Opus 4.6 has no fast price."""
    for row in cases():
        if row["expected"] == "free":
            assert found[row["service"], row["name"]]["price"] == 0, row
    assert found["claude_api", "claude-opus-4-8"]["price"] == Decimal(5)
    assert found["claude_api", "anthropic/claude-opus-4.8-fast"]["price"] == Decimal(10)
    for key in (
        ("claude_api", "claude-opus-4-6-fast"),
        ("google_vertex", "claude-opus-4-8-fast"),
        ("gemini_api", "gemini-2.5-pro-fast"),
    ):
        slow = found[key]
        assert slow["price"] is None
        assert slow["status"] == "no price for this meter and tier on that day"


def test_prices_of_corrected_names(found):
    """GovCloud: the global 3.00 x 1.2 = 3.60; elsewhere in a region 3.30. Azure's own R1: 1.35."""
    model = "anthropic.claude-sonnet-4-5-20250929-v1:0"
    for name, price in (("global.", "3"), ("us.", "3.3"), ("", "3.3"), ("us-gov.", "3.6")):
        assert found["aws_bedrock", name + model]["price"] == Decimal(price)
    assert found["azure_openai", "DeepSeek-R1"]["price"] == Decimal("1.35")
    assert found["openai_api", "ft:gpt-4o-mini-2024-07-18:acme::abc"]["price"] == Decimal("0.3")


def test_a_long_call_on_bedrock_costs_what_aws_bills():
    """301,016 x 11 / 1 M = 3.311176 and 5 x 49.5 / 1 M = 0.0002475: 3.3114235. At 272,000: 5.50."""
    usage = [
        call(1, "aws_bedrock", "openai.gpt-5.5", quantity=Decimal(301016), context_tokens=301016),
        call(2, "aws_bedrock", "openai.gpt-5.5", quantity=Decimal(5), context_tokens=301016)
        | {"meter": "output_tokens"},
        call(3, "aws_bedrock", "openai.gpt-5.5", context_tokens=272000),
        call(4, "aws_bedrock", "openai.gpt-5.5", context_tokens=272001),
    ]
    costs = dict(priced(usage, "select usage_id, list_cost from priced_usage"))
    assert costs["1"] + costs["2"] == Decimal("3.3114235")
    assert (costs["3"], costs["4"]) == (Decimal("5.5"), Decimal(11))


def test_a_tier_that_is_asked_for_beside_fast_has_no_price():
    usage = [
        call(1, "claude_api", "claude-opus-4-8-fast", service_tier=tier) for tier in ("batch",)
    ]
    assert priced(usage, "select list_unit_price from priced_usage") == [(None,)]


def test_the_companys_terms_of_the_standard_tier_do_not_price_fast():
    usage = [
        call(1, "claude_api", "claude-opus-4-8-fast"),
        call(2, "claude_api", "claude-opus-4-8-fast", service_tier="fast"),
    ]
    rows = priced(usage, "select usage_id, list_unit_price, sku_price_id from priced_usage")
    assert sorted((i, p) for i, p, _ in rows) == [("1", Decimal(10)), ("2", Decimal(10))]
    assert len({sku for *_, sku in rows}) == 1
