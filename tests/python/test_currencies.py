"""Several currencies side by side: what is billed in euros is never added to dollars.

The sample's Lumenta Speech bills in euros, 0.36 for an hour, 10 hours a day and one more for each
day of the month so far. By hand:
June: 30 x 10 + (1 + ... + 30) = 300 + 465 = 765 hours, 275.40 EUR; x 1.0875 = 299.4975 USD
July: 31 x 10 + (1 + ... + 31) = 310 + 496 = 806 hours, 290.16 EUR; x 1.1025 = 319.9014 USD
"""

import csv
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import jinja2
import pytest
import sqlglot
from conftest import PROJECT
from sqlglot import exp

from ai_spend import summary

D = Decimal
MONEY = re.compile(r"cost|amount|spend|billed|priced|used$", re.IGNORECASE)
CURRENCY = re.compile(r"currency", re.IGNORECASE)
# Keys that stand for a currency among other things: what is summed by one has one currency.
KEYS = {
    "reconciliation_id": "made of the currency, among others (reconciliation.sql)",
    "ContractCommitmentId": "a commitment has one currency (seed contracts)",
    "budget_id": "a budget counts what its scope costs in its own currency",
    "anomaly_id": "made of the currency, among others (anomalies.sql)",
    "subject_id": "made of the currency, among others (recommendation_charges.sql)",
}


def macros() -> jinja2.environment.TemplateModule:
    engine = PROJECT / "macros" / "engine"
    text = "".join(
        (engine / f"{name}.sql").read_text(encoding="utf-8") for name in ("total", "types")
    )
    return jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(text).module


def compiled(path: Path) -> str:
    """The SQL of an analysis, which dbt compiles in no build, or of a test on tables of our own."""
    template = jinja2.Template(path.read_text(encoding="utf-8"))
    return template.render(
        ref=lambda name: name,
        config=lambda **_: "",
        total=macros().total,
        payable_type=macros().payable_type,
    )


def columns_of(expressions) -> set[str]:
    return {column.name for found in expressions for column in found.find_all(exp.Column)}


def is_refusing(total: exp.Sum) -> bool:
    """Whether the sum is the macro total's, which refuses a second currency."""
    case = total.find_ancestor(exp.Case)
    return (
        case is not None
        and any(call.name.lower() == "error" for call in case.find_all(exp.Anonymous))
        and any(CURRENCY.search(name) for name in columns_of(case.find_all(exp.Distinct)))
    )


def grain_of(total: exp.Sum, select: exp.Select) -> set[str]:
    """Columns by which the rows of the sum are told apart."""
    window = total.find_ancestor(exp.Window, exp.Select)
    if isinstance(window, exp.Window):
        named = {w.name: w for w in select.args.get("windows") or []}
        window = named.get(window.alias, window)
        return columns_of(window.args.get("partition_by") or [])
    group = select.args.get("group")
    if group is None:
        return set()
    if group.args.get("all"):
        plain = [e for e in select.expressions if not e.find(exp.AggFunc)]
        return columns_of(plain) | {e.alias_or_name for e in plain}
    return columns_of(group.expressions)


def sums_across_currencies(sql: str) -> list[str]:
    """Sums of money in a query that neither have one currency nor refuse several."""
    found = []
    for total in sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Sum):
        names = columns_of([total])
        if not any(MONEY.search(name) for name in names):
            continue
        # A sum of what is in one currency says so in its condition.
        told = names | grain_of(total, total.parent_select)
        if any(CURRENCY.search(name) for name in told) or told & KEYS.keys():
            continue
        if not is_refusing(total):
            found.append(total.sql(dialect="duckdb"))
    return found


ANALYSES = sorted((PROJECT / "analyses").rglob("*.sql"))
MARTS = sorted((PROJECT / "models" / "marts").rglob("*.sql"))


@pytest.mark.parametrize("path", ANALYSES, ids=lambda path: path.stem)
def test_no_analysis_sums_money_across_currencies(path):
    assert sums_across_currencies(compiled(path)) == []


@pytest.mark.parametrize("path", MARTS, ids=lambda path: path.stem)
def test_no_mart_sums_money_across_currencies(sample_build, path):
    sql = sample_build.folder / "target" / "compiled" / "ai_spend" / path.relative_to(PROJECT)
    assert sums_across_currencies(sql.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "sql",
    [
        "select sum(billed_cost) from charge",
        'select "x_Department", sum("BilledCost") from charge group by all',
        "select month, sum(amount) as total from charge group by month",
        "select sum(billed_cost) over (partition by service) from charge",
        "select sum(cost) over w, currency from charge window w as (partition by service)",
        "with a as (select service, sum(effective_cost) as cost from charge group by all)"
        " select * from a",
        # A condition that looks like the macro's, but of something else.
        "select case when count(distinct service) > 1 then error('x') else sum(cost) end from c",
    ],
)
def test_a_sum_across_currencies_is_found(sql):
    assert len(sums_across_currencies(sql)) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "select billing_currency, sum(billed_cost) from charge group by all",
        "select sum(cost) over (partition by service, currency) from charge",
        "select sum(if(is_same_currency, billed_cost, 0)) from charge",
        "select sum(quantity) from usage",
        f"select {macros().total('billed_cost', 'billing_currency')} from charge",
    ],
)
def test_a_sum_in_one_currency_is_none(sql):
    assert sums_across_currencies(sql) == []


def test_a_total_of_one_currency_is_its_sum_and_of_two_is_refused():
    query = f"select {macros().total('cost', 'currency')} from (values {{}}) as t (cost, currency)"
    assert duckdb.sql(query.format("(1.5, 'EUR'), (2.25, 'EUR')")).fetchall() == [(D("3.75"),)]
    with pytest.raises(duckdb.Error, match=r"A total of cost across currencies is refused \("):
        duckdb.sql(query.format("(1.5, 'EUR'), (2.25, 'USD')")).fetchall()


def test_the_summary_counts_what_has_no_rate():
    """5 + 2 x 1.10 = 7.20; three charges in yen on two days are in no total."""
    with duckdb.connect() as connection:
        connection.execute(
            """
            create table charge_in_reporting_currency as
            select *, 'USD' as reporting_currency from (values
                ('USD', timestamp '2026-06-01', 'same currency', 5.00),
                ('EUR', timestamp '2026-06-01', 'converted', 2.20),
                ('JPY', timestamp '2026-06-01 00:00:00', 'no rate', null),
                ('JPY', timestamp '2026-06-01 23:00:00', 'no rate', null),
                ('JPY', timestamp '2026-06-02 00:00:00', 'no rate', null)
            ) as t (
                billing_currency, charge_period_start, conversion_status,
                billed_cost_in_reporting_currency
            )
            """
        )
        assert summary._conversion(connection) == [
            "Converted to USD by dated rates (EUR, JPY): 7.20 billed in all, "
            "without 3 charges that have no rate",
            "            JPY: no rate to USD for 3 charges on 2 days",
        ]
        connection.execute(
            "delete from charge_in_reporting_currency where billing_currency != 'USD'"
        )
        assert summary._conversion(connection) == []


COSTS = ("billed_cost", "effective_cost", "list_cost", "contracted_cost")


def found_by(test: str, *charges: tuple, converted: int | None = None) -> list[tuple]:
    """What a data test finds: charges of 10 with currency, rate, status and amount of each."""
    with duckdb.connect() as connection:
        amounts = ", ".join(f"cast(10 as decimal(38, 18)) as {cost}" for cost in COSTS)
        reported = ", ".join(
            f"cast(amount as decimal(38, 18)) as {cost}_in_reporting_currency" for cost in COSTS
        )
        connection.execute(
            "create table given (charge_id integer, billing_currency varchar, "
            "exchange_rate decimal(13, 8), conversion_status varchar, amount varchar)"
        )
        for number, charge in enumerate(charges):
            connection.execute("insert into given values (?, ?, ?, ?, ?)", [number, *charge])
        connection.execute(
            f"create table charge as select charge_id, billing_currency, {amounts} from given"
        )
        connection.execute(
            f"""
            create table charge_in_reporting_currency as
            select
                charge_id, timestamp '2026-06-01 12:00:00' as charge_period_start,
                billing_currency, 'USD' as reporting_currency, conversion_status, exchange_rate,
                {reported}
            from given limit {len(charges) if converted is None else converted}
            """
        )
        (path,) = (PROJECT / "tests").rglob(f"{test}.sql")
        return connection.execute(compiled(path)).fetchall()


DOLLARS, EUROS = ("USD", 1, "same currency", "10"), ("EUR", "1.1", "converted", "11")
YEN = ("JPY", None, "no rate", None)


def test_a_currency_without_a_rate_is_named_with_its_day():
    test = "charges_have_an_exchange_rate"
    assert found_by(test, DOLLARS, EUROS) == []
    assert found_by(test, DOLLARS, EUROS, YEN, YEN) == [("JPY", "USD", date(2026, 6, 1), 2)]


@pytest.mark.parametrize(
    "wrong",
    [
        ("EUR", "1.1", "converted", "10"),  # not converted
        ("EUR", "1.1", "converted", "11.000000001"),  # more than the rounding
        ("EUR", "1.1", "converted", None),  # lost
        ("USD", 1, "same currency", "10.00000001"),
        ("JPY", None, "no rate", "0"),  # a silent zero
    ],
)
def test_a_wrong_conversion_is_found(wrong):
    test = "conversion_holds_all_charges"
    assert found_by(test, DOLLARS, EUROS, YEN) == []
    assert len(found_by(test, DOLLARS, EUROS, YEN, wrong)) == 1


def test_a_charge_that_is_not_converted_is_found():
    assert found_by("conversion_holds_all_charges", DOLLARS, EUROS, converted=1) != []


# ---- the sample


def test_the_rates_of_the_sample_are_those_of_the_arithmetic():
    with (PROJECT / "seeds" / "organisation" / "exchange_rates.csv").open(encoding="utf-8") as file:
        rates = {row["valid_from"]: D(row["rate"]) for row in csv.DictReader(file)}
    assert (rates["2026-06-01"], rates["2026-07-01"]) == (D("1.0875"), D("1.1025"))


def test_euros_are_converted_at_the_rate_of_their_day(sample_build):
    found = sample_build.rows(
        """
        select
            date_trunc('month', charge.charge_period_start),
            converted.exchange_rate,
            converted.exchange_rate_valid_from,
            sum(charge.billed_cost),
            sum(converted.billed_cost_in_reporting_currency)
        from charge
        inner join charge_in_reporting_currency as converted using (charge_id)
        where charge.billing_currency = 'EUR'
        group by all order by all
        """
    )
    june, july = date(2026, 6, 1), date(2026, 7, 1)
    assert found == [
        (datetime(2026, 6, 1), D("1.0875"), june, D("275.40"), D("299.4975")),
        (datetime(2026, 7, 1), D("1.1025"), july, D("290.16"), D("319.9014")),
    ]


def test_dollars_are_what_they_were(sample_build):
    assert sample_build.rows(
        """
        select distinct converted.conversion_status, converted.exchange_rate
        from charge
        inner join charge_in_reporting_currency as converted using (charge_id)
        where charge.billing_currency = 'USD'
            and converted.billed_cost_in_reporting_currency = charge.billed_cost
            and converted.effective_cost_in_reporting_currency = charge.effective_cost
            and converted.list_cost_in_reporting_currency = charge.list_cost
            and converted.contracted_cost_in_reporting_currency = charge.contracted_cost
        """
    ) == [("same currency", D(1))]


def test_july_costs_more_by_use_and_by_the_rate(sample_build):
    """319.9014 - 299.4975 = 20.4039: use (290.16 - 275.40) x 1.0875 = 16.0515, rate the rest.

    The rate by itself: 290.16 x (1.1025 - 1.0875) = 4.3524 = 20.4039 - 16.0515.
    """
    assert sample_build.rows(
        """
        select cost_change, usage_effect, exchange_rate_effect
        from exchange_rate_effect
        where service_name = 'Transcription' and charge_month = '2026-07-01'
        """
    ) == [(D("20.4039"), D("16.0515"), D("4.3524"))]


def test_the_analysis_totals_all_currencies_in_one(sample_build):
    """Per month: the dollars of the charges, and the euros as converted by hand above."""
    path = PROJECT / "analyses" / "spend_in_reporting_currency.sql"
    found = {row[0]: row[1:] for row in sample_build.rows(compiled(path))}
    dollars = dict(
        sample_build.rows(
            "select date_trunc('month', charge_period_start), sum(billed_cost)"
            " from charge where billing_currency = 'USD' group by all"
        )
    )
    june, july = datetime(2026, 6, 1), datetime(2026, 7, 1)
    euros = {june: D("299.4975"), july: D("319.9014")}
    assert found.keys() == dollars.keys()
    for month, (currency, billed, _, currencies, without_rate) in found.items():
        assert (currency, without_rate) == ("USD", 0)
        assert billed == dollars[month] + euros.get(month, 0)
        assert currencies == (2 if month in euros else 1)
