"""Reads the figures of a report from the marts of a finished build.

Everything is read with SQL that adds up DECIMAL(38, 18) and stays Decimal; each block is held
against the other tables that know its total before anything is written. A department's edition
reads that department's rows alone; what the marts know of the company as a whole (reconciliation,
gaps, doubts) is None there.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

import duckdb

from ai_spend.closing import failed_node
from ai_spend.metadata import project_version, updated_at
from ai_spend.report.figures import (
    BASES,
    CLASSES,
    NO_FEATURE,
    NO_MODEL,
    ZERO,
    Agentic,
    Bases,
    Block,
    Budget,
    Candidate,
    Classified,
    Conformance,
    Control,
    Doubt,
    Held,
    Models,
    ModelSpend,
    ModelUse,
    Outcome,
    Outcomes,
    Recommendation,
    Reconciled,
    Report,
    ReportError,
    Savings,
    Seats,
    SeatService,
    Spend,
    TrendMonth,
)
from ai_spend.report.words import EXACT, clean, last_day, month, month_after


def read(
    db: Path,
    project: Path,
    period: str | None = None,
    department: str | None = None,
    today: date | None = None,
) -> Report:
    """Reads the figures of a period ('2026-10', 'last-month', or None: the last complete month).

    The last complete month is the last one with charges whose last day the data have reached.
    'last-month' is the month before today's (UTC). Raises ReportError: no database, a failed build,
    a department that nothing was ever charged to, a total that two tables say differently.
    """
    if node := failed_node(project):
        raise ReportError(
            f"The last run of dbt failed ({node}), and a failed build makes no report. Mend what "
            "logs/dbt.log names and run `make build` again."
        )
    with connect(db) as connection, decimal.localcontext(EXACT):
        _check_department(connection, department)
        first = resolve(connection, period, today or datetime.now(UTC).date())
        return _Reader(connection, first, department).report(db)


@contextmanager
def connect(db: Path):
    """A read-only connection to a finished build; what it lacks becomes a ReportError."""
    if not db.exists():
        raise ReportError(f"There is no database at {db}. Run `make build` first.")
    try:
        connection = duckdb.connect(db, read_only=True)
    except duckdb.Error as error:
        if "lock" in str(error).lower():
            raise ReportError(
                f"{db} is in use by another process. Wait until the build has finished."
            ) from error
        raise ReportError(f"{db} cannot be opened as a DuckDB database: {error}") from error
    with connection:
        try:
            connection.execute("set TimeZone = 'UTC'")
            yield connection
        except duckdb.CatalogException as error:
            table = re.search(r"Table with name (\S+) does not exist", str(error))
            raise ReportError(
                f"The last build stopped before it had made {table[1] if table else 'all tables'}, "
                "and a failed build makes no report. Run `make build` again."
            ) from error
        except duckdb.Error as error:
            raise ReportError(
                f"{db} is not what this version builds: {str(error).splitlines()[0]} Run `make "
                "build` again."
            ) from error


def resolve(connection: duckdb.DuckDBPyConnection, period: str | None, today: date) -> date:
    """The first day of the month that is meant. Raises ReportError."""
    if period == "last-month":
        return month_after(today.replace(day=1), -1)
    if period is not None:
        if not re.fullmatch(r"[12]\d{3}-(0[1-9]|1[0-2])", period):
            raise ReportError(
                f"{period!r} is no month. Write it as 2026-10, or say last-month for the one "
                "before the current."
            )
        return date.fromisoformat(f"{period}-01")
    months = [
        row[0]
        for row in connection.execute(
            "select distinct billing_month from chargeback order by 1 desc"
        ).fetchall()
    ]
    (newest,) = connection.execute("select newest_day from last_complete_day").fetchone()
    if not months:
        raise ReportError(
            "No month has any charge, so there is no last complete one. Put your files into the "
            "landing folder and run `make build`, or name a month with --period."
        )
    # Without usage by the day nothing says how far the data reach: the last month with charges.
    return next((of for of in months if newest is None or last_day(of) <= newest), months[-1])


def _check_department(connection: duckdb.DuckDBPyConnection, department: str | None) -> None:
    if department is None:
        return
    known = [
        row[0]
        for row in connection.execute(
            "select distinct department from chargeback order by 1"
        ).fetchall()
    ]
    if department in known:
        return
    near = get_close_matches(department.casefold(), [name.casefold() for name in known], 1, 0.5)
    nearest = [name for name in known if name.casefold() in near]
    hint = (
        f"Did you mean {nearest[0]!r}?" if nearest else f"Known: {', '.join(known[:20]) or 'none'}."
    )
    raise ReportError(f"No charge belongs to a department called {department!r}. {hint}")


class _Reader:
    """Reads one period, for the company or one department."""

    def __init__(self, connection, first: date, department: str | None):
        self.connection = connection
        self.first = first
        self.before = month_after(first, -1)
        self.department = department

    def rows(self, query: str, **parameters) -> list[tuple]:
        """Rows of a query, in which {owned} keeps the department's own rows."""
        owned = "department = $department" if self.department is not None else "true"
        query = query.replace("{owned}", owned)
        if "$department" in query:
            parameters["department"] = self.department
        return self.connection.execute(query, parameters).fetchall()

    def report(self, db: Path) -> Report:
        ((first_month, last_month),) = self.rows(
            "select min(billing_month), max(billing_month) from chargeback"
        )
        self.known = (first_month, last_month)
        ((newest, complete),) = self.rows(
            "select newest_day, last_complete_day from last_complete_day"
        )
        ((closed,),) = self.rows(
            "select count(*) > 0 and bool_or(service is null) from closed_months "
            "where billing_month = $first",
            first=self.first,
        )
        currencies, quiet = self.currencies()
        self.main = (currencies or [""])[0]
        return Report(
            period=self.first,
            department=self.department,
            first_month=first_month,
            last_month=last_month,
            newest_day=newest,
            last_complete_day=complete,
            is_closed=bool(closed),
            blocks=tuple(self.block(currency) for currency in currencies or [""]),
            quiet_currencies=tuple(quiet),
            conformance=self.conformance(),
            price_versions=tuple(
                row[0]
                for row in self.rows(
                    "select distinct package_version from seeds.model_prices "
                    "where package_version is not null order by 1"
                )
            ),
            own_prices=self.rows(
                "select (select count(*) from seeds.contract_prices)"
                " + (select count(*) from seeds.price_corrections)"
            )[0][0],
            refused_files=self.rows("select count(*) from landing_files where status = 'refused'")[
                0
            ][0],
            project_version=project_version(),
            built_at=f"{updated_at(db):%Y-%m-%d %H:%M} UTC",
        )

    def currencies(self) -> tuple[list[str], list[tuple[str, date]]]:
        """Currencies of the month and the one before, most charges first; and those before that."""
        found = self.rows(
            """
            select
                billing_currency,
                coalesce(sum(charge_count) filter (billing_month >= $before), 0),
                max(billing_month)
            from chargeback
            where billing_month <= $first and {owned}
            group by all
            order by 2 desc, 1
            """,
            first=self.first,
            before=self.before,
        )
        current = [currency for currency, charges, _ in found if charges]
        quiet = [(clean(currency, "?"), last) for currency, charges, last in found if not charges]
        return current, quiet

    def block(self, currency: str) -> Block:
        ((effective, previous, billed, charges, attributed),) = self.rows(
            """
            select
                coalesce(sum(effective_cost) filter (billing_month = $first), 0),
                coalesce(sum(effective_cost) filter (billing_month = $before), 0),
                coalesce(sum(billed_cost) filter (billing_month = $first), 0),
                coalesce(sum(charge_count) filter (billing_month = $first), 0),
                coalesce(sum(effective_cost) filter (
                    billing_month = $first and department != 'Unattributed'
                ), 0)
            from chargeback
            where billing_month in ($first, $before) and billing_currency = $currency and {owned}
            """,
            first=self.first,
            before=self.before,
            currency=currency,
        )
        services = self.spend("service_name", currency, "(no service)")
        block = Block(
            currency=clean(currency, ""),
            effective=effective,
            previous=previous,
            billed=billed,
            bases=self.bases("effective_cost", currency),
            charges=int(charges),
            attributed=attributed,
            departments=self.spend("department", currency, "(no department)"),
            features=self.spend("feature", currency, NO_FEATURE),
            services=services,
            models=self.models(currency),
            trend=self.trend(currency),
            classified=self.classified(currency),
            savings=self.savings(currency),
            outcomes=self.outcomes(currency),
            efficiency=self.efficiency(currency),
            seats=self.seats(currency),
            budgets=self.budgets(currency),
            agentic=self.agentic(currency),
            reconciled=self.reconciled(currency),
            controls=self.controls(currency),
        )
        self.check(block)
        return block

    def bases(self, cost: str, currency: str, condition: str = "billing_month = $first") -> Bases:
        ((*amounts,),) = self.rows(
            f"select {_by_basis(cost)} from chargeback "
            f"where {condition} and billing_currency = $currency and {{owned}}",
            first=self.first,
            currency=currency,
        )
        return Bases(*amounts)

    def spend(self, column: str, currency: str, otherwise: str) -> tuple[Spend, ...]:
        """Amounts by a column of chargeback, the largest first."""
        rows = self.rows(
            f"""
            select
                {column},
                coalesce(sum(effective_cost) filter (billing_month = $first), 0),
                coalesce(sum(effective_cost) filter (billing_month = $before), 0),
                coalesce(sum(effective_cost) filter (
                    billing_month = $before and cost_basis in ('Invoiced', 'Reported')
                ), 0),
                {_by_basis("effective_cost", "billing_month = $first")}
            from chargeback
            where billing_month in ($first, $before) and billing_currency = $currency and {{owned}}
            group by all
            order by 2 desc, 3 desc, 1
            """,
            first=self.first,
            before=self.before,
            currency=currency,
        )
        return tuple(
            Spend(clean(name, otherwise), now, before, Bases(*bases), by_vendor)
            for name, now, before, by_vendor, *bases in rows
            if now or before
        )

    def models(self, currency: str) -> tuple[ModelSpend, ...]:
        rows = self.rows(
            """
            select
                service_name,
                ai_model,
                coalesce(sum(effective_cost) filter (billing_month = $first), 0),
                coalesce(sum(effective_cost) filter (billing_month = $before), 0)
            from chargeback
            where billing_month in ($first, $before) and billing_currency = $currency and {owned}
            group by all
            order by 3 desc, 4 desc, 1, 2
            """,
            first=self.first,
            before=self.before,
            currency=currency,
        )
        return tuple(
            ModelSpend(clean(service, "(no service)"), clean(model, NO_MODEL), now, before)
            for service, model, now, before in rows
            if now or before
        )

    def trend(self, currency: str) -> tuple[TrendMonth, ...]:
        firsts = [month_after(self.first, back) for back in (-2, -1, 0)]
        found = {
            first: (effective, billed, Bases(*bases))
            for first, effective, billed, *bases in self.rows(
                f"""
                select
                    billing_month, sum(effective_cost), sum(billed_cost),
                    {_by_basis("effective_cost")}
                from chargeback
                where
                    billing_month between $start and $first and billing_currency = $currency
                    and {{owned}}
                group by all
                """,
                start=firsts[0],
                first=self.first,
                currency=currency,
            )
        }
        first_known, last_known = self.known
        return tuple(
            TrendMonth(
                first,
                *found.get(first, (ZERO, ZERO, Bases())),
                has_data=first_known is not None and first_known <= first <= last_known,
            )
            for first in firsts
        )

    def classified(self, currency: str) -> Classified:
        def total(condition: str) -> str:
            return f"coalesce(sum(effective_cost) filter ({condition}), 0)"

        source = (
            "from investment_vs_waste "
            "where billing_month = $first and currency = $currency and {owned}"
        )
        classes = ", ".join(total(f"classification = '{name}'") for name in CLASSES)
        seen = ", ".join(
            total(f"seen_as = '{name}'") for name in ("calls", "totals", "no usage", "closed")
        )
        ((*amounts,),) = self.rows(
            f"select {classes}, {seen} {source}", first=self.first, currency=currency
        )
        findings = self.rows(
            f"select coalesce(finding, rule_id), sum(effective_cost) {source} "
            "and classification = 'Waste' group by all order by 2 desc, 1",
            first=self.first,
            currency=currency,
        )
        return Classified(
            *amounts, tuple((clean(name, "(no rule)"), cost) for name, cost in findings)
        )

    def savings(self, currency: str) -> Savings:
        rows = self.rows(
            """
            select
                recommendation_category, recommendation_description,
                resource_name, -estimated_monthly_cost_impact, -best_monthly_cost_impact,
                implementation_effort, risk, is_test_first, evaluated_cost, charges,
                evidence_query
            from recommendations
            where
                cast(evaluation_period_start as date) = $first and billing_currency = $currency
                and {owned}
            order by recommendation_rank
            """,
            first=self.first,
            currency=currency,
        )
        found = [
            Recommendation(category, clean(what, "?"), clean(place, "?"), *rest)
            for category, what, place, *rest in rows
        ]
        waste = [of for of in found if of.category == "Waste"]
        possible = [of for of in found if of.best > of.sure]
        return Savings(
            waste_sure=sum((of.sure for of in waste), ZERO),
            waste_best=sum((of.best for of in waste), ZERO),
            waste_count=len(waste),
            all_sure=sum((of.sure for of in found), ZERO),
            all_best=sum((of.best for of in found), ZERO),
            count=len(found),
            top=tuple(of for of in found if of.sure or of.best)[:5],
            largest_waste=max(waste, key=lambda of: (of.sure, of.best), default=None),
            largest_possible=max(possible, key=lambda of: of.best, default=None),
        )

    def outcomes(self, currency: str, shown: int = 10) -> Outcomes:
        """Rows with an outcome: of this currency, in the first block also those without cost."""
        rows = self.rows(
            """
            select
                outcome_type, department, feature, effective_cost, x_cost_basis,
                accepted_outcomes, recorded_outcomes, covered_outcomes, cost_per_outcome,
                cost_per_outcome_change_share
            from cost_per_outcome
            where
                billing_month = $first and outcome_type is not null and {owned}
                and (currency = $currency or currency is null and $is_main)
            order by effective_cost desc nulls last, recorded_outcomes desc nulls last, 1, 2, 3
            """,
            first=self.first,
            currency=currency,
            is_main=currency == self.main,
        )
        ((joined, total),) = self.rows(
            """
            select
                coalesce(sum(effective_cost) filter (outcome_type is not null), 0),
                coalesce(sum(effective_cost), 0)
            from cost_per_outcome
            where billing_month = $first and currency = $currency and {owned}
            """,
            first=self.first,
            currency=currency,
        )
        return Outcomes(
            tuple(
                Outcome(clean(kind, "?"), clean(department, "?"), clean(feature, ""), *rest)
                for kind, department, feature, *rest in rows[:shown]
            ),
            len(rows),
            joined,
            total,
        )

    def efficiency(self, currency: str, shown: int = 8) -> Models:
        where = "usage_month = $first and currency = $currency and {owned}"
        at = {"first": self.first, "currency": currency}
        classes = self.rows(
            f"select model_class, sum(charged_cost) from model_mix where {where} "
            "group by all order by 2 desc, 1",
            **at,
        )
        rows = self.rows(
            f"""
            select
                coalesce(service_name, service), model, min(model_class), sum(charged_cost),
                sum(calls), sum(priced_cost), sum(unpriced_rows), sum(cached_tokens),
                sum(input_tokens) + sum(cached_tokens)
            from model_efficiency
            left join seeds.services using (service)
            where {where}
            group by all
            having sum(charged_cost) != 0 or sum(calls) > 0
            order by 4 desc, 5 desc, 1, 2
            """,
            **at,
        )
        candidates = self.rows(
            f"""
            select
                coalesce(service_name, service), model, alternative_model, alternative, feature,
                department, calls, current_cost, low_gain, high_gain, gain_kind = 'headroom'
            from model_candidates
            left join seeds.services using (service)
            where {where} and alternative in ('smaller model', 'successor')
            order by gain_kind = 'headroom', high_gain desc, candidate_id
            """,
            **at,
        )
        ((unpriced, tokens),) = self.rows(
            """
            select
                coalesce(sum(unpriced_rows), 0),
                coalesce(sum(input_tokens + cached_tokens + output_tokens)
                filter (currency is null), 0)
            from model_efficiency
            where usage_month = $first and {owned}
            """,
            first=self.first,
        )
        return Models(
            bases=self.bases(
                "effective_cost",
                currency,
                "charge_month = $first and charge_category = 'Usage' and ai_model is not null",
            ),
            classes=tuple(classes),
            rows=tuple(
                ModelUse(
                    clean(service, "?"),
                    clean(model, NO_MODEL),
                    kind,
                    charged,
                    int(calls),
                    None if unpriced or not calls or priced is None else priced / int(calls),
                    cached / asked if asked else None,
                )
                for service, model, kind, charged, calls, priced, unpriced, cached, asked in rows
            )[:shown],
            row_count=len(rows),
            total=sum((row[3] for row in rows), ZERO),
            candidates=tuple(
                Candidate(
                    clean(service, "?"),
                    clean(model, "?"),
                    clean(other, "?"),
                    kind,
                    clean(feature, NO_FEATURE),
                    clean(department, "?"),
                    *rest,
                )
                for service, model, other, kind, feature, department, *rest in candidates
            )[:5],
            candidate_count=len(candidates),
            unpriced_rows=int(unpriced),
            unpriced_tokens=tokens,
        )

    def seats(self, currency: str) -> Seats:
        """Seats of the month: in this currency, and in the first block also those in none."""
        in_block = "{owned} and (currency = $currency or currency is null and $is_main)"
        at = {"first": self.first, "currency": currency, "is_main": currency == self.main}

        def seats(condition: str) -> str:
            return f"coalesce(sum(seat_count) filter ({condition}), 0)"

        ghost = "verdict in ('certain', 'probable')"
        rows = self.rows(
            f"""
            select
                coalesce(service_name, service),
                sum(seat_count),
                {seats("verdict = 'certain'")},
                {seats("verdict = 'probable'")},
                {seats("verdict = 'review'")},
                {seats("verdict = 'unknown'")},
                sum(effective_cost) filter ({ghost}),
                list_extract(
                    list_filter(['Estimated', 'Stated', 'Reported', 'Invoiced'],
                    lambda basis: list_contains(list(x_cost_basis) filter ({ghost}), basis)), 1
                ),
                coalesce(sum(recoverable_cost_now), 0),
                coalesce(sum(recoverable_cost_at_renewal), 0),
                min(renewal_on) filter (recoverable_cost_at_renewal > 0),
                {seats(f"{ghost} and recoverable_cost_now is null")}
            from ghost_seats
            left join seeds.services using (service)
            where month_start = $first and {in_block}
            group by all
            order by 9 desc, 10 desc, 2 desc, 1
            """,
            **at,
        )
        ((newest,),) = self.rows("select max(month_start) from ghost_seats where {owned}")
        older = self.rows(
            f"""
            select
                coalesce(service_name, service), max(month_start),
                coalesce(sum(recoverable_cost_now + recoverable_cost_at_renewal), 0)
            from ghost_seats
            left join seeds.services using (service)
            where is_current and month_start < $first and {in_block}
            group by all
            order by 1
            """,
            **at,
        )
        return Seats(
            tuple(SeatService(clean(service, "?"), *rest) for service, *rest in rows),
            newest,
            tuple((clean(service, "?"), of, cost) for service, of, cost in older),
        )

    def budgets(self, currency: str) -> tuple[Budget, ...]:
        mine = "true"
        if self.department is not None:
            mine = "scope_type = 'department' and scope_value = $department"
        rows = self.rows(
            f"""
            select
                budget_id, coalesce(scope_value, 'All spend'), period_start, period_end, amount,
                actual_cost, not_yet_invoiced, forecast_cost, forecast_low, forecast_high,
                breach_date, verdict, as_of_date,
                charges_in_other_currencies
            from budget_status
            where
                billing_currency = $currency and period_start < $end and period_end > $first
                and {mine}
            order by scope_value is not null, period_end, amount desc, budget_id
            """,
            first=self.first,
            end=month_after(self.first),
            currency=currency,
        )
        return tuple(
            Budget(clean(budget, "?"), clean(scope, "?"), *rest) for budget, scope, *rest in rows
        )

    def agentic(self, currency: str) -> Agentic:
        ((*amounts,),) = self.rows(
            """
            select
                coalesce(sum(agentic_cost) filter (charge_month = $first), 0),
                coalesce(sum(not_agentic_cost) filter (charge_month = $first), 0),
                coalesce(sum(agentic_unknown_cost) filter (charge_month = $first), 0),
                coalesce(sum(agentic_cost) filter (charge_month = $before), 0),
                coalesce(sum(not_agentic_cost) filter (charge_month = $before), 0)
            from spend_metrics
            where charge_month in ($first, $before) and billing_currency = $currency and {owned}
            """,
            first=self.first,
            before=self.before,
            currency=currency,
        )
        bases = self.bases("effective_cost", currency, "charge_month = $first")
        return Agentic(*amounts, bases)

    def reconciled(self, currency: str) -> Reconciled:
        ((corrections,),) = self.rows(
            "select coalesce(sum(billed_cost), 0) from chargeback where billing_month = $first "
            "and billing_currency = $currency and charge_class = 'Correction' and {owned}",
            first=self.first,
            currency=currency,
        )
        billed = self.bases("billed_cost", currency)
        if self.department is not None:
            return Reconciled(billed, None, ZERO, 0, None, None, corrections)
        at = {"first": self.first, "currency": currency, "is_main": currency == self.main}
        held = self.rows(
            """
            select
                status, count(*), sum(billed_cost), sum(difference), sum(unexplained)
            from reconciliation
            where billing_month = $first and currency = $currency
            group by status
            order by array_position(['reconciled', 'explained', 'open'], status)
            """,
            first=self.first,
            currency=currency,
        )
        # XXX is the currency of use and seats that nothing has a price for.
        ((unexplained, unpriced),) = self.rows(
            """
            select
                coalesce(sum(abs(unexplained)) filter (currency = $currency), 0),
                count(*) filter (currency = 'XXX' and $is_main)
            from reconciliation
            where billing_month = $first
            """,
            **at,
        )
        # Missing pages are of no month, and nobody knows what they would cost.
        gaps = self.rows(
            """
            select coalesce(service_name, service, source_file), gap, expected_amount
            from gaps
            left join seeds.services using (service)
            where
                not is_usual
                and (first_day is null or first_day < $end and last_day >= $first)
                and (currency = $currency or currency is null and $is_main)
            order by 3 desc nulls last, 1
            """,
            end=month_after(self.first),
            **at,
        )
        doubts = self.rows(
            """
            select coalesce(service_name, service), doubt, amount_at_stake
            from billing_doubts
            left join seeds.services using (service)
            where
                charge_month = $first
                and (currency = $currency or currency is null and $is_main)
            order by 3 desc nulls last, 1
            """,
            **at,
        )
        return Reconciled(
            billed,
            tuple(Held(*row) for row in held),
            unexplained,
            unpriced,
            _summed(gaps),
            _summed(doubts),
            corrections,
        )

    def controls(self, currency: str) -> tuple[Control, ...]:
        """EffectiveCost of the month as other tables have it; every mart is made from charge."""
        tables = [
            ("charge", "billing_period_start", "billing_currency", "x_department"),
            ("investment_vs_waste", "billing_month", "currency", "department"),
        ]
        if self.department is None:
            # By department, cost_per_outcome has the outcomes' department and not the charges'.
            tables.append(("cost_per_outcome", "billing_month", "currency", "department"))
        return tuple(
            Control(
                table,
                self.rows(
                    f"select coalesce(sum(effective_cost), 0) from {table} "
                    f"where {at} >= $first and {at} < $end and {unit} = $currency"
                    + (f" and {owner} = $department" if self.department is not None else ""),
                    first=self.first,
                    end=month_after(self.first),
                    currency=currency,
                )[0][0],
            )
            for table, at, unit, owner in tables
        )

    def check(self, block: Block) -> None:
        """Refuses a report whose parts or other tables do not make its total, to the digit."""
        totals = {
            "departments": sum((of.effective for of in block.departments), ZERO),
            "services": sum((of.effective for of in block.services), ZERO),
            "models": sum((of.effective for of in block.models), ZERO),
            "cost bases": block.bases.total,
            "classes": block.classified.total,
            "the trend": block.trend[-1].effective,
            **{control.table: control.total for control in block.controls},
        }
        wrong = [f"{name} {total}" for name, total in totals.items() if total != block.effective]
        if block.reconciled.billed.total != block.billed:
            wrong.append(f"billed by basis {block.reconciled.billed.total} of {block.billed}")
        if wrong:
            raise ReportError(
                f"Control totals differ, no report was written. {month(self.first)} is "
                f"{block.currency} {block.effective} in chargeback, but: {'; '.join(wrong)}. "
                "Run `make build` again; if it stays, the build database was altered by hand."
            )

    def conformance(self) -> tuple[Conformance, ...]:
        rows = self.rows(
            """
            select
                focus_version,
                (
                    select count(*) from focus_rule_coverage
                    where focus_rule_coverage.focus_version = focus_rule_results.focus_version
                ),
                count(*) filter (verdict = 'pass'),
                count(*) filter (verdict = 'fail' and keyword like 'MUST%')
            from focus_rule_results
            group by focus_version
            order by string_split(focus_version, '.') desc
            """
        )
        return tuple(Conformance(*row) for row in rows)


def _by_basis(cost: str, condition: str = "true") -> str:
    return ", ".join(
        f"coalesce(sum({cost}) filter (cost_basis = '{basis}' and {condition}), 0)"
        for basis in BASES
    )


def _summed(rows: Sequence[tuple[str, str, Decimal | None]]) -> tuple[Doubt, ...]:
    """One row per place and reason, the largest first; those without a known amount apart, last."""
    sums: dict[tuple[str, str, bool], Decimal] = {}
    for what, reason, at_stake in rows:
        key = (clean(what, "?"), reason, at_stake is not None)
        sums[key] = sums.get(key, ZERO) + (at_stake or ZERO)
    ordered = sorted(sums.items(), key=lambda item: (not item[0][2], -item[1], item[0]))
    return tuple(
        Doubt(what, reason, at_stake if is_known else None)
        for (what, reason, is_known), at_stake in ordered
    )
