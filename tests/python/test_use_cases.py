"""The use-case questions of FOCUS, asked of the sample company and of small tables made by hand.

Every expected figure is worked out here: from the raw files and the generator's own books, or from
the few rows that stand above the question.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import duckdb
import pytest
import yaml

from ai_spend.shapes import read_shapes

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "analyses" / "focus_use_cases"
NAMES = sorted(path.stem for path in FOLDER.glob("*.sql"))
BOOKS = json.loads((PROJECT / "tests" / "python" / "sample_expected.json").read_text())
REF = re.compile(r"\{\{ ref\('(\w+)'\) \}\}")
CHARGES = "focus_1_4__cost_and_usage"
DETAILS = "focus_1_4__invoice_detail"
COMMITMENTS = "focus_1_4__contract_commitment"
D = Decimal
MILLION = 1_000_000


# ---------------------------------------------------------------------------- asking
@cache
def column_types(table: str) -> dict[str, str]:
    """Column -> SQL type of a FOCUS 1.4 model, of a seed or of outcomes."""
    if table == "outcomes":
        return read_shapes()["outcomes"]
    if table == "currency_codes":
        return {"currency_code": "varchar"}
    if table.startswith("focus_1_4__"):
        contract = PROJECT / "models" / "focus" / "v1_4" / "focus_1_4.yml"
        models = yaml.safe_load(contract.read_text(encoding="utf-8"))["models"]
        columns = next(m["columns"] for m in models if m["name"] == table)
        return {column["name"]: column["data_type"] for column in columns}
    seeds = PROJECT / "seeds" / "organisation" / "_organisation.yml"
    described = yaml.safe_load(seeds.read_text(encoding="utf-8"))["seeds"]
    return next(s["config"]["column_types"] for s in described if s["name"] == table)


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def ask(name: str, **tables: list[dict]) -> list[dict]:
    """The answer of an analysis over tables made by hand; those not given are empty."""
    sql = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        for table in sorted(set(REF.findall(sql))):
            types = column_types(table)
            columns = ", ".join(f'"{column}" {kind}' for column, kind in types.items())
            connection.execute(f"create table {table} ({columns})")
            for row in tables.get(table, []):
                connection.execute(
                    f"insert into {table} ({', '.join(f'"{column}"' for column in row)})"
                    f" values ({', '.join('?' * len(row))})",
                    list(row.values()),
                )
        return rows_of(connection, REF.sub(r"\1", sql))


def rendered(name: str, built) -> str:
    """The SQL of an analysis on a built database: each ref by its schema and name."""
    schema = dict(
        built.rows(
            "select table_name, table_schema from information_schema.tables "
            "where table_schema in ('main', 'seeds')"
        )
    )
    sql = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    return REF.sub(lambda ref: f'{schema[ref[1]]}."{ref[1]}"', sql)


@pytest.fixture(scope="module")
def sample(sample_build):
    """Ask an analysis of the sample company."""

    @cache
    def ask_sample(name: str) -> list[dict]:
        with duckdb.connect(sample_build.db, read_only=True) as connection:
            return rows_of(connection, rendered(name, sample_build))

    return ask_sample


def pick(rows: list[dict], **wanted) -> dict:
    """The one row with these values."""
    found = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    assert len(found) == 1, (wanted, found)
    return found[0]


def month(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}-01")


def charge(cost="0", start="2026-06-10", days=1, **changes) -> dict:
    """A charge of Claude API, one day long and billed in its month."""
    period_start = datetime.fromisoformat(start)
    billing = period_start.replace(day=1, hour=0, minute=0, second=0)
    return {
        "ServiceName": "Claude API",
        "ServiceProviderName": "Anthropic",
        "InvoiceIssuerName": "Anthropic",
        "BillingAccountId": "account",
        "BillingCurrency": "USD",
        "PricingCurrency": "USD",
        "ChargeCategory": "Usage",
        "ChargePeriodStart": period_start,
        "ChargePeriodEnd": period_start + timedelta(days=days),
        "BillingPeriodStart": billing,
        "BilledCost": D(cost),
        "EffectiveCost": D(cost),
        "ListCost": D(cost),
        "ContractedCost": D(cost),
        "x_CostBasis": "Reported",
    } | changes


def books(service: str, month: str | None = None) -> Decimal:
    """Billed cost of a service in the generator's own books, in one month or in all."""
    return sum(
        D(row["billed_cost"])
        for row in BOOKS["billed"]
        if row["service"] == service and month in (None, row["month"])
    )


# In US dollars: 36,842.5397568884 of use, seats and taxes; 8.50 paid for credits, which pay for
# 3.888627145; and seats of ChatGPT, a year at once: 33 x 12 x 25 = 9,900 in May, 1 x 10 x 25 = 250
# in July. What Lumenta Speech bills in euros (test_currencies) adds to nothing.
TOTAL = D("36842.5397568884") + D("8.5") - D("3.888627145") + 9900 + 250
EUROS = D("565.56")
# A savings plan covers two months of machines: worth 37.80 a month, and billed nowhere.
COVERED = D("37.80")
# One of the credits lapses with 0.883972855 left. EffectiveCost has that, and all that was used.
LAPSED = D("0.883972855")
ACCRUED = D("36842.5397568884") + 9900 + 250 + LAPSED + 2 * COVERED


# ---------------------------------------------------------------------------- all of them
@pytest.mark.parametrize("name", NAMES)
def test_an_answer_is_described_column_by_column_and_has_no_floating_point(name, sample_build):
    described = yaml.safe_load((FOLDER / "_focus_use_cases.yml").read_text(encoding="utf-8"))
    columns = next(a["columns"] for a in described["analyses"] if a["name"] == name)
    with duckdb.connect(sample_build.db, read_only=True) as connection:
        answer = rows_of(connection, f"describe {rendered(name, sample_build)}")
    assert [row["column_name"] for row in answer] == [column["name"] for column in columns]
    assert not [row for row in answer if row["column_type"] in ("DOUBLE", "FLOAT")]
    assert all(column["description"].strip() for column in columns)


@pytest.mark.parametrize("name", NAMES)
def test_a_question_has_an_asker_and_a_place_in_the_docs(name):
    comment = (FOLDER / f"{name}.sql").read_text(encoding="utf-8").partition("\nwith ")[0]
    assert re.search(r"^-- [^:]+: [^?]+\?$", comment, re.MULTILINE)
    assert "\n-- Asked by: " in comment and "\n-- FOCUS use case" in comment
    page = (PROJECT / "docs" / "use-cases.md").read_text(encoding="utf-8")
    assert f"`{name}`" in page


def test_the_docs_name_the_columns_that_a_question_needs():
    """Every FOCUS column that an analysis reads stands in its line, and no other."""
    page = (PROJECT / "docs" / "use-cases.md").read_text(encoding="utf-8")
    for name in NAMES:
        sql = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
        known = {c for t in REF.findall(sql) if "focus" in t for c in column_types(t)}
        needed = {column for column in re.findall(r'"(\w+)"', sql) if column in known}
        (line,) = [line for line in page.splitlines() if f"`{name}`" in line]
        assert set(re.findall(r"\b(?:x_)?[A-Z]\w+\b", line.split("|")[-2])) == needed, name


# ---------------------------------------------------------------------------- unit economics
def test_cost_per_million_tokens_of_the_sample(sample):
    """kimi-k2-thinking is called through Helicone only: its files hold all tokens and all money.

    Tokens 425,162 + 208,896 + 59,779 = 693,837; cost 0.4241085 stated + 0.0117706 estimated
    = 0.4358791; 0.4358791 / 0.693837 = 0.628215... for a million.
    """
    row = pick(sample("cost_per_million_tokens"), ServiceName="Moonshot API")
    tokens = BOOKS["datasets"]["helicone/requests"]["tokens"]
    assert row["input_tokens"] == tokens["input_tokens"] == 425_162
    assert row["cached_tokens"] == tokens["cache_read_tokens"] == 208_896
    assert row["output_tokens"] == tokens["output_tokens"] == 59_779
    assert row["tokens"] == 425_162 + 208_896 + 59_779 == 693_837
    assert row["effective_cost"] == D("0.4241085") + D("0.0117706") == books("moonshot_api")
    assert row["cost_per_million"] == D("0.628215")


def test_cost_per_million_tokens_weighs_by_tokens():
    """3.00 for a million in, 1.50 for 100,000 out: 4.50 / 1.1 = 4.090909..., not (3 + 15) / 2."""
    tokens = {"ConsumedUnit": "Tokens", "x_AIModel": "m"}
    rows = ask(
        "cost_per_million_tokens",
        **{
            CHARGES: [
                charge("3", ConsumedQuantity=MILLION, x_InputTokens=MILLION, **tokens),
                charge("1.5", ConsumedQuantity=100_000, x_OutputTokens=100_000, **tokens),
                # neither euros nor seats nor a search belong to the price of a token
                charge("9", ConsumedQuantity=MILLION, BillingCurrency="EUR", **tokens),
                charge("19", ChargeCategory="Purchase", x_AIModel="m"),
                charge("0.01", ConsumedUnit="Requests", ConsumedQuantity=1, x_AIModel="m"),
            ]
        },
    )
    row = pick(rows, BillingCurrency="USD")
    assert (row["tokens"], row["effective_cost"]) == (1_100_000, D("4.5"))
    assert row["cost_per_million"] == D("4.090909")
    assert row["cost_per_million_input"] == 3
    assert row["cost_per_million_output"] == 15
    assert row["cost_per_million_cached"] is None
    assert pick(rows, BillingCurrency="EUR")["cost_per_million"] == 9


def test_outcomes_of_the_sample(sample):
    """Tickets of July by their newest state in the raw files: 10 confirmed, 1 assumed, 1 reversed.

    Robots are counted without a department, so that no cost stands beside them, not 0.
    """
    rows = sample("cost_per_outcome")
    july = pick(rows, charge_month=month("2026-07"), outcome_type="ticket_resolved")
    assert july["department"] == "Customer Support"
    assert (july["outcomes"], july["assumed_outcomes"], july["reversed_outcomes"]) == (11, 1, 1)
    assert abs(july["cost_per_outcome"] * 11 - july["effective_cost"]) < D("0.00001")
    robots = pick(rows, charge_month=month("2026-07"), outcome_type="robots_repaired")
    assert (robots["department"], robots["cost_per_outcome"]) == (None, None)
    costs = {
        (r["charge_month"], r["department"]): r["effective_cost"]
        for r in rows
        if r["BillingCurrency"] == "USD"
    }
    assert sum(c for c in costs.values() if c is not None) == ACCRUED


def test_cost_per_outcome_by_hand():
    """30.00 in June over 3 tickets that lasted: 10.00 each. The reversed one is no ticket."""

    def ticket(status="confirmed", department="customer_support", day="2026-06-20", **changes):
        return {
            "outcome_type": "ticket_resolved",
            "occurred_at": datetime.fromisoformat(day),
            "status": status,
            "quantity": 1,
            "department": department,
        } | changes

    rows = ask(
        "cost_per_outcome",
        **{
            CHARGES: [
                charge("20", x_Department="Customer Support"),
                charge("10", start="2026-06-30", x_Department="Customer Support"),
                charge("7", start="2026-07-01", x_Department="Customer Support"),
                charge("5", x_Department="Sales"),
            ],
            "outcomes": [
                ticket(),
                ticket("assumed", "CUSTOMER SUPPORT"),
                ticket("confirmed", "customer-support"),
                ticket("reversed"),
                ticket(outcome_type="survey_won", quantity=2),
                ticket(department="legal", day="2026-07-02"),
            ],
        },
    )
    june = {"charge_month": month("2026-06"), "department": "Customer Support"}
    tickets = pick(rows, outcome_type="ticket_resolved", **june)
    assert (tickets["outcomes"], tickets["cost_per_outcome"]) == (3, 10)
    assert pick(rows, outcome_type="survey_won", **june)["cost_per_outcome"] == 15
    sales = pick(rows, department="Sales")
    assert (sales["effective_cost"], sales["outcomes"], sales["cost_per_outcome"]) == (
        5,
        None,
        None,
    )
    legal = pick(rows, department="legal")
    assert (legal["effective_cost"], legal["outcomes"], legal["cost_per_outcome"]) == (
        None,
        1,
        None,
    )
    assert pick(rows, charge_month=month("2026-07"), department="Customer Support")


# ---------------------------------------------------------------------------- virtual currency
def test_credits_of_the_sample(sample):
    """GitHub's bill: 14,210.9010002688 gross, of it 7,180 premium requests at 0.04 = 287.20 in May.

    The rest is credits at 0.01: 13,923.7010002688 / 0.01 = 1,392,370.10002688 credits. Net
    2,870.1410002688 less 125.44 of May = 2,744.7010002688 was paid for them.
    """
    rows = sample("virtual_currency")
    assert {row["virtual_currency"] for row in rows} == {"AI Credits"}
    money = BOOKS["datasets"]["github_copilot/billing_usage"]["money"]
    gross = D(money["USD gross_amount"]) - 7180 * D("0.04")
    assert sum(row["list_cost_used"] for row in rows) == gross == D("13923.7010002688")
    assert sum(row["credits_used"] for row in rows) == gross * 100
    assert {row["list_price_of_credit"] for row in rows} == {D("0.01")}
    net = D(money["USD net_amount"]) - D("125.44")
    assert sum(row["effective_cost_used"] for row in rows) == net == D("2744.7010002688")
    # September: 1,598.5200000672 for 347,752.00000672 credits, since the promotion is over.
    september = pick(rows, charge_month=month("2026-09"))
    assert september["effective_cost_used"] == D("1598.5200000672")
    assert september["effective_price_of_credit"] == D("0.00459672")


def test_credits_that_are_a_pricing_currency():
    """1,000 credits for 80.00 (list 100.00); 250 are used: worth 25.00, and 20.00 of the money.

    Another service has 40 credits used under the code XXX, 30 of them included: PricingUnit names
    them, 40 x 0.10 = 4.00 by list, and 10 are paid, 1.00 / 40 = 0.025 a credit.
    """
    credit = {"ServiceName": "Acme"}
    unnamed = {
        "ServiceName": "Hub",
        "PricingCurrency": "XXX",
        "PricingUnit": "Hub Credits",
        "ListUnitPrice": D("0.1"),
    }
    rows = list(
        ask(
            "virtual_currency",
            **{
                CHARGES: [
                    charge(
                        "0",
                        ListCost=3,
                        PricingQuantity=30,
                        PricingCurrencyEffectiveCost=30,
                        **unnamed,
                    ),
                    charge("1", PricingQuantity=10, PricingCurrencyEffectiveCost=10, **unnamed),
                    charge(
                        "80",
                        ChargeCategory="Purchase",
                        EffectiveCost=0,
                        ListCost=100,
                        PricingUnit="Acme Credits",
                        PricingQuantity=1000,
                        **credit,
                    ),
                    charge(
                        "0",
                        EffectiveCost=20,
                        ListCost=25,
                        ContractedCost=20,
                        PricingUnit="1000000 Tokens",
                        PricingQuantity=50,
                        PricingCurrency="Acme Credits",
                        PricingCurrencyEffectiveCost=250,
                        **credit,
                    ),
                    # an accredited thing is no credit, and neither is a refund
                    charge("7", PricingUnit="Accreditations", PricingQuantity=1),
                    charge("-3", ChargeCategory="Credit", PricingUnit="Acme Credits"),
                ],
                "currency_codes": [{"currency_code": "USD"}, {"currency_code": "EUR"}],
            },
        )
    )
    assert [row["virtual_currency"] for row in rows] == ["Acme Credits", "Hub Credits"]
    row, hub = rows
    assert (hub["credits_bought"], hub["credits_used"]) == (None, 40)
    assert (hub["list_cost_used"], hub["effective_cost_used"]) == (4, 1)
    assert hub["effective_price_of_credit"] == D("0.025")
    assert (row["credits_bought"], row["credits_used"]) == (1000, 250)
    assert (row["billed_cost"], row["effective_cost_used"]) == (80, 20)
    assert row["contracted_savings"] == 25 - 20
    assert row["list_price_of_credit"] == D("0.1")  # 25.00 / 250
    assert row["effective_price_of_credit"] == D("0.08")  # 20.00 / 250 = 80.00 / 1,000


# ---------------------------------------------------------------------------- tags
def test_tags_of_the_sample(sample):
    """Helicone's calls name department and feature, the robots' traces an environment only, and
    OpenAI's bill nothing."""
    rows = sample("tag_coverage")
    moonshot = pick(rows, ServiceName="Moonshot API", tag_key="department")
    assert (moonshot["tagged_cost"], moonshot["tagged_share"]) == (books("moonshot_api"), 1)
    keys = {row["tag_key"] for row in rows if row["ServiceName"] == "DeepSeek API"}
    assert keys == {None, "environment"}
    openai = pick(rows, ServiceName="OpenAI API")
    assert (openai["tag_key"], openai["tagged_share"]) == (None, 0)
    # 25.00 are a credit of June: no cost, and nothing to tag
    assert openai["untagged_cost"] == books("openai_api") + 25


def test_tag_coverage_by_hand():
    """Of 40, 10 carry team, 10 Team and 20 nothing of use: any tag 20 / 40. A row counts once."""
    rows = ask(
        "tag_coverage",
        **{
            CHARGES: [
                charge("10", Tags='{"team":"a","cost center":"1"}'),
                charge("10", Tags='{"Team":["b"],"team":""}'),
                charge("15", Tags='{"team":null}'),
                charge("5"),
                charge("-8", Tags='{"team":"a"}', ChargeCategory="Credit"),
                charge("3", ChargeCategory="Tax"),
                charge("6", Tags='{"team":"a"}', BillingCurrency="EUR"),
            ]
        },
    )
    shares = {(r["BillingCurrency"], r["tag_key"]): r["tagged_share"] for r in rows}
    quarter = D("0.25")
    assert shares == {
        ("USD", None): D("0.5"),
        ("USD", "team"): quarter,
        ("USD", "Team"): quarter,
        ("USD", "cost center"): quarter,
        ("EUR", None): 1,
        ("EUR", "team"): 1,
    }
    assert pick(rows, tag_key="Team")["untagged_cost"] == 30


# ---------------------------------------------------------------------------- allocation
def test_allocated_resources_of_the_sample(sample):
    """All money is there, divided or not, and the rule for Claude Enterprise divides as it says.

    Its cost report names nobody; in July a report by user does, for a part. By the rule Marketing
    takes a tenth until July and two tenths from August on, and a tenth stays open.
    """
    rows = sample("allocated_resources")
    dollars = [row for row in rows if row["BillingCurrency"] == "USD"]
    assert sum(row["billed_cost"] for row in dollars) == TOTAL == D(BOOKS["billed_total"])
    assert sum(row["effective_cost"] for row in dollars) == ACCRUED
    euros = [row for row in rows if row["BillingCurrency"] == "EUR"]
    assert [(r["is_allocated"], r["billed_cost"]) for r in euros] == [(True, 0), (False, EUROS)]

    ruled = {
        row["AllocatedResourceName"]: row["billed_cost"]
        for row in dollars
        if row["AllocatedMethodId"] == "rule:claude-workspace"
    }
    assert set(ruled) == {"Engineering", "Data Science", "Marketing", None}
    june, august, september = (books("claude_workspace", f"2026-0{n}") for n in (6, 8, 9))
    later = august + september
    # What the report by user leaves to the rule in July
    july = sum(ruled.values()) - june - later
    assert 0 < july < books("claude_workspace", "2026-07")
    shares = {
        "Engineering": D("0.5") * (june + july) + D("0.4") * later,
        "Data Science": D("0.3") * (june + july + later),
        "Marketing": D("0.1") * (june + july) + D("0.2") * later,
        None: D("0.1") * (june + july + later),
    }
    for name, share in shares.items():
        # Each line is divided in units of 10^-10
        assert abs(ruled[name] - share) < D("0.00000005"), name


def test_allocated_resources_by_hand():
    """A cluster of 90.00: 60 to a, 20 + 10 to b by tokens; 10.00 stay: 0.6, 0.3 and 0.1 of 100."""
    part = {"AllocatedMethodId": "by-tokens"}
    rows = ask(
        "allocated_resources",
        **{
            CHARGES: [
                charge("60", AllocatedResourceId="a", AllocatedResourceName="A", **part),
                charge("20", AllocatedResourceId="b", **part),
                charge("10", start="2026-07-01", AllocatedResourceId="b", **part),
                charge("10"),
                charge("8", BillingCurrency="EUR", AllocatedResourceId="b", **part),
            ]
        },
    )
    dollars = [r for r in rows if r["BillingCurrency"] == "USD"]
    assert [
        (r["AllocatedResourceId"], r["charges"], r["effective_cost"], r["share_of_cost"])
        for r in dollars
    ] == [("a", 1, 60, D("0.6")), ("b", 2, 30, D("0.3")), (None, 1, 10, D("0.1"))]
    euros = [r for r in rows if r["BillingCurrency"] == "EUR"]
    assert [(r["is_allocated"], r["effective_cost"]) for r in euros] == [(True, 8), (False, 0)]


# ---------------------------------------------------------------------------- invoices
def test_invoices_of_the_sample(sample):
    """Each invoice from three sides; the money on all rows is all that was billed."""
    rows = sample("invoice_reconciliation")
    for currency, total in (("USD", TOTAL), ("EUR", EUROS)):
        of_currency = [row for row in rows if row["BillingCurrency"] == currency]
        assert sum(row["charged_amount"] or 0 for row in of_currency) == total
    verdicts = {r["InvoiceId"]: r["verdict"] for r in rows if r["InvoiceId"] is not None}
    assert {i: v for i, v in verdicts.items() if v != "Agrees"} == {
        "OAI-2026-08-DRAFT": "Open",
        "CO-2026-07": "Not in register",
        "LUM-2026-06": "Not in register",
        "LUM-2026-07": "Not in register",
    }
    assert len(verdicts) == 20
    # A credit is on the invoice with which it was bought; what it pays for is on none.
    assert pick(rows, InvoiceId="XAI-2026-06")["charged_amount"] == D("2.50")
    # AWS in May: Bedrock + EC2 + S3 + tax - credit, and the register rounds it to 902.89
    aws = pick(rows, InvoiceId="INV-2026-05")
    lines = [D("661.8096"), D("103.7232"), D("131.284"), D("31.07"), D("-25")]
    assert aws["charged_amount"] == aws["invoiced_amount"] == sum(lines) == D("902.8868")
    assert aws["difference_to_register"] == D("902.8868") - D("902.89") == D("-0.0032")
    assert aws["invoice_lines"] == len(lines)
    # The credit note of 1.20 stands alone, and not inside the invoice of August
    assert pick(rows, InvoiceId="5310058831-CN")["charged_amount"] == D("-1.20")
    assert pick(rows, InvoiceId="5310058830")["charged_amount"] == D("1038.8367")
    september = pick(rows, InvoiceIssuerName="OpenAI", billing_month=month("2026-09"))
    assert (september["verdict"], september["charged_amount"]) == (
        "Not invoiced",
        books("openai_api", "2026-09"),
    )


def test_what_is_wrong_with_an_invoice_is_named():
    """Two lines off by +1 and -1 add up to the invoice, and still differ."""

    def billed(invoice, line, cost, **changes):
        return charge(cost, InvoiceId=invoice, InvoiceDetailId=line, **changes)

    def detail(invoice, line, cost):
        return {
            "InvoiceIssuerName": "Anthropic",
            "InvoiceId": invoice,
            "InvoiceDetailId": line,
            "BillingCurrency": "USD",
            "BilledCost": D(cost),
        }

    def register(invoice, total, status="Issued", **changes):
        return {
            "invoice_issuer_name": "Anthropic",
            "invoice_id": invoice,
            "billing_currency": "USD",
            "billing_month": month("2026-06"),
            "invoice_issue_status": status,
            "stated_total": total,
        } | changes

    charges = [
        billed("swapped", "1", "11"),
        billed("swapped", "2", "9"),
        billed("right", "1", "4"),
        billed("right", "1", "6.004"),
        billed("wrong", "1", "10.006"),
        billed("unknown", "1", "10"),
        billed("void", "1", "10"),
        billed("euros", "1", "10", BillingCurrency="EUR"),
        charge("3"),
    ]
    rows = ask(
        "invoice_reconciliation",
        **{
            CHARGES: charges,
            DETAILS: [
                detail("swapped", "1", "10"),
                detail("swapped", "2", "10"),
                detail("right", "1", "10.004"),
                detail("wrong", "1", "10.006"),
                detail("unknown", "1", "10"),
                detail("void", "1", "10"),
                detail("euros", "1", "10") | {"BillingCurrency": "EUR"},
                detail("nobody", "1", "2"),
            ],
            "invoices": [
                register("swapped", 20),
                register("right", 10),
                register("wrong", 10),
                register("void", 10, "Voided"),
                register("euros", 10),
                register("lost", 10),
                # the number of another issuer's invoice is no match
                register("unknown", 10, invoice_issuer_name="OpenAI"),
            ],
        },
    )
    verdicts = {(r["InvoiceIssuerName"], r["InvoiceId"], r["BillingCurrency"]): r for r in rows}
    assert {key: row["verdict"] for key, row in verdicts.items()} == {
        ("Anthropic", "swapped", "USD"): "Lines differ",
        ("Anthropic", "right", "USD"): "Agrees",
        ("Anthropic", "wrong", "USD"): "Register differs",
        ("Anthropic", "unknown", "USD"): "Not in register",
        ("Anthropic", "void", "USD"): "Voided",
        ("Anthropic", "euros", "EUR"): "Not in register",
        ("Anthropic", "euros", "USD"): "No charges",
        ("Anthropic", "lost", "USD"): "No charges",
        ("Anthropic", "nobody", "USD"): "Lines differ",
        ("Anthropic", None, "USD"): "Not invoiced",
        ("OpenAI", "unknown", "USD"): "No charges",
    }
    swapped = verdicts["Anthropic", "swapped", "USD"]
    assert swapped["charged_amount"] == swapped["invoiced_amount"] == swapped["stated_total"]
    assert swapped["lines_that_differ"] == 2
    assert sum(r["charged_amount"] or 0 for r in rows) == sum(c["BilledCost"] for c in charges)


# ---------------------------------------------------------------------------- cash and accrual
def test_cash_and_accrual_of_the_sample(sample):
    """Cash by month is the generator's. Accrual is what was used, whether or not a credit paid for
    it: it has 37.80 more in July and in August (savings plan), the correction of 1.20 in July,
    which it is about, and not in August, where it is booked, and the lapsed credit in September.

    The seats of ChatGPT are paid in May and July and used until April 2027: 9,900 over 365 days,
    250 over the 304 days from July on, by days in whole millionths, the rest in the last month.
    9,900 x 31 / 365 = 840.821917, x 30 = 813.698630, x 28 = 759.452054; 250 x 31 / 304 =
    25.493421, x 30 = 24.671052, x 28 = 23.026315. Without April, 7 of 31, 3 of 30 and one of 28
    days are 5,885.753419 + 2,441.095890 + 759.452054 = 9,086.301363, so April has 813.698637;
    and 6 of 31, 2 of 30 and one of 28 are 152.960526 + 49.342104 + 23.026315 = 225.328945, so
    April has 24.671055 of the 250.
    """
    cash, accrued = {}, {}
    for row in sample("cash_against_accrual"):
        if row["BillingCurrency"] != "USD":
            continue
        key = f"{row['month_start']:%Y-%m}"
        cash[key] = cash.get(key, 0) + row["billed_cost"]
        accrued[key] = accrued.get(key, 0) + row["accrued_cost"]
    assert {key: amount for key, amount in cash.items() if amount} == {
        key: D(value) for key, value in BOOKS["billed_by_month"].items()
    }
    moved = D("1.20")
    year = {28: D("759.452054"), 30: D("813.698630"), 31: D("840.821917")}
    rest = {28: D("23.026315"), 30: D("24.671052"), 31: D("25.493421")}
    assert accrued == {
        "2026-05": D("6097.0835675809") + year[31],
        "2026-06": D("7116.4893038172") + year[30],
        "2026-07": D("8637.4668121312") + COVERED - moved + year[31] + rest[31],
        "2026-08": D("8023.0414088509") + COVERED + moved + year[31] + rest[31],
        "2026-09": D("6968.4586645082") + LAPSED + year[30] + rest[30],
        "2026-10": year[31] + rest[31],
        "2026-11": year[30] + rest[30],
        "2026-12": year[31] + rest[31],
        "2027-01": year[31] + rest[31],
        "2027-02": year[28] + rest[28],
        "2027-03": year[31] + rest[31],
        "2027-04": D("813.698637") + D("24.671055"),
    }
    google = [r for r in sample("cash_against_accrual") if r["InvoiceIssuerName"] == "Google Cloud"]
    assert [r["prepaid_balance"] for r in google] == [0, moved, 0, 0]


def test_a_term_is_spread_over_its_months_to_the_last_digit():
    """365.00 for the year from 2026-05-01 is 1.00 a day: May 31, June 30, and April 30 at the end.

    100.00 for 2026-06-16 to 2026-07-16 is 30 days, 15 in each month. A third of it has no end:
    100 / 3 over June, July and August with equal days is rounded down to millionths twice.
    """
    rows = ask(
        "cash_against_accrual",
        **{
            CHARGES: [
                charge("365", start="2026-05-01", days=365, ChargeCategory="Purchase"),
                charge("100", start="2026-06-16", days=30, InvoiceIssuerName="B"),
                # 90 days from 2026-06-01: 30 + 31 + 29
                charge("100", start="2026-06-01", days=90, InvoiceIssuerName="C"),
                charge("-100", start="2026-06-01", days=90, InvoiceIssuerName="D"),
                charge("0.000000000000000001", start="2026-06-30", InvoiceIssuerName="E"),
                charge("5", InvoiceIssuerName="F", x_CostBasis="Estimated"),
                charge("5", InvoiceIssuerName="F", BillingCurrency="EUR", x_CostBasis="Invoiced"),
            ]
        },
    )

    def accrued(issuer):
        found = [r for r in rows if r["InvoiceIssuerName"] == issuer]
        return {f"{r['month_start']:%Y-%m}": r["accrued_cost"] for r in found}

    year = accrued("Anthropic")
    assert len(year) == 12 and sum(year.values()) == 365
    assert (year["2026-05"], year["2026-06"], year["2027-02"], year["2027-04"]) == (31, 30, 28, 30)
    assert accrued("B") == {"2026-06": 50, "2026-07": 50}
    # 100 x 30 / 90 = 33.333333, 100 x 31 / 90 = 34.444444, and the rest 32.222223
    thirds = {"2026-06": D("33.333333"), "2026-07": D("34.444444"), "2026-08": D("32.222223")}
    assert accrued("C") == thirds
    assert accrued("D") == {key: -value for key, value in thirds.items()}
    assert accrued("E") == {"2026-06": D("0.000000000000000001")}
    # Paid in May for a year: 365 - 31 = 334 are ahead at the end of May, none at the end of April.
    balances = [r["prepaid_balance"] for r in rows if r["InvoiceIssuerName"] == "Anthropic"]
    assert (balances[0], balances[-1]) == (334, 0)
    estimate = pick(rows, InvoiceIssuerName="F", BillingCurrency="USD")
    assert (estimate["billed_cost"], estimate["not_yet_invoiced"]) == (5, 5)
    assert pick(rows, InvoiceIssuerName="F", BillingCurrency="EUR")["not_yet_invoiced"] == 0


# ---------------------------------------------------------------------------- corrections
def test_the_correction_of_the_sample(sample):
    """One line of Google's CSV of August: -1.2 for 31 July, a credit note for July's invoice."""
    (row,) = sample("corrections")
    assert (row["ServiceName"], row["billed_cost"]) == ("Vertex AI", D("-1.2"))
    assert (row["charge_month"], row["BillingPeriodStart"]) == (month("2026-07"), month("2026-08"))
    assert (row["months_late"], row["InvoiceId"]) == (1, "5310058831-CN")
    assert row["reference_invoice_ids"] == "5310042177"


def test_corrections_across_months():
    """May is corrected in July twice and June once: -2.00 and -1.00 of 20.00 are -0.15 of it."""
    correction = {"ChargeClass": "Correction", "InvoiceId": "CN-7"}
    july = {"BillingPeriodStart": month("2026-07")} | correction
    rows = ask(
        "corrections",
        **{
            CHARGES: [
                charge("12", start="2026-05-03", SubAccountId="s"),
                charge("8", start="2026-05-20", SubAccountId="s"),
                charge("99", start="2026-05-20", SubAccountId="other"),
                charge("50", start="2026-05-20", SubAccountId="s", BillingCurrency="EUR"),
                charge("-2", start="2026-05-03", SubAccountId="s", **july),
                charge("-1", start="2026-05-20", SubAccountId="s", **july),
                charge("4", start="2026-06-02", **july),
            ],
            DETAILS: [
                {"InvoiceIssuerName": "Anthropic", "InvoiceId": "CN-7", "ReferenceInvoiceId": i}
                for i in ("INV-6", "INV-5", "INV-5")
            ],
        },
    )
    may = pick(rows, charge_month=month("2026-05"))
    assert (may["charges"], may["billed_cost"], may["corrected_cost"]) == (2, -3, 20)
    assert (may["share_of_corrected"], may["months_late"]) == (D("-0.15"), 2)
    assert may["reference_invoice_ids"] == "INV-5, INV-6"
    # late usage of a month in which nothing was billed: no base, and not 0
    june = pick(rows, charge_month=month("2026-06"))
    assert (june["billed_cost"], june["corrected_cost"]) == (4, None)
    assert june["share_of_corrected"] is None


# ---------------------------------------------------------------------------- budgets
def test_budgets_of_the_sample(sample):
    """Claude API in the third quarter: 533.5755878 + 491.3789992 + 520.5290454 = 1,545.4836324 of
    1,500.00, of it August, which is only reported, and September not invoiced. GitHub Copilot: all
    seats and credits of the year."""
    rows = sample("budget")
    claude = pick(rows, budget_id="CLAUDE-2026-Q3")
    spent = D("533.5755878") + D("491.3789992") + D("520.5290454")
    assert claude["billed_cost"] == spent == D("1545.4836324")
    # 491.3789992 + 520.5290454 = 1,011.9080446
    assert claude["not_yet_invoiced"] == D("1011.9080446")
    assert claude["remaining"] == 1500 - spent == D("-45.4836324")
    assert (claude["share_spent"], claude["verdict"]) == (D("1.030322"), "Over")
    copilot = pick(rows, budget_id="COPILOT-2026")
    assert copilot["billed_cost"] == D("9315.5483870961") + D("2870.1410002688")
    assert copilot["verdict"] == "Within"
    # The rest of the quarter is Unattributed, which has no budget.
    quarter = sum(D(BOOKS["billed_by_month"][m]) for m in ("2026-07", "2026-08", "2026-09"))
    departments = sum(r["billed_cost"] for r in rows if r["scope_type"] == "department")
    assert 0 < departments < quarter
    assert not [r for r in rows if r["verdict"] == "No charges"]
    # What People Operations pays in euros, a charge for each day of July, is in no dollar budget.
    in_euros = {r["scope_value"]: r["charges_in_other_currencies"] for r in rows}
    assert {scope: n for scope, n in in_euros.items() if n} == {"People Operations": 31}


def test_budgets_by_hand():
    """June and July of Sales in dollars: 10 + 20 + 5 = 35 of 35.00, which is within."""

    def plan(name, scope_type, scope_value, amount=35, currency="USD"):
        return {
            "budget_id": name,
            "scope_type": scope_type,
            "scope_value": scope_value,
            "period_start": month("2026-06"),
            "period_end": month("2026-08"),
            "billing_currency": currency,
            "amount": amount,
        }

    sales = {"x_Department": "Sales", "x_CostCentre": "CC-1", "x_ProjectCode": "P"}
    rows = ask(
        "budget",
        **{
            CHARGES: [
                charge("10", start="2026-06-30", **sales),
                charge("20", start="2026-07-31", x_CostBasis="Estimated", **sales),
                # billed in July for May: a budget follows the bill
                charge("5", start="2026-05-31", **sales | {"BillingPeriodStart": month("2026-07")}),
                charge("100", start="2026-05-31", **sales),
                charge("200", start="2026-08-01", **sales),
                charge("7", BillingCurrency="EUR", **sales),
                charge("1", x_Department="Legal", BillingAccountId="other"),
            ],
            "budgets": [
                plan("within", "department", "Sales"),
                plan("over", "cost_centre", "CC-1", D("34.99")),
                plan("project", "project", "P"),
                plan("account", "billing_account", "account"),
                plan("service", "service", "Claude API"),
                plan("all", "total", None),
                plan("euros", "department", "Sales", currency="EUR"),
                plan("misspelt", "department", "sales"),
                plan("nothing", "department", "Sales", 0),
            ],
        },
    )
    found = {row["budget_id"]: (row["billed_cost"], row["verdict"]) for row in rows}
    assert found == {
        "within": (35, "Within"),
        "over": (35, "Over"),
        "project": (35, "Within"),
        "account": (35, "Within"),
        "service": (36, "Over"),
        "all": (36, "Over"),
        "euros": (7, "Within"),
        "misspelt": (0, "No charges"),
        "nothing": (35, "Over"),
    }
    within = pick(rows, budget_id="within")
    # 15 of 35 is reported, 20 estimated, nothing is on an invoice
    assert (within["not_yet_invoiced"], within["remaining"], within["share_spent"]) == (35, 0, 1)
    assert within["charges_in_other_currencies"] == 1
    assert pick(rows, budget_id="nothing")["share_spent"] is None


# ---------------------------------------------------------------------------- months
def test_months_of_the_sample(sample):
    """Claude API in June: 518.3880479 - 501.4803971 = 16.9076508, which is 3.3715 % of May."""
    rows = sample("month_over_month")
    june = pick(rows, ServiceName="Claude API", charge_month=month("2026-06"))
    assert june["effective_cost"] == books("claude_api", "2026-06") == D("518.3880479")
    assert june["cost_change"] == D("518.3880479") - D("501.4803971") == D("16.9076508")
    assert june["change_share"] == D("0.033715")  # 16.9076508 / 501.4803971 = 0.0337154...
    dollars = [row for row in rows if row["BillingCurrency"] == "USD"]
    assert sum(row["effective_cost"] for row in dollars) == ACCRUED
    # Pinecrest bills June and July only: August falls to 0, and is not left out
    pinecrest = [r for r in rows if r["ServiceName"] == "Vector Search"]
    assert [r["effective_cost"] for r in pinecrest] == [D("57.92"), D("37.24"), 0, 0]
    assert [r["cost_change"] for r in pinecrest] == [None, D("-20.68"), D("-37.24"), 0]


def test_a_month_without_charges_is_not_skipped():
    """10 in May, nothing in June, 30 in July: July grew by 30 from 0, and not by 20 from 10."""
    rows = ask(
        "month_over_month",
        **{
            CHARGES: [
                charge("4", start="2026-05-01"),
                charge("6", start="2026-05-31"),
                charge("30", start="2026-07-02"),
                charge("70", start="2026-07-02", BillingCurrency="EUR"),
            ]
        },
    )
    dollars = [r for r in rows if r["BillingCurrency"] == "USD"]
    assert [(r["effective_cost"], r["cost_change"], r["change_share"]) for r in dollars] == [
        (10, None, None),
        (0, -10, -1),
        (30, 30, None),
    ]
    assert [r["has_charges"] for r in dollars] == [True, False, True]
    assert [r["cost_change"] for r in rows if r["BillingCurrency"] == "EUR"] == [None]


def test_a_renewal_dated_ahead_makes_no_months_of_nothing():
    """Used until June. A renewal of September has a month of its own, and nothing falls to 0."""
    renewal = {"ChargeCategory": "Purchase", "ServiceName": "Support"}
    rows = ask(
        "month_over_month",
        **{
            CHARGES: [
                charge("4", start="2026-05-01"),
                charge("6", start="2026-06-02"),
                charge("2", start="2026-05-03", **renewal),
                charge("90", start="2026-09-15", days=365, **renewal),
            ]
        },
    )
    found = [(r["ServiceName"], f"{r['charge_month']:%Y-%m}", r["effective_cost"]) for r in rows]
    assert sorted(found) == [
        ("Claude API", "2026-05", 4),
        ("Claude API", "2026-06", 6),
        ("Support", "2026-05", 2),
        ("Support", "2026-06", 0),
        ("Support", "2026-09", 90),
    ]


# ---------------------------------------------------------------------------- savings
def test_savings_of_the_sample(sample):
    """IBM gives 10 % on watsonx.ai: 201.20274 / 0.9 = 223.5586 by list, 22.35586 saved. GitHub's
    included credits and requests: 14,210.9010002688 gross less 2,870.1410002688 net."""
    rows = sample("effective_savings_rate")
    ibm = pick(rows, ServiceName="watsonx.ai Runtime")
    assert ibm["effective_cost"] == D("67.30974") + D("66.99438") + D("66.89862")
    assert ibm["list_cost"] * 9 == ibm["effective_cost"] * 10
    assert (ibm["savings"], ibm["savings_rate_on_list"]) == (D("22.35586"), D("0.1"))
    github = pick(rows, ServiceName="GitHub Copilot")
    assert github["savings"] == D("14210.9010002688") - D("2870.1410002688")
    # 11,340.76 of 14,210.9010002688 + seats 9,315.5483870961 = 0.482043...
    assert github["savings_rate_on_list"] == D("0.482043")


def test_savings_by_hand():
    """List 100, contracted 80, effective 60: 20 + 20 saved, 40 % of list, 25 % of contracted.

    The purchase of the commitment would count its 60.00 again.
    """
    rows = ask(
        "effective_savings_rate",
        **{
            CHARGES: [
                charge(
                    "0",
                    ListCost=100,
                    ContractedCost=80,
                    EffectiveCost=60,
                    CommitmentDiscountId="c",
                ),
                charge(
                    "60",
                    EffectiveCost=0,
                    ChargeCategory="Purchase",
                    CommitmentDiscountId="c",
                ),
                charge("9", ChargeCategory="Tax"),
                charge("-5", ChargeCategory="Credit"),
                charge("5", ServiceName="unpriced", PricingUnit="USD"),
                charge("0", ServiceName="free"),
                charge("3", ListCost=4, BillingCurrency="EUR"),
            ]
        },
    )
    row = pick(rows, ServiceName="Claude API", BillingCurrency="USD")
    assert (row["list_cost"], row["contracted_cost"], row["effective_cost"]) == (100, 80, 60)
    assert (row["negotiated_savings"], row["further_savings"], row["savings"]) == (20, 20, 40)
    assert row["savings_rate_on_list"] == D("0.4")
    assert row["effective_savings_rate"] == D("0.25")
    assert pick(rows, ServiceName="unpriced")["list_cost_without_price"] == 5
    assert pick(rows, ServiceName="free")["savings_rate_on_list"] is None
    assert pick(rows, BillingCurrency="EUR")["savings_rate_on_list"] == D("0.25")


# ---------------------------------------------------------------------------- commitments
def test_commitments_of_the_sample(sample):
    """Claude, 6,000.00 in 2026: five known months of usage. OpenAI, 2,500.00 prepaid: its usage
    without the credit of 25.00 in June passes it in September. Copilot: 81 seats of 100 in June."""
    rows = sample("commitment_burn_down")
    months = ("2026-05", "2026-06", "2026-07", "2026-08", "2026-09")

    def at(commitment, text):
        return pick(rows, ContractCommitmentId=commitment, charge_month=month(text))

    claude = at("ANT-SPEND-2026", "2026-09")
    used = sum(books("claude_api", m) for m in months)
    assert claude["used_so_far"] == used == D("2565.3520774")
    assert claude["remaining"] == 6000 - used == D("3434.6479226")
    assert (claude["unknown_months"], claude["verdict"]) == (4, "Running")  # January to April
    assert at("ANT-SPEND-2026", "2026-04")["used"] is None
    assert at("OAI-CREDIT-2026-04", "2026-06")["used"] == D("606.0343088") + 25
    august, september = (at("OAI-CREDIT-2026-04", m) for m in ("2026-08", "2026-09"))
    # 629.0997873 + 631.0343088 + 649.52584001 + 477.5707667375 = 2,387.2307028475
    assert (august["remaining"], august["verdict"]) == (D("112.7692971525"), "Running")
    # 112.7692971525 - 513.966428046
    assert (september["remaining"], september["verdict"]) == (D("-401.1971308935"), "Exceeded")
    for text in months:
        seats = at("GH-SEATS-2026", text)
        assert seats["used"] == seats["used_so_far"] == D(BOOKS["seats"][text]["user_months"])
        assert seats["verdict"] == "Shortfall"
    assert at("GH-SEATS-2026", "2026-06")["remaining"] == 100 - 81
    # Credits that are drawn down: 0.78378 + 1.183899 + 0.532321 = 2.50, and no more in September
    for text, used, so_far, verdict in (
        ("2026-06", "0.78378", "0.78378", "Running"),
        ("2026-07", "1.183899", "1.967679", "Running"),
        ("2026-08", "0.532321", "2.5", "Fulfilled"),
        ("2026-09", "0", "2.5", "Fulfilled"),
    ):
        row = at("XAI-CREDIT-2026-06", text)
        assert (row["used"], row["used_so_far"], row["verdict"]) == (D(used), D(so_far), verdict)
    row = at("XAI-CREDIT-2026-09", "2026-09")
    assert (row["used"], row["remaining"], row["verdict"]) == (D("1.2726"), D("3.7274"), "Running")
    # 1 - 0.015128705 - 0.02827344 - 0.05409623 - 0.01852877: what lapsed was not used
    row = at("DEEP-CREDIT-2026-06", "2026-09")
    assert (row["remaining"], row["verdict"]) == (LAPSED, "Shortfall")
    old = [r for r in rows if r["ContractCommitmentId"] == "OAI-CREDIT-2025-04"]
    assert {(r["used"], r["verdict"]) for r in old} == {(None, "Unknown")}


def test_commitments_that_charges_name():
    """credit: 6 + 4 of 10, and the 7 of July, which name nobody, do not exceed it. lapses: 3 of 5
    are used; its purchase and its unused 2 are no use, and that it ends in 2027 is no data of 2027.
    unnamed sees all that the service cost: 6 + 4 + 7 + 3 = 20."""

    def applied(name, cost):
        element = {"ContractId": "c", "ContractCommitmentId": name}
        element["ContractCommitmentAppliedCost"] = cost
        return json.dumps({"Elements": [element]})

    lapsed = {"ContractApplied": applied("lapses", 2), "CommitmentDiscountId": "lapses"}
    rows = ask(
        "commitment_burn_down",
        **{
            CHARGES: [
                charge("6", start="2026-06-01", ContractApplied=applied("credit", 6)),
                charge("4", start="2026-06-30", ContractApplied=applied("credit", 4)),
                charge("7", start="2026-07-01"),
                charge("3", start="2026-07-30", ContractApplied=applied("lapses", 3)),
                charge("2", start="2026-07-31", CommitmentDiscountStatus="Unused", **lapsed),
                charge(
                    "5",
                    start="2026-06-01",
                    ChargeCategory="Purchase",
                    ChargePeriodEnd=datetime(2027, 6, 1),
                    EffectiveCost=D(0),
                    ContractApplied=applied("lapses", 0),
                    CommitmentDiscountId="lapses",
                ),
                charge("0", start="2026-07-31"),
            ],
            COMMITMENTS: [
                commitment("credit", 10, "2026-06-01", "2027-06-01"),
                commitment("lapses", 5, "2026-06-01", "2026-08-01"),
                commitment("unnamed", 100, "2026-06-01", "2027-06-01"),
            ],
        },
    )
    found = [(r["ContractCommitmentId"], r["used"], r["used_so_far"], r["verdict"]) for r in rows]
    assert found == [
        ("credit", 10, 10, "Fulfilled"),
        ("credit", 0, 10, "Fulfilled"),
        ("lapses", 0, 0, "Running"),
        ("lapses", 3, 3, "Shortfall"),
        ("unnamed", 10, 10, "Running"),
        ("unnamed", 10, 20, "Running"),
    ]


def test_a_renewal_dated_ahead_ends_no_commitment():
    """Used until 10 June: 40 of 100 in a commitment until July, which a renewal of September does
    not end. It is running, and of July nothing is known."""
    rows = ask(
        "commitment_burn_down",
        **{
            CHARGES: [
                charge("40", start="2026-06-10"),
                charge("90", start="2026-09-15", days=365, ChargeCategory="Purchase"),
            ],
            COMMITMENTS: [commitment("spend", 100, "2026-06-01", "2026-08-01")],
        },
    )
    found = [(f"{r['charge_month']:%Y-%m}", r["used"], r["verdict"]) for r in rows]
    assert found == [("2026-06", 40, "Running")]


def scope(*services: str, **changes) -> str:
    inclusion = {"Dimension": "ServiceName", "Operator": "In", "Values": list(services)}
    return json.dumps({"InclusionOperator": "And", "Inclusions": [inclusion | changes]})


def commitment(name: str, cost, start: str, end: str, **changes) -> dict:
    return {
        "ContractCommitmentId": name,
        "ContractCommitmentCategory": "Spend",
        "ContractCommitmentCost": cost,
        "ContractCommitmentFulfillmentInterval": "Total Term",
        "ContractCommitmentPeriodStart": datetime.fromisoformat(start),
        "ContractCommitmentPeriodEnd": datetime.fromisoformat(end),
        "ContractCommitmentApplicability": scope("Claude API"),
        "BillingCurrency": "USD",
    } | changes


def test_commitments_by_hand():
    """Claude API uses 40 in April, 30 in May, 10 in June, 0 in July and 5 in August."""
    rows = ask(
        "commitment_burn_down",
        **{
            CHARGES: [
                charge("40", start="2026-04-30"),
                charge("20", start="2026-05-01"),
                charge("12", start="2026-05-31"),
                charge(
                    "-2", ChargeCategory="Adjustment", ChargeClass="Correction", start="2026-05-02"
                ),
                charge("10", start="2026-06-10"),
                charge("5", start="2026-08-31"),
                # out of scope: another service, another currency, tax, a credit
                charge("1000", ServiceName="Other"),
                charge("1000", BillingCurrency="EUR"),
                charge("1000", ChargeCategory="Tax"),
                charge("-1000", ChargeCategory="Credit"),
                charge(
                    "38",
                    ServiceName="Seats",
                    ChargeCategory="Purchase",
                    PricingUnit="User-Months",
                    PricingQuantity=2,
                ),
                charge("9", ServiceName="Seats", PricingUnit="Requests", PricingQuantity=900),
            ],
            COMMITMENTS: [
                commitment("term", 45, "2026-05-01", "2026-08-01"),
                commitment("met", 40, "2026-05-01", "2026-07-01"),
                commitment("longer", 100, "2026-05-01", "2027-05-01"),
                commitment("within", 100, "2026-05-02", "2026-06-10"),
                commitment(
                    "monthly",
                    20,
                    "2026-05-01",
                    "2026-08-01",
                    ContractCommitmentFulfillmentInterval="Monthly",
                ),
                commitment(
                    "quarterly",
                    70,
                    "2026-03-01",
                    "2027-03-01",
                    ContractCommitmentFulfillmentInterval="Quarterly",
                ),
                commitment(
                    "seats",
                    None,
                    "2026-06-01",
                    "2026-07-01",
                    ContractCommitmentCategory="Usage",
                    ContractCommitmentQuantity=3,
                    ContractCommitmentUnit="Seats",
                    ContractCommitmentApplicability=scope("Seats"),
                ),
                commitment("later", 5, "2027-01-01", "2028-01-01"),
                commitment(
                    "regional",
                    5,
                    "2026-06-01",
                    "2026-07-01",
                    ContractCommitmentApplicability=scope("eu", Dimension="RegionId"),
                ),
            ],
        },
    )

    def of(name):
        found = [r for r in rows if r["ContractCommitmentId"] == name]
        return [(r["used"], r["used_so_far"], r["verdict"]) for r in found]

    # 30 + 10 + 0 of 45: 5 short at the end of the term; April and August are not in it
    assert of("term") == [(30, 30, "Running"), (10, 40, "Running"), (0, 40, "Shortfall")]
    assert of("met") == [(30, 30, "Running"), (10, 40, "Fulfilled")]
    assert of("longer")[-1] == (5, 45, "Running")
    # 1 May is before it and 10 June is its exclusive end: 12 - 2 are left
    assert of("within") == [(10, 10, "Running"), (0, 10, "Shortfall")]
    # each month has a commitment of its own: what May had too much does not help June
    assert of("monthly") == [(30, 30, "Exceeded"), (10, 10, "Shortfall"), (0, 0, "Shortfall")]
    # March is before the first charge, so that nobody knows: 40 + 30 of 70 is a lower bound
    assert of("quarterly") == [
        (None, None, "Unknown"),
        (40, 40, "Running"),
        (30, 70, "Fulfilled"),
        (10, 10, "Running"),
        (0, 10, "Running"),
        (5, 15, "Shortfall"),
    ]
    assert of("seats") == [(2, 2, "Shortfall")]
    assert [verdict for _, _, verdict in of("later")] == ["Not started"]
    assert of("regional") == [(None, None, "Not understood")]
