"""The mart cost_per_outcome on the sample: every outcome of the generator, and all the money."""

from __future__ import annotations

import json
from decimal import Decimal as D
from pathlib import Path

BOOKS = json.loads(Path(__file__).with_name("sample_expected.json").read_text())


def in_books(outcome_type: str, *statuses: str) -> D:
    """Outcomes of a type in the books, which keep them by status."""
    return sum(
        (
            D(entry.get("outcomes", {}).get(f"{outcome_type} {status}", 0))
            for entry in BOOKS["datasets"].values()
            for status in statuses
        ),
        D(0),
    )


def test_outcomes_are_those_of_the_books_and_reverted_ones_are_subtracted(sample_build):
    rows = sample_build.rows(
        """
        select
            outcome_type, sum(recorded_outcomes), sum(accepted_outcomes), sum(assumed_outcomes),
            sum(reverted_outcomes)
        from (
            select distinct
                outcome_type, billing_month, department, feature, recorded_outcomes,
                accepted_outcomes, assumed_outcomes, reverted_outcomes
            from cost_per_outcome where recorded_outcomes is not null
        )
        group by outcome_type
        """
    )
    assert {row[0] for row in rows} == {"pr_merged", "robots_repaired", "ticket_resolved"}
    for outcome_type, recorded, accepted, assumed, reverted in rows:
        assert recorded == in_books(outcome_type, "confirmed", "assumed", "reversed")
        assert accepted == in_books(outcome_type, "confirmed", "assumed")
        assert assumed == in_books(outcome_type, "assumed")
        assert reverted == in_books(outcome_type, "reversed")


def test_all_money_of_the_books_is_there_once(sample_build):
    effective = sample_build.rows(
        "select billing_currency, sum(effective_cost) from charge group by all order by all"
    )
    assert [currency for currency, _ in effective] == ["EUR", "USD"]
    for mart in ("cost_per_outcome", "outcome_costs"):
        query = (
            f"select currency, sum(effective_cost) from {mart} "
            "where effective_cost is not null group by all order by all"
        )
        assert sample_build.rows(query) == effective


def test_a_pull_request_belongs_to_the_department_of_who_merged_it(sample_build):
    """GitHub's pages name a login only, and all who merge are engineers."""
    rows = sample_build.rows(
        "select distinct department from cost_per_outcome where outcome_type = 'pr_merged'"
    )
    assert rows == [("Engineering",)]


def test_what_nobody_can_be_named_for_has_no_unit_cost(sample_build):
    """Repaired robots are counted by day, without department, feature or key."""
    rows = sample_build.rows(
        """
        select distinct department, effective_cost, cost_per_outcome, outcome_coverage
        from cost_per_outcome
        where outcome_type = 'robots_repaired'
        """
    )
    assert rows == [("Unattributed", None, None, D(0))]
