"""Which models in use have no price, or one that nobody has looked at for long.

From the build database alone. A price is as old as what states it: the release of genai-prices that
the price book was written from, or the day in the row of price_corrections. Its age is counted to
the newest day with usage, never to the clock, so that a build gives the same answer every day.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import yaml

COLUMNS = (
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
    "noted_on",
)
SEED = "seeds/prices/price_corrections.csv"
UNITS = {"web_searches": "1000 Requests", "file_searches": "1000 Requests"}

UNPRICED = """
select
    usage.service, usage.model, usage.meter, usage.service_tier, usage.price_status,
    services.price_provider, names.model_id,
    cast(min(usage.started_at) as date), count(*), sum(usage.quantity)
from priced_usage as usage
left join seeds.services as services using (service)
left join model_names as names on usage.service = names.service and usage.model = names.model
where
    usage.price_status not in ('priced', 'not billable')
    and usage.model is not null
    and usage.stated_currency is null
    and usage.meter != 'requests'
group by all
order by all
"""

# The newest price of each model in use, and the day on which it was last looked at.
PRICED = """
with used as (
    select
        service, model, model_names.provider, model_names.model_id, count(*) as row_count
    from priced_usage
    inner join model_names using (service, model)
    where price_status = 'priced' and price_source not like 'free by its name%'
    group by all
),

looked_at as (
    select provider, model_id, max(noted_on) as noted_on
    from seeds.price_corrections
    group by all
)

select
    service, model, used.provider, used.model_id, coalesce(looked_at.noted_on, $released),
    row_count
from used
left join looked_at using (provider, model_id)
where date_diff('day', coalesce(looked_at.noted_on, $released), $until) > $days
order by all
"""


@dataclass(frozen=True)
class Report:
    """What was found; `lines` for people, `rows` to be completed and put into the seed."""

    until: date | None
    lines: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def is_clean(self) -> bool:
        return not self.lines

    def csv(self) -> str:
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(self.rows)
        return buffer.getvalue()


def max_age_days(project: Path) -> int:
    """The var price_max_age_days of dbt_project.yml."""
    text = (project / "dbt_project.yml").read_text(encoding="utf-8")
    return int(yaml.safe_load(text)["vars"]["price_max_age_days"])


def released_on() -> date:
    """The day of the newest price change that the installed package knows: it is no older."""
    from genai_prices import types as gp
    from genai_prices.data_snapshot import get_snapshot

    days = [date(2025, 1, 1)]
    for provider in get_snapshot().providers:
        for model in provider.models:
            if isinstance(model.prices, list):
                days += [
                    entry.constraint.start_date
                    for entry in model.prices
                    if isinstance(entry.constraint, gp.StartDateConstraint)
                ]
    return max(days)


def check(database: Path, days: int, released: date) -> Report:
    """Models in use without a price, then those whose price is older than `days`."""
    with duckdb.connect(database, read_only=True) as connection:
        (until,) = connection.execute(
            "select cast(max(started_at) as date) from priced_usage"
        ).fetchone()
        missing = connection.execute(UNPRICED).fetchall()
        old = (
            connection.execute(
                PRICED, {"released": released, "until": until, "days": days}
            ).fetchall()
            if until
            else []
        )
    lines, rows = [], []
    for service, model, meter, tier, status, provider, model_id, since, count, quantity in missing:
        lines.append(
            f"no price: {service} {model}, {meter} ({tier}), {quantity:,.0f} in {count:,} rows: "
            f"{status}"
        )
        rows.append(_row(provider or service, model_id or model.lower(), meter, tier, since))
    for service, model, provider, model_id, noted_on, count in old:
        lines.append(
            f"old price: {service} {model} ({provider}/{model_id}), last looked at {noted_on}, "
            f"{count:,} rows"
        )
        rows.append(_row(provider, model_id, "input_tokens", "standard", until))
    return Report(until, tuple(lines), tuple(rows))


def _row(provider: str, model_id: str, meter: str, tier: str, since: date) -> tuple[str, ...]:
    """The row of the seed that would price it; its price, source and day are to be filled in."""
    unit = UNITS.get(meter, "1000000 Tokens")
    return (provider, model_id, meter, tier, "0", str(since), "", unit, "", "USD", "", "")
