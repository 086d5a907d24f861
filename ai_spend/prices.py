"""The price book: list prices of AI models, written from the installed genai-prices package.

`refresh` reads the data that ships inside the package (no network) and writes three sorted CSV
seeds, so that a new package version shows up as a reviewable difference. The rules that a reader
of these files must follow are the package's own arithmetic, spelled out as rows:

Meters. Every row prices one meter; the meters of a call are disjoint. The package bills tokens
that have no price of their own at the price of the nearest wider class: cached tokens as input,
1-hour cache writes as other cache writes, audio, image and video tokens as text. Such rows are
written out, with the meter they follow in `source`, so nothing has to fall back at query time.
Only meters marked `stated_only` have no row unless the package prices that very class.

Context. A price tier covers all tokens of a call once its total input tokens (uncached, cached and
cache writes together) EXCEED the tier's start in the package. `context_from` is that start plus
one: the row to use has the greatest `context_from` that is <= the total input tokens.

Dates. `valid_from` is inclusive (empty = always), `valid_to` exclusive (empty = open), UTC days.

Tiers. `standard` is always there. `batch`, `flex`, `priority` and `fast` hold the full set of
prices from the day the package knows the tier, and no row before that. For a model found only
through `provider_fallbacks` the package uses standard prices alone; so must the reader.

Time of day. Some prices (DeepSeek) rise in daily peak hours, which a date cannot say. The
price without an hour condition is used, that is the off-peak one: a lower bound. Its rows say
`off-peak` in `source`.

Matching. A model name is lower-cased; the first rule by `rule_order` that matches wins; only then
come the fallback providers in their order (one step, never further). If all of that finds
nothing, it is tried once more with a compact date (`-20260305`) rewritten as `-2026-03-05`.

Not carried: Groq's minimum of 10 seconds per transcription request.
"""

import csv
import dataclasses
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

from genai_prices import types as gp
from genai_prices.data_snapshot import get_snapshot
from genai_prices.data_units import unit_data

# Vendors that sell to companies directly and the clouds that resell them. Resale routers and
# hosting marketplaces are left out: they report the cost of a call themselves, and their
# lists change too often to sign on.
PROVIDERS = (
    "openai",
    "anthropic",
    "azure",
    "aws",
    "google",
    "mistral",
    "groq",
    "deepseek",
    "x-ai",
    "cohere",
    "together",
    "fireworks",
    "perplexity",
    "cerebras",
    "moonshotai",
)

TOKENS = "1000000 Tokens"
REQUESTS = "1000 Requests"

# How many of the package's base units (tokens, requests, seconds ...) make one pricing unit.
PRICING_UNITS = {
    TOKENS: 1_000_000,
    REQUESTS: 1_000,
    "Hours": 3_600,
    "1000000 Characters": 1_000_000,
    "1000 Pages": 1_000,
    "1000 Messages": 1_000,
}


@dataclass(frozen=True)
class Meter:
    """What is priced apart: a usage class of the package and the FOCUS unit its price is for.

    `stated_only`: rows only where the package prices this very class. Used for classes that
    normally stay inside a wider meter.
    """

    usage_key: str
    pricing_unit: str = TOKENS
    stated_only: bool = False


METERS = {
    "input_tokens": Meter("input_tokens"),
    "cache_read_tokens": Meter("cache_read_tokens"),
    "cache_write_5m_tokens": Meter("cache_write_5m_tokens"),
    "cache_write_1h_tokens": Meter("cache_write_1h_tokens"),
    "output_tokens": Meter("output_tokens"),
    # Reasoning is part of output_tokens, except for a model that prices it apart.
    "output_reasoning_tokens": Meter("output_reasoning_tokens", stated_only=True),
    "output_citation_tokens": Meter("output_citation_tokens", stated_only=True),
    "input_audio_tokens": Meter("input_audio_tokens"),
    "cache_read_audio_tokens": Meter("cache_audio_read_tokens"),
    "output_audio_tokens": Meter("output_audio_tokens"),
    "input_image_tokens": Meter("input_image_tokens"),
    "cache_read_image_tokens": Meter("cache_image_read_tokens"),
    "output_image_tokens": Meter("output_image_tokens"),
    "input_video_tokens": Meter("input_video_tokens"),
    "cache_read_video_tokens": Meter("cache_video_read_tokens"),
    "output_video_tokens": Meter("output_video_tokens"),
    "audio_hours": Meter("audio_seconds", "Hours"),
    "input_audio_hours": Meter("input_audio_seconds", "Hours"),
    "output_audio_hours": Meter("output_audio_seconds", "Hours"),
    "input_characters": Meter("input_characters", "1000000 Characters"),
    "input_pages": Meter("input_document_pages", "1000 Pages"),
    "input_annotated_pages": Meter("input_annotated_document_pages", "1000 Pages"),
    "input_text_messages": Meter("input_text_messages", "1000 Messages"),
    "web_searches": Meter("web_searches", REQUESTS),
    "file_searches": Meter("storage_searches", REQUESTS),
}

# The package prices cache writes without naming a lifetime; the vendors' default is 5 minutes.
METER_OF = {meter.usage_key: name for name, meter in METERS.items()} | {
    "cache_write_tokens": "cache_write_5m_tokens"
}

# Price fields of the package that are left out on purpose. Any other field that no meter covers
# stops the refresh: a new kind of price needs a person.
UNUSED_FIELDS = {
    "requests_kcount": "the fee varies by search depth, the package has the highest only",
}

# Service tier -> the package's request context. A variant belongs to a tier when all its
# conditions stand here. Vendors say `fast` in two ways.
TIERS = {
    "standard": {"service_tier": "default"},
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
    "fast": {"service_tier": "fast", "speed": "fast"},
}

PRICE_COLUMNS = (
    "provider",
    "model_id",
    "meter",
    "service_tier",
    "context_from",
    "valid_from",
    "valid_to",
    "pricing_unit",
    "unit_price",
    "currency",
    "source",
    "package_version",
)
MATCH_COLUMNS = (
    "provider",
    "model_id",
    "rule_order",
    "match_kind",
    "pattern",
    "package_version",
)
FALLBACK_COLUMNS = ("provider", "fallback_order", "fallback_provider")

# The package's only pattern with a look-ahead ("no name part is tts"), which RE2 cannot run, and
# the same set of strings without it: what may follow a prefix, part by part.
NO_TTS_PART = "^(?!.*-[tT][tT][sS](?:$|-))"
NO_TTS_TAIL = "[^-]*(?:-(?:|t|tt|[^-t][^-]*|t[^-t][^-]*|tt[^-s][^-]*|tts[^-]+))*$"

Price = Decimal | gp.TieredPrices


class PriceBookError(ValueError):
    """The package holds something that the price book cannot say; the message names it."""


@dataclass(frozen=True)
class Summary:
    """What `refresh` wrote and what it left out. Counts are rows unless the name says otherwise."""

    package_version: str
    prices: int
    inherited_prices: int
    matches: int
    fallbacks: int
    models: int
    models_without_price: tuple[str, ...]
    unused_prices: dict[str, int]
    unused_variants: dict[str, int]
    time_of_day_prices: int
    time_of_day_models: tuple[str, ...]

    def __str__(self) -> str:
        lines = {
            "genai-prices": f"{self.package_version}, {self.models} models",
            "model_prices.csv": f"{self.prices} rows, {self.inherited_prices} as another meter",
            "model_matches.csv": f"{self.matches} rows",
            "provider_fallbacks.csv": f"{self.fallbacks} rows",
            "without any price": _listed(self.models_without_price),
            "price fields left out": _counted(self.unused_prices),
            "variants left out": _counted(self.unused_variants),
            "peak hours left out": f"{self.time_of_day_prices} prices, "
            + _listed(self.time_of_day_models),
        }
        return "\n".join(f"{name:<24}{text}" for name, text in lines.items())


def refresh(seeds_dir: Path) -> Summary:
    """Write `prices/{model_prices,model_matches,provider_fallbacks}.csv` below `seeds_dir`.

    The same package version gives the same bytes. Raises PriceBookError, and then writes nothing,
    when the package holds a field, condition, pattern or number that these tables cannot carry.
    """
    package_version = version("genai-prices")
    providers = _providers()
    models = [(provider, model) for provider in providers for model in provider.models]
    notes = _Notes()
    prices = [row for provider, model in models for row in _price_rows(provider, model, notes)]
    prices.sort(key=lambda row: row[:6])
    matches = [row for provider in providers for row in _match_rows(provider)]
    fallbacks = [row for provider in providers for row in _fallback_rows(provider)]

    target = seeds_dir / "prices"
    target.mkdir(parents=True, exist_ok=True)
    for name, columns, rows in (
        ("model_prices", PRICE_COLUMNS, [(*row, package_version) for row in prices]),
        ("model_matches", MATCH_COLUMNS, [(*row, package_version) for row in matches]),
        ("provider_fallbacks", FALLBACK_COLUMNS, fallbacks),
    ):
        (target / f"{name}.csv").write_text(_csv(columns, rows), encoding="utf-8", newline="")

    priced = {row[:2] for row in prices}
    unpriced = (f"{p.id}/{m.id}" for p, m in models if (p.id, m.id) not in priced)
    return Summary(
        package_version=package_version,
        prices=len(prices),
        inherited_prices=sum("as " in row[10] for row in prices),
        matches=len(matches),
        fallbacks=len(fallbacks),
        models=len(models),
        models_without_price=tuple(sorted(unpriced)),
        unused_prices=dict(notes.unused_prices),
        unused_variants=dict(notes.unused_variants),
        time_of_day_prices=sum(notes.time_of_day.values()),
        time_of_day_models=tuple(sorted(notes.time_of_day)),
    )


class _Notes:
    """Counts, gathered on the way, of what is left out."""

    def __init__(self) -> None:
        self.unused_prices: Counter[str] = Counter()
        self.unused_variants: Counter[str] = Counter()
        self.time_of_day: Counter[str] = Counter()


def _providers() -> list[gp.Provider]:
    by_id = {provider.id: provider for provider in get_snapshot().providers}
    missing = sorted(set(PROVIDERS) - by_id.keys())
    if missing:
        raise PriceBookError(f"genai-prices no longer has the provider {', '.join(missing)}")
    return [by_id[provider_id] for provider_id in sorted(PROVIDERS)]


# ---- prices ----------------------------------------------------------------------------------


def _price_rows(provider: gp.Provider, model: gp.ModelInfo, notes: _Notes) -> Iterator[tuple]:
    """The rows of one model, without package_version. A model without prices gives none."""
    where = f"{provider.id}/{model.id}"
    dated = _dated_only(model, where, notes)
    off_peak = ("off-peak",) if where in notes.time_of_day else ()
    for tier, context in TIERS.items():
        # (meter, context_from) -> [[valid_from, valid_to, unit_price, source], ...] by date
        spans = defaultdict(list)
        for valid_from, valid_to, prices in _timeline(dated, tier, context):
            for meter, price, follows in _meter_prices(prices, where, notes):
                remarks = ((f"as {follows}",) if follows != meter else ()) + off_peak
                source = f"genai-prices ({'; '.join(remarks)})" if remarks else "genai-prices"
                for context_from, amount in _context_bands(price):
                    text = _decimal_text(amount, f"{where} {meter} {tier}")
                    _extend(spans[meter, context_from], valid_from, valid_to, text, source)
        for (meter, context_from), rows in spans.items():
            for valid_from, valid_to, text, source in rows:
                yield (
                    provider.id,
                    model.id,
                    meter,
                    tier,
                    context_from,
                    valid_from.isoformat() if valid_from else "",
                    valid_to.isoformat() if valid_to else "",
                    METERS[meter].pricing_unit,
                    text,
                    "USD",
                    source,
                )


def _dated_only(model: gp.ModelInfo, where: str, notes: _Notes) -> gp.ModelInfo:
    """The model without prices tied to an hour and without variants outside our tiers."""
    prices = model.prices
    if isinstance(prices, list):
        prices = [entry for entry in prices if not _is_hourly(entry.constraint, where)]
        if dropped := len(model.prices) - len(prices):
            notes.time_of_day[where] += dropped
        if not prices:
            raise PriceBookError(f"{where}: every price depends on the time of day")
    variants = []
    for variant in model.price_variants or ():
        if not any(variant.when.items() <= context.items() for context in TIERS.values()):
            notes.unused_variants[" and ".join(sorted(variant.when))] += 1
        elif _is_hourly(variant.constraint, where):
            notes.time_of_day[where] += 1
        else:
            variants.append(variant)
    return dataclasses.replace(model, prices=prices, price_variants=variants)


def _is_hourly(constraint: object, where: str) -> bool:
    if constraint is None or isinstance(constraint, gp.StartDateConstraint):
        return False
    if isinstance(constraint, gp.TimeOfDateConstraint):
        return True
    raise PriceBookError(f"{where}: unknown price condition {type(constraint).__name__}")


def _timeline(
    model: gp.ModelInfo, tier: str, context: dict[str, str]
) -> Iterator[tuple[date | None, date | None, gp.ModelPrice]]:
    """(valid_from, valid_to, prices) of a tier, gapless from its first day; empty if unknown."""
    variants = [v for v in model.price_variants if v.when.items() <= context.items()]
    if tier != "standard" and not variants:
        return
    variant_starts = {_start(variant.constraint) for variant in variants}
    price_starts = (
        {_start(entry.constraint) for entry in model.prices}
        if isinstance(model.prices, list)
        else set()
    )
    opens = date.min if tier == "standard" else min(variant_starts)
    starts = sorted({opens} | {day for day in price_starts | variant_starts if day > opens})
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        at = datetime(start.year, start.month, start.day, tzinfo=UTC)
        yield (None if start == date.min else start), end, model.get_prices(at, context)


def _start(constraint: gp.StartDateConstraint | None) -> date:
    return constraint.start_date if constraint else date.min


def _meter_prices(
    prices: gp.ModelPrice, where: str, notes: _Notes
) -> Iterator[tuple[str, Price, str]]:
    """(meter, price, meter whose price it is) for every meter that these prices cover."""
    stated = {field: price for field, price in vars(prices).items() if price is not None}
    for field in stated.keys() & UNUSED_FIELDS.keys():
        notes.unused_prices[field] += 1
    by_usage_key = {
        _usage_key(field, where): price
        for field, price in stated.items()
        if field not in UNUSED_FIELDS
    }
    for name, meter in METERS.items():
        wider = [key for key in by_usage_key if _covers(key, meter.usage_key)]
        if not wider or (meter.stated_only and meter.usage_key not in wider):
            continue
        depth = max(len(_dimensions(key)) for key in wider)
        nearest = [key for key in wider if len(_dimensions(key)) == depth]
        if len(nearest) > 1:
            raise PriceBookError(f"{where}: {name} could follow any of {', '.join(nearest)}")
        yield name, by_usage_key[nearest[0]], METER_OF[nearest[0]]


def _usage_key(field: str, where: str) -> str:
    """The package's usage class of a price field; raises when it belongs to no meter of ours."""
    for usage_key in METER_OF:
        if unit_data[usage_key]["price_key"] == field:
            return usage_key
    raise PriceBookError(f"{where}: unknown price field {field}; add it to METERS or UNUSED_FIELDS")


def _dimensions(usage_key: str) -> dict[str, str]:
    return unit_data[usage_key]["dimensions"]


def _covers(wide: str, narrow: str) -> bool:
    """Whether usage of class `narrow` is also usage of class `wide` (or they are the same)."""
    return _dimensions(wide).items() <= _dimensions(narrow).items()


def _context_bands(price: Price) -> Iterator[tuple[int, Decimal]]:
    """(context_from, price); the package's tiers apply ABOVE their start, hence the plus one."""
    if isinstance(price, gp.TieredPrices):
        yield 0, price.base
        yield from ((tier.start + 1, tier.price) for tier in price.tiers)
    else:
        yield 0, price


def _extend(
    spans: list[list],
    valid_from: date | None,
    valid_to: date | None,
    text: str,
    source: str,
) -> None:
    """Add an interval, or lengthen the one before when only the date differs."""
    if spans and spans[-1][1] == valid_from and spans[-1][2:] == [text, source]:
        spans[-1][1] = valid_to
    else:
        spans.append([valid_from, valid_to, text, source])


def _decimal_text(amount: Decimal, where: str) -> str:
    """Plain decimal text that fits DECIMAL(18,8) without rounding; raises otherwise."""
    text = f"{amount.normalize():f}" if amount.is_finite() else str(amount)
    if not re.fullmatch(r"\d{1,9}(\.\d{1,8})?", text):
        raise PriceBookError(f"{where}: price {text} does not fit 9 digits and 8 decimals")
    return text


# ---- model names -----------------------------------------------------------------------------


def _match_rows(provider: gp.Provider) -> Iterator[tuple]:
    """The provider's rules in the package's order, without package_version."""
    rules = ((model, rule) for model in provider.models for rule in _flatten(model.match, model.id))
    for order, (model, (kind, pattern)) in enumerate(rules, start=1):
        yield provider.id, model.id, order, kind, pattern


def _flatten(clause: object, where: str) -> list[tuple[str, str]]:
    """A match clause as alternatives (match_kind, pattern) for a lower-cased name."""
    match clause:
        case gp.ClauseOr():
            return [rule for part in clause.or_ for rule in _flatten(part, where)]
        case gp.ClauseAnd(and_=[gp.ClauseStartsWith(prefix), gp.ClauseRegex(regex)]):
            return [("regex", _prefix_without_tts(prefix.lower(), regex, where))]
        case gp.ClauseRegex(regex):
            return [("regex", _re2(regex, where))]
        case gp.ClauseEquals(text):
            return [("equals", text.lower())]
        case gp.ClauseStartsWith(text):
            return [("starts_with", text.lower())]
        case gp.ClauseEndsWith(text):
            return [("ends_with", text.lower())]
        case gp.ClauseContains(text):
            return [("contains", text.lower())]
    raise PriceBookError(f"{where}: cannot write the match rule {clause} as one pattern")


def _prefix_without_tts(prefix: str, regex: str, where: str) -> str:
    parts = prefix.split("-")
    if regex != NO_TTS_PART or "tts" in parts or "tts".startswith(parts[-1]):
        raise PriceBookError(f"{where}: cannot join {prefix} and {regex} into one RE2 pattern")
    return f"^{re.escape(prefix).replace(chr(92) + '-', '-')}{NO_TTS_TAIL}"


def _re2(regex: str, where: str) -> str:
    if re.search(r"\(\?(?!:)|\\[1-9]", regex):
        raise PriceBookError(f"{where}: RE2 has no look-around or back-reference: {regex}")
    return regex


def _fallback_rows(provider: gp.Provider) -> Iterator[tuple]:
    for order, fallback in enumerate(provider.fallback_model_providers or (), start=1):
        if fallback not in PROVIDERS:
            raise PriceBookError(f"{provider.id} falls back to {fallback}; add it to PROVIDERS")
        yield provider.id, order, fallback


# ---- text ------------------------------------------------------------------------------------


def _csv(columns: Sequence[str], rows: Iterable[tuple]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue()


def _listed(names: Sequence[str]) -> str:
    return f"{len(names)} models: {', '.join(names)}" if names else "no model"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"
