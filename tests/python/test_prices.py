"""The price book against its source: genai-prices' own matching and arithmetic, and hand sums."""

import csv
import dataclasses
import re
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise, product
from pathlib import Path

import duckdb
import pytest
from genai_prices import Usage, calc_price
from genai_prices import types as gp
from genai_prices.data_snapshot import get_snapshot
from genai_prices.data_units import unit_data
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_spend import prices

SEEDS = Path(__file__).parents[2] / "seeds"
WRITTEN = ("model_prices", "model_matches", "provider_fallbacks")

# Hour at which no model's peak prices apply, so that the price book's off-peak rows must hold.
OFF_PEAK_HOUR = 20


def read(name: str) -> list[dict[str, str]]:
    with (SEEDS / "prices" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def price_rows() -> dict[tuple[str, str], list[dict[str, str]]]:
    rows = defaultdict(list)
    for row in read("model_prices"):
        rows[row["provider"], row["model_id"]].append(row)
    return rows


def day(text: str, default: date) -> date:
    return date.fromisoformat(text) if text else default


def book(provider: str, model_id: str, tier: str, on: date, context: int) -> dict[str, dict]:
    """meter -> row in force, by the lookup rule that SQL uses too."""
    found: dict[str, dict] = {}
    for row in price_rows()[provider, model_id]:
        in_force = day(row["valid_from"], date.min) <= on < day(row["valid_to"], date.max)
        if row["service_tier"] != tier or not in_force or int(row["context_from"]) > context:
            continue
        best = found.get(row["meter"])
        if best is None or int(best["context_from"]) < int(row["context_from"]):
            found[row["meter"]] = row
    return found


def cost(row: dict, quantity: int) -> Decimal:
    """Money for a quantity in base units (tokens, requests, seconds ...)."""
    return Decimal(row["unit_price"]) * quantity / prices.PRICING_UNITS[row["pricing_unit"]]


# ---- (a) committed files ----------------------------------------------------------------------


def test_committed_files_are_what_refresh_writes(tmp_path):
    summaries = [prices.refresh(tmp_path / run) for run in ("first", "second")]
    assert summaries[0] == summaries[1]
    for name in WRITTEN:
        committed = (SEEDS / "prices" / f"{name}.csv").read_bytes()
        for run in ("first", "second"):
            assert (tmp_path / run / "prices" / f"{name}.csv").read_bytes() == committed, name


def test_summary_counts_what_is_left_out(tmp_path):
    summary = prices.refresh(tmp_path)
    assert summary.prices == len(read("model_prices"))
    assert summary.inherited_prices == sum("as " in r["source"] for r in read("model_prices"))
    assert summary.unused_prices == {"requests_kcount": 4}
    assert summary.unused_variants == {"search_type": 2}
    assert summary.time_of_day_prices == 8
    assert all(name.startswith("deepseek/") for name in summary.time_of_day_models)
    assert "openai/moderation" in summary.models_without_price
    assert str(summary.prices) in str(summary)


def test_intervals_of_a_key_do_not_overlap():
    spans = defaultdict(list)
    for row in read("model_prices"):
        key = tuple(row[c] for c in prices.PRICE_COLUMNS[:5])
        spans[key].append((day(row["valid_from"], date.min), day(row["valid_to"], date.max)))
    for key, found in spans.items():
        found.sort()
        assert all(start < end for start, end in found), key
        assert all(a[1] <= b[0] for a, b in pairwise(found)), key


# ---- (b) the package's own calculation --------------------------------------------------------

PROVIDERS = {p.id: p for p in get_snapshot().providers if p.id in prices.PROVIDERS}
MODELS = [(p, m) for p in PROVIDERS.values() for m in p.models]


# The package's usage classes include their narrower ones, our meters are disjoint:
# class -> the meters that count towards it.
PARTS = {
    key: [
        name
        for name, meter in prices.METERS.items()
        if unit["dimensions"].items() <= unit_data[meter.usage_key]["dimensions"].items()
    ]
    for key, unit in unit_data.items()
    if key != "requests"
}


def usage_of(quantities: dict[str, int]) -> Usage:
    return Usage(**{key: sum(quantities.get(m, 0) for m in parts) for key, parts in PARTS.items()})


def input_tokens(quantities: dict[str, int]) -> int:
    return sum(quantities.get(meter, 0) for meter in PARTS["input_tokens"])


def package_cost(provider, model, tier: str, on: date, quantities: dict[str, int]) -> Decimal:
    at = datetime(on.year, on.month, on.day, OFF_PEAK_HOUR, tzinfo=UTC)
    context = None if tier == "standard" else prices.TIERS[tier]
    calculation = model.calc_price(
        usage_of(quantities),
        provider,
        genai_request_timestamp=at,
        price_context=context,
    )
    # Perplexity's fee per request is left out of the price book on purpose.
    fee = calculation.model_price.requests_kcount or Decimal(0)
    return calculation.total_price - fee / 1000


def package_knows(model, tier: str, on: date) -> bool:
    """Whether the package has prices for this tier on this day (the standard tier always)."""
    at = datetime(on.year, on.month, on.day, OFF_PEAK_HOUR, tzinfo=UTC)
    return tier == "standard" or any(
        variant.when.items() <= prices.TIERS[tier].items()
        and (variant.constraint is None or variant.constraint.active(at))
        for variant in model.price_variants or ()
    )


def assert_same_price(provider, model, tier: str, on: date, quantities: dict[str, int]) -> None:
    rows = book(provider.id, model.id, tier, on, input_tokens(quantities))
    if not package_knows(model, tier, on):
        assert rows == {}, "a tier has rows before the package knows it"
        return
    # What the package does not price costs nothing there and has no row here.
    ours = sum((cost(rows[m], q) for m, q in quantities.items() if m in rows), Decimal(0))
    assert ours == package_cost(provider, model, tier, on, quantities), (
        model.id,
        tier,
        on,
    )


def usual_meters(model) -> list[str]:
    """Reasoning and citations are counted in output, unless the model prices them apart."""
    stated = [model.prices] if isinstance(model.prices, gp.ModelPrice) else []
    return [
        name
        for name, meter in prices.METERS.items()
        if not meter.stated_only
        or any(getattr(p, unit_data[meter.usage_key]["price_key"]) is not None for p in stated)
    ]


def corner_days(model) -> set[date]:
    days = {date(2024, 1, 1), date(2030, 1, 1)}
    entries = model.prices if isinstance(model.prices, list) else []
    for entry in [*entries, *(model.price_variants or ())]:
        if isinstance(entry.constraint, gp.StartDateConstraint):
            start = entry.constraint.start_date
            days |= {start - timedelta(days=1), start}
    return days


def corner_contexts(model) -> set[int]:
    """Sizes just at, above and far from every tier start of the model."""
    sizes = {0, 1_000, 5_000_000}
    entries = model.prices if isinstance(model.prices, list) else [model]
    for entry in [*entries, *(model.price_variants or ())]:
        for price in vars(entry.prices).values():
            if isinstance(price, gp.TieredPrices):
                sizes |= {tier.start + step for tier in price.tiers for step in (0, 1)}
    return sizes


@pytest.mark.parametrize("provider_id", prices.PROVIDERS)
def test_every_model_tier_date_and_band_costs_what_the_package_says(provider_id):
    """All corners of all models; each meter has its own quantity so that a swap would show."""
    provider = PROVIDERS[provider_id]
    for model in provider.models:
        # Quantities in multiples of 3600, so that hours divide exactly.
        base = {m: 3600 * (n + 1) for n, m in enumerate(usual_meters(model))}
        for on in corner_days(model):
            for size in corner_contexts(model):
                # Fill the call up to `size` input tokens where the meters alone leave room.
                quantities = dict(base)
                for meter, quantity in base.items():
                    if meter in PARTS["input_tokens"]:
                        quantities[meter] = min(quantity, size // 20)
                quantities["input_tokens"] += size - input_tokens(quantities)
                assert input_tokens(quantities) == size
                for tier in prices.TIERS:
                    assert_same_price(provider, model, tier, on, quantities)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.data())
def test_any_usage_costs_what_the_package_says(data):
    provider, model = data.draw(st.sampled_from(MODELS))
    tier = data.draw(st.sampled_from(sorted(prices.TIERS)))
    on = data.draw(st.dates(date(2023, 1, 1), date(2028, 1, 1)))
    meters = usual_meters(model)
    if (provider.id, model.id.startswith("whisper")) == ("groq", True):
        meters.remove("audio_hours")  # Groq's whisper takes this as the same sound, counted twice
        meters.remove("output_audio_hours")
    sizes = st.integers(0, 400_000).map(lambda n: n * 3600 if n < 1000 else n)
    quantities = data.draw(st.dictionaries(st.sampled_from(meters), sizes))
    quantities = {m: 3600 * q if m.endswith("hours") else q for m, q in quantities.items()}
    assert_same_price(provider, model, tier, on, quantities)


# ---- (c) worked by hand -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "model_id", "tier", "on", "context", "expected"),
    [
        # 1,000,000 x 2.50 + 400,000 cached x 1.25 = 0.50 + 100,000 out x 10.00 = 1.00: sum 4.00
        (
            "openai",
            "gpt-4o",
            "standard",
            date(2026, 3, 1),
            1_400_000,
            {"input_tokens": "2.5", "cache_read_tokens": "1.25", "output_tokens": "10"},
        ),
        # Input 2.00: 5-minute write x 1.25 = 2.50, 1-hour write x 2 = 4.00, read x 0.1 = 0.20
        (
            "anthropic",
            "claude-sonnet-5",
            "standard",
            date(2026, 11, 1),
            300_000,
            {
                "input_tokens": "2",
                "cache_write_5m_tokens": "2.5",
                "cache_write_1h_tokens": "4",
                "cache_read_tokens": "0.2",
                "output_tokens": "10",
                "web_searches": "10",
            },
        ),
        # Batch halves tokens (2.50 / 2 = 1.25 ...), not searches.
        (
            "anthropic",
            "claude-sonnet-5",
            "batch",
            date(2026, 10, 14),
            300_000,
            {
                "cache_write_5m_tokens": "1.25",
                "cache_write_1h_tokens": "2",
                "cache_read_tokens": "0.1",
                "output_tokens": "5",
                "web_searches": "10",
            },
        ),
        # Cut by 80 percent on 2026-07-30: 1.00 x 0.2 = 0.20 and 6.00 x 0.2 = 1.20
        (
            "openai",
            "gpt-5.6-luna",
            "standard",
            date(2026, 7, 29),
            1_000,
            {"input_tokens": "1", "cache_read_tokens": "0.1", "output_tokens": "6"},
        ),
        (
            "openai",
            "gpt-5.6-luna",
            "standard",
            date(2026, 7, 30),
            1_000,
            {
                "input_tokens": "0.2",
                "cache_read_tokens": "0.02",
                "output_tokens": "1.2",
            },
        ),
        # More than 272,000 input tokens: input x 2, output x 1.5, on the whole call.
        (
            "openai",
            "gpt-5.4",
            "standard",
            date(2026, 9, 1),
            272_000,
            {"input_tokens": "2.5", "cache_read_tokens": "0.25", "output_tokens": "15"},
        ),
        (
            "openai",
            "gpt-5.4",
            "standard",
            date(2026, 9, 1),
            272_001,
            {"input_tokens": "5", "cache_read_tokens": "0.5", "output_tokens": "22.5"},
        ),
        # No audio or image price of its own: billed as text.
        (
            "openai",
            "gpt-4o",
            "standard",
            date(2026, 3, 1),
            1_000,
            {"input_image_tokens": "2.5", "cache_read_image_tokens": "1.25"},
        ),
    ],
)
def test_prices_worked_by_hand(provider, model_id, tier, on, context, expected):
    rows = book(provider, model_id, tier, on, context)
    assert {meter: rows[meter]["unit_price"] for meter in expected} == expected


def test_a_call_worked_by_hand():
    """gpt-4o, 1.4 M input of which 0.4 M cached, 0.1 M output: 2.50 + 0.50 + 1.00 = 4.00 USD."""
    rows = book("openai", "gpt-4o", "standard", date(2026, 3, 1), 1_400_000)
    quantities = {
        "input_tokens": 1_000_000,
        "cache_read_tokens": 400_000,
        "output_tokens": 100_000,
    }
    assert sum(cost(rows[meter], quantity) for meter, quantity in quantities.items()) == 4
    usage = Usage(input_tokens=1_400_000, cache_read_tokens=400_000, output_tokens=100_000)
    assert calc_price(usage, "gpt-4o-2024-08-06", provider_id="openai").total_price == 4


@pytest.mark.parametrize(("total", "expected"), [(272_000, "0.68"), (272_001, "1.360005")])
def test_package_applies_a_tier_above_its_start(total, expected):
    """272,000 x 2.50 / 1 M = 0.68; one token more and all of it costs 5.00: 1.360005."""
    at = datetime(2026, 9, 1, tzinfo=UTC)
    theirs = calc_price(
        Usage(input_tokens=total),
        "gpt-5.4",
        provider_id="openai",
        genai_request_timestamp=at,
    )
    ours = book("openai", "gpt-5.4", "standard", at.date(), total)["input_tokens"]
    assert theirs.total_price == cost(ours, total) == Decimal(expected)


def test_tiers_that_nobody_publishes_have_no_price():
    assert book("anthropic", "claude-sonnet-5", "priority", date(2026, 11, 1), 0) == {}
    assert book("openai", "gpt-5.4", "priority", date(2026, 10, 11), 0) == {}


# ---- (d) what the tables cannot say -----------------------------------------------------------


def with_model(monkeypatch, **changes) -> None:
    """Let the package hold a single provider with one model, changed as asked."""
    model = gp.ModelInfo(id="new-model", match=gp.ClauseEquals("new-model"))
    model = dataclasses.replace(model, **{"prices": gp.ModelPrice(), **changes})
    provider = gp.Provider(id="openai", name="", api_pattern="", models=[model])
    snapshot = dataclasses.replace(get_snapshot(), providers=[provider])
    monkeypatch.setattr(prices, "get_snapshot", lambda: snapshot)
    monkeypatch.setattr(prices, "PROVIDERS", ("openai",))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"prices": gp.ModelPrice(dream_mtok=Decimal(1))},
            "openai/new-model: unknown price field dream_mtok",
        ),
        (
            {"prices": gp.ModelPrice(input_text_mtok=Decimal(1))},
            "openai/new-model: unknown price field input_text_mtok",
        ),
        (
            {"prices": gp.ModelPrice(input_mtok=Decimal("0.000000001"))},
            "openai/new-model input_tokens standard: price 0.000000001 does not fit",
        ),
        (
            {"prices": gp.ModelPrice(input_mtok=Decimal(10**9))},
            "price 1000000000 does not fit",
        ),
        ({"prices": gp.ModelPrice(input_mtok=Decimal(-1))}, "price -1 does not fit"),
        (
            {"prices": gp.ModelPrice(input_mtok=Decimal("NaN"))},
            "price NaN does not fit",
        ),
        (
            {
                "prices": gp.ModelPrice(
                    input_mtok=Decimal(1),
                    cache_read_mtok=Decimal(1),
                    input_audio_mtok=Decimal(2),
                )
            },
            "cache_read_audio_tokens could follow any of",
        ),
        ({"match": gp.ClauseRegex("^(?!x)")}, "RE2 has no look-around"),
        (
            {"match": gp.ClauseAnd([gp.ClauseContains("a"), gp.ClauseContains("b")])},
            "cannot write the match rule",
        ),
        (
            {"match": gp.ClauseAnd([gp.ClauseStartsWith("a-tt"), gp.ClauseRegex("^(?!b)")])},
            "cannot join a-tt",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(monkeypatch, tmp_path, changes, message):
    with_model(monkeypatch, **changes)
    with pytest.raises(prices.PriceBookError, match=re.escape(message)):
        prices.refresh(tmp_path)
    assert list(tmp_path.rglob("*.csv")) == []


def test_all_prices_by_the_hour_is_refused(monkeypatch, tmp_path):
    peak = gp.TimeOfDateConstraint(datetime.min.time(), datetime.max.time())
    with_model(monkeypatch, prices=[gp.ConditionalPrice(peak, prices=gp.ModelPrice())])
    with pytest.raises(prices.PriceBookError, match="every price depends on the time of day"):
        prices.refresh(tmp_path)


# ---- model names ------------------------------------------------------------------------------

RESOLVE = r"""
with asked as (
    select
        unnest($asked) as key,
        split_part(key, ' ', 1) as provider,
        split_part(key, ' ', 2) as ref
),
spelt as (
    select key, provider, 0 as retry, lower(ref) as name from asked
    union all
    select key, provider, 1, regexp_replace(
        lower(ref),
        '-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(-|:|$)', '-\1-\2-\3\4', 'g'
    ) from asked
),
reachable as (
    select *, '0' as fallback, provider as rules_of from spelt
    union all
    select s.*, f.fallback_order, f.fallback_provider
    from spelt as s join fallbacks as f on f.provider = s.provider
)
select
    key,
    arg_min(
        m.provider || '/' || m.model_id,
        retry * 1_000_000_000 + fallback::int * 1_000_000 + m.rule_order::int
    ) as model
from reachable as r
join matches as m on m.provider = r.rules_of and case m.match_kind
    when 'equals' then r.name = m.pattern
    when 'starts_with' then starts_with(r.name, m.pattern)
    when 'ends_with' then ends_with(r.name, m.pattern)
    when 'contains' then contains(r.name, m.pattern)
    when 'regex' then regexp_matches(r.name, m.pattern)
end
group by key
"""

REALISTIC = """
openai gpt-4o-2024-08-06 | openai GPT-4o | openai gpt-4o-mini-2024-07-18 | openai gpt-5.2-20251211
openai gpt-5.4-2026-03-05 | openai gpt-5.4-20260305 | openai gpt-5.6-luna-2026-07-01 | openai o3
openai gpt-5-mini-2025-08-07 | openai text-embedding-3-small | openai whisper-1 | openai o4-mini
openai gpt-image-1 | openai gpt-4o-realtime-preview-2024-12-17 | openai omni-moderation-latest
openai ft:gpt-4o-mini-2024-07-18:acme::abc | openai gpt-9-imagined | openai gpt-5.4-99991399
anthropic claude-sonnet-5 | anthropic claude-haiku-4-5-20251001 | anthropic claude-opus-4-6
anthropic claude-sonnet-4-5-20250929 | anthropic claude-3-5-sonnet-20241022
anthropic claude-opus-5-20260101 | anthropic claude-opus-5-5 | anthropic claude-sonnet-4-6@20260301
google gemini-2.5-pro | google gemini-2.5-pro-preview-tts | google gemini-2.5-pro-preview-05-06
google gemini-2.5-pro-tts | google gemini-2.5-pro-ttsx | google gemini-2.5-pro-TT-s
google gemini-2.5-pro-tts-001 | google gemini-2.5-prom-t | google gemini-3.8-flash
google gemini-2.5-flash-lite-preview-09-2025 | google gemini-2.5-flash-lite-preview-tts
google gemini-2.5-flash | google claude-sonnet-5 | google gemini-3.5-flash | google gemma-3-27b-it
mistral mistral-large-latest | mistral mistral-small-latest | mistral codestral-latest
mistral mistral-ocr-latest | mistral mistral-nemo:free | mistral mistral-large-2512
azure gpt-4o-2024-08-06 | azure gpt-5.2-20251211 | azure claude-sonnet-5 | azure o3-mini
azure deepseek-reasoner | azure grok-4.5 | azure text-embedding-3-large
aws anthropic.claude-sonnet-4-5-20250929-v1:0 | aws us.anthropic.claude-haiku-4-5-20251001-v1:0
aws amazon.nova-pro-v1:0 | aws meta.llama3-1-70b-instruct-v1:0 | aws eu.amazon.nova-lite-v1:0
groq llama-3.3-70b-versatile | groq whisper-large-v3 | deepseek deepseek-chat
x-ai grok-4.5 | x-ai grok-4.5-20260401 | cohere command-r-plus | perplexity sonar-pro
together meta-llama/Llama-3.3-70B-Instruct-Turbo | moonshotai kimi-k2 | cerebras llama3.1-8b
fireworks accounts/fireworks/models/deepseek-v3
"""


def resolve(asked: list[str], seeds: Path = SEEDS) -> dict[str, str]:
    """'provider name' -> 'provider/model_id' by the flattened rules, in DuckDB's RE2."""
    with duckdb.connect() as connection:
        for table, name in (
            ("matches", "model_matches"),
            ("fallbacks", "provider_fallbacks"),
        ):
            path = seeds / "prices" / f"{name}.csv"
            connection.execute(
                f"create table {table} as from read_csv('{path}', all_varchar = true)"
            )
        return dict(connection.execute(RESOLVE, {"asked": asked}).fetchall())


def package_resolves(asked: str) -> str | None:
    provider_id, _, name = asked.partition(" ")
    providers = get_snapshot().providers
    model = PROVIDERS[provider_id].find_model(name, all_providers=providers)
    owner = next((p for p in providers if any(m is model for m in p.models)), None)
    return f"{owner.id}/{model.id}" if owner else None


def test_realistic_names_lead_to_the_packages_model():
    asked = [name.strip() for name in re.split(r"[|\n]", REALISTIC) if name.strip()]
    found = resolve(asked)
    assert {name: found.get(name) for name in asked} == {n: package_resolves(n) for n in asked}
    assert found["openai gpt-4o-2024-08-06"] == "openai/gpt-4o"
    assert found["openai gpt-5.4-20260305"] == "openai/gpt-5.4"
    assert found["google gemini-2.5-pro"] == "google/gemini-2.5-pro"
    assert found["azure claude-sonnet-5"] == "anthropic/claude-sonnet-5"
    assert "openai gpt-9-imagined" not in found


def test_names_made_from_every_pattern_lead_to_the_packages_model():
    """Every literal pattern, plain and with what vendors put around names, at every provider."""
    asked = sorted(
        {
            f"{row['provider']} {head}{row['pattern']}{tail}"
            for row in read("model_matches")
            if row["match_kind"] != "regex"
            for head in ("", "us.")
            for tail in ("", "-latest", "-tts", "-20260305")
        }
        | {f"azure {model.id}" for _, model in MODELS}
        | {f"google {model.id}" for _, model in MODELS}
    )
    found = resolve(asked)
    expected = {name: package_resolves(name) for name in asked}
    assert {name: found.get(name) for name in asked} == expected


def test_the_first_of_several_matching_rules_wins(monkeypatch, tmp_path):
    """The package's data has hardly any such names, so that the order needs a case of its own."""
    wide, narrow = (
        gp.ModelInfo(id=name, match=match, prices=gp.ModelPrice(input_mtok=Decimal(1)))
        for name, match in (
            ("z-wide", gp.ClauseContains("GPT")),
            ("a", gp.ClauseEquals("gpt-x")),
        )
    )
    provider = gp.Provider(id="openai", name="", api_pattern="", models=[wide, narrow])
    snapshot = dataclasses.replace(get_snapshot(), providers=[provider])
    monkeypatch.setattr(prices, "get_snapshot", lambda: snapshot)
    monkeypatch.setattr(prices, "PROVIDERS", ("openai",))
    prices.refresh(tmp_path)
    assert provider.find_model("Gpt-X").id == "z-wide"
    assert resolve(["openai Gpt-X"], tmp_path) == {"openai Gpt-X": "openai/z-wide"}


def test_pattern_without_look_ahead_is_the_same_set_of_names():
    """Every string of up to 7 of these letters; more would add nothing to a 5-state pattern."""
    tail = re.compile("^p" + prices.NO_TTS_TAIL)
    for length in range(8):
        for letters in product("-tsx", repeat=length):
            name = "p" + "".join(letters)
            assert bool(tail.search(name)) == bool(re.search(prices.NO_TTS_PART, name)), name


# ---- hand-kept seeds --------------------------------------------------------------------------


def test_multiplied_prices_still_fit_eight_decimals():
    """A tier's and a place's factor stack; no product may need rounding at DECIMAL(18,8)."""
    tiers, places = defaultdict(lambda: {Decimal(1)}), defaultdict(lambda: {Decimal(1)})
    for row in read("tier_multipliers"):
        kind = places if row["inference_geo"] else tiers
        kind[row["provider"]].add(Decimal(row["multiplier"]))
    factors = {
        provider: {tier * place for tier in tiers[provider] for place in places[provider]}
        for provider in {row["provider"] for row in read("model_prices")}
    }
    for row in read("model_prices"):
        for factor in factors[row["provider"]]:
            price = (Decimal(row["unit_price"]) * factor).normalize()
            assert -price.as_tuple().exponent <= 8, (row, factor)


@pytest.mark.parametrize(
    ("model_id", "dearer"),
    [
        ("claude-sonnet-4-5", False),
        ("claude-haiku-4-5", False),
        ("claude-opus-4-5", False),
        ("claude-3-7-sonnet-latest", False),
        ("claude-opus-4-6", True),
        ("claude-sonnet-4-6", True),
        ("claude-opus-4-8", True),
        ("claude-sonnet-5", True),
        ("claude-opus-5-5", True),
        ("claude-haiku-5-5", True),
        ("claude-fable-5-2", True),
        ("claude-mythos-5-2", True),
    ],
)
def test_us_inference_costs_more_from_4_6_on(model_id, dearer):
    assert ("anthropic", model_id) in price_rows()
    (row,) = [
        r
        for r in read("tier_multipliers")
        if (r["provider"], r["inference_geo"]) == ("anthropic", "us")
    ]
    with duckdb.connect() as connection:
        matched = connection.execute(
            "select regexp_matches($1, $2)", [model_id, row["model_pattern"]]
        ).fetchone()
    assert (row["inference_geo"], row["multiplier"], matched) == (
        "us",
        "1.1",
        (dearer,),
    )


@pytest.mark.parametrize(
    ("provider", "place", "model_id", "dearer"),
    [
        ("openai", "eu", "gpt-5.4", True),
        ("openai", "eu", "gpt-5.4-mini", True),
        ("openai", "us", "gpt-6-sol", True),
        ("openai", "eu", "gpt-5.3", False),
        ("openai", "eu", "gpt-5-mini", False),
        ("google", "regional", "claude-sonnet-4-5", True),
        ("google", "multi-region", "claude-opus-4-7", True),
        ("google", "regional", "claude-4-sonnet", False),
        ("google", "regional", "claude-3-7-sonnet", False),
        ("google", "regional", "gemini-2.5-flash", False),
    ],
)
def test_a_place_that_is_priced_apart_costs_a_tenth_more(provider, place, model_id, dearer):
    assert (provider, model_id) in price_rows()
    (row,) = [
        r
        for r in read("tier_multipliers")
        if (r["provider"], r["inference_geo"]) == (provider, place)
    ]
    assert row["multiplier"] == "1.1"
    assert bool(re.search(row["model_pattern"], model_id)) is dearer
