"""The alerts of a build that have not been sent yet, in words without any person.

What an alert rests on is told apart: what is billed is known, a forecast is an estimate, a usual
day is the median of the days before. Amounts stay Decimal.
"""

from __future__ import annotations

import decimal
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ai_spend.closing import failed_node
from ai_spend.report.figures import ReportError
from ai_spend.report.marts import connect
from ai_spend.report.send import Parcel
from ai_spend.report.state import State
from ai_spend.report.words import EXACT, clean, day, money, plural

SEVERITIES = ("critical", "warning", "notice")


@dataclass(frozen=True)
class Alert:
    """A row of the alerts mart, in words."""

    key: str
    severity: str
    on: date
    subject: str
    text: str


def read(db: Path, project: Path) -> list[Alert]:
    """All alerts of the build, the gravest and newest first. Raises ReportError."""
    if node := failed_node(project):
        raise ReportError(
            f"The last run of dbt failed ({node}), and a failed build alerts nobody. Mend what "
            "logs/dbt.log names and run `make build` again."
        )
    with connect(db) as connection, decimal.localcontext(EXACT):
        budgets = connection.execute(
            """
            select
                alert_key, severity, alert_date, subject, alerts.scope_value,
                alerts.billing_currency, expected_cost, alerts.actual_cost, period_start,
                period_end, not_yet_invoiced, forecast_cost, forecast_low, forecast_high,
                breach_date, breach_kind
            from alerts
            left join budget_status
                on alert_key = md5(concat_ws(chr(31), 'budget', budget_id, period_start, verdict))
            where alert_type = 'budget'
            """
        ).fetchall()
        days = connection.execute(
            """
            select
                alert_key, severity, alert_date, alerts.scope_type, alerts.scope_value,
                alerts.billing_currency, alerts.actual_cost, expected_cost, days_compared,
                driver_service_name, driver_ai_model, driver_kind
            from alerts
            left join anomalies on alert_key = anomaly_id
            where alert_type = 'anomaly'
            """
        ).fetchall()
        found = [*map(_budget, budgets), *map(_day, days)]
    return sorted(
        found, key=lambda of: (SEVERITIES.index(of.severity), -of.on.toordinal(), of.subject)
    )


def _budget(row: tuple) -> Alert:
    (
        key, severity, on, subject, scope, currency, limit, actual, start, end, not_invoiced,
        forecast, low, high, breach, kind,
    ) = row  # fmt: skip
    known = f"Known: {money(actual, currency)} of {money(limit, currency)} is billed"
    if end is not None:
        known += (
            f" ({start} to {date.fromordinal(end.toordinal() - 1)}), "
            f"{money(not_invoiced, currency)} of it on no invoice yet"
        )
    estimated = (
        "no forecast, for there is too little history"
        if forecast is None
        else f"{money(forecast, currency)} at the end"
    )
    if low is not None and high is not None:
        estimated += f", between {money(low, currency)} and {money(high, currency)}"
    passed = {"actual": " Passed on ", "forecast": " To be passed on "}.get(kind)
    return Alert(
        key,
        severity,
        on,
        f"{clean(subject, '?')} ({clean(scope, 'all spend')})",
        f"{known}. Estimated: {estimated}." + (f"{passed}{day(breach)}." if passed else ""),
    )


def _day(row: tuple) -> Alert:
    key, severity, on, kind, scope, currency, cost, usual, days, service, model, by = row
    drivers = [clean(name, "?") for name in (service, model) if name]
    high = "high" if cost > usual else "low"
    return Alert(
        key,
        severity,
        on,
        f"Unusually {high}: {kind} {clean(scope, '?')} on {day(on)}",
        f"Known: {money(cost, currency)} that day, usually {money(usual, currency)}"
        + (f" (the median of {plural(days, 'day')} before)." if days else ".")
        + (f" Estimated: changed most by {', '.join(drivers)}." if drivers else "")
        + {"volume": " More or fewer tokens.", "price": " Dearer or cheaper tokens."}.get(by, ""),
    )


def new(found: list[Alert], state: State, recipient: str | None = None) -> list[Alert]:
    """Those that the recipient has not got; those that nobody has got."""
    return [of for of in found if not state.was_sent("alerts", of.key, recipient)]


def lines(found: list[Alert]) -> list[str]:
    return [f"{of.severity.upper()}  {of.subject}. {of.text}" for of in found]


def parcel(found: list[Alert], state: State, recipient: str) -> Parcel | None:
    """One message with all that the recipient has not got."""
    mine = new(found, state, recipient)
    if not mine:
        return None
    subject = (
        f"AI spend: {mine[0].subject}" if len(mine) == 1 else f"AI spend: {len(mine)} new alerts"
    )
    told = lines(mine)
    return Parcel(
        "alerts",
        tuple(of.key for of in mine),
        subject,
        "\n\n".join(told) + "\n",
        tuple(told),
    )
