"""Every conformance rule reports the row that breaks it, and conformant rows break none.

The rows below are the smallest conformant FOCUS 1.1 dataset with one row per kind of charge. Each
rule has a breaking case: a change to one of these rows, or, for the families of simple rules, a
change that follows from the rule's name. The query is the one that dbt runs: the macro
`rule_counts` is rendered here as it stands.
"""

import csv
from decimal import Decimal
from itertools import chain
from pathlib import Path

import duckdb
import jinja2
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "seeds" / "focus"
VERSION = "1.1"


def read_seed(name):
    """Rows of a FOCUS seed as dicts of text."""
    with (SEEDS / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_contract():
    """FOCUS column -> physical type, as the contract of the 1.1 model states it."""
    path = ROOT / "models" / "focus" / "v1_1" / "focus_1_1.yml"
    columns = yaml.safe_load(path.read_text(encoding="utf-8"))["models"][0]["columns"]
    return {column["name"]: column["data_type"] for column in columns}


RULES = {rule["rule_id"]: rule for rule in read_seed("focus_1_1_rules")}
RULES_1_1 = {key: rule for key, rule in RULES.items() if rule["focus_version"] == VERSION}
TYPES = read_contract()

COMMON = {
    "BillingAccountId": "org-1",
    "BillingAccountName": "Example Ltd",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-05-01",
    "BillingPeriodEnd": "2026-06-01",
    "ChargePeriodStart": "2026-05-03",
    "ChargePeriodEnd": "2026-05-04",
    "ChargeDescription": "A charge",
    "InvoiceIssuerName": "Vendor",
    "ProviderName": "Vendor",
    "PublisherName": "Vendor",
    "ServiceCategory": "AI and Machine Learning",
    "ServiceSubcategory": "Generative AI",
    "ServiceName": "Vendor API",
}
TOKENS = {
    "SkuId": "model-a/input",
    "SkuPriceId": "model-a/input/standard",
    "SkuMeter": "Input tokens",
    "SkuPriceDetails": '{"x_TokenDirection": "Input"}',
    "PricingCategory": "Standard",
    "PricingQuantity": Decimal("2.5000000001"),
    "PricingUnit": "1000000 Tokens",
    "ListUnitPrice": Decimal("3.00000001"),
    "ContractedUnitPrice": Decimal(3),
}
COMMITMENT = {
    "CommitmentDiscountCategory": "Spend",
    "CommitmentDiscountId": "commit-1",
    "CommitmentDiscountName": "Yearly spend",
    "CommitmentDiscountType": "Prepaid",
    "CommitmentDiscountUnit": "USD",
}


def costs(billed, **others):
    """The four cost columns, equal unless stated otherwise."""
    names = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
    return {name: Decimal(billed) for name in names} | others


USAGE = {
    **COMMON,
    **TOKENS,
    **costs(
        "7.5000000003",
        ListCost=Decimal("3.00000001") * Decimal("2.5000000001"),
    ),
    "ChargeCategory": "Usage",
    "ChargeFrequency": "Usage-Based",
    "ConsumedQuantity": Decimal("2500000.0001"),
    "ConsumedUnit": "Tokens",
    "RegionId": "eu-1",
    "RegionName": "Europe",
    "ResourceId": "key-1",
    "ResourceName": "Batch key",
    "ResourceType": "API key",
    "SubAccountId": "project-1",
    "SubAccountName": "Project",
    "Tags": '{"team": "a", "beta": true, "n": 1, "none": null}',
}
CONFORMANT = {
    "usage": USAGE,
    "purchase": {
        **COMMON,
        **costs("50"),
        "ChargeCategory": "Purchase",
        "ChargeFrequency": "Recurring",
        "ChargePeriodStart": "2026-05-01",
        "ChargePeriodEnd": "2026-06-01",
        "ServiceName": "Vendor Chat",
        "ServiceCategory": "Business Applications",
        "ServiceSubcategory": "Productivity and Collaboration",
        "SkuId": "seat",
        "SkuPriceId": "seat/monthly",
        "SkuMeter": "Seats",
        "PricingCategory": "Standard",
        "PricingQuantity": Decimal(2),
        "PricingUnit": "Seat-Months",
        "ListUnitPrice": Decimal(25),
        "ContractedUnitPrice": Decimal(25),
    },
    "tax": {**COMMON, **costs("1.5"), "ChargeCategory": "Tax", "ChargeFrequency": "One-Time"},
    "credit": {**COMMON, **costs("-2"), "ChargeCategory": "Credit", "ChargeFrequency": "One-Time"},
    "adjustment": {
        **COMMON,
        **costs("-0.01"),
        "ChargeCategory": "Adjustment",
        "ChargeFrequency": "One-Time",
    },
    # Takes back more than price x quantity, which only a correction may.
    "correction": {
        **USAGE,
        **costs("-8"),
        "ChargeClass": "Correction",
        "ChargePeriodStart": "2026-04-03",
        "ChargePeriodEnd": "2026-04-04",
        "PricingQuantity": Decimal("-2.5"),
        "ConsumedQuantity": Decimal(-2500000),
    },
    "commitment_purchase": {
        **COMMON,
        **TOKENS,
        **COMMITMENT,
        **costs("120", EffectiveCost=Decimal(0)),
        "ChargeCategory": "Purchase",
        "ChargeFrequency": "One-Time",
        "CommitmentDiscountQuantity": Decimal(120),
        "SkuId": "commitment",
        "SkuPriceId": "commitment/yearly",
        "SkuMeter": "Commitment",
        "SkuPriceDetails": None,
        "PricingQuantity": Decimal(1),
        "PricingUnit": "Years",
        "ListUnitPrice": Decimal(120),
        "ContractedUnitPrice": Decimal(120),
    },
    "committed_usage": {
        **USAGE,
        **COMMITMENT,
        "ChargePeriodStart": "2026-05-04",
        "ChargePeriodEnd": "2026-05-05",
        "CapacityReservationId": "capacity-1",
        "CapacityReservationStatus": "Used",
        "CommitmentDiscountQuantity": Decimal("7.5"),
        "CommitmentDiscountStatus": "Used",
        "PricingCategory": "Committed",
    },
    "unused_commitment": {
        **USAGE,
        **COMMITMENT,
        "ChargePeriodStart": "2026-05-05",
        "ChargePeriodEnd": "2026-05-06",
        "CapacityReservationId": "capacity-1",
        "CapacityReservationStatus": "Unused",
        "CommitmentDiscountQuantity": Decimal(1),
        "CommitmentDiscountStatus": "Unused",
        "ConsumedQuantity": None,
        "ConsumedUnit": None,
        "PricingCategory": "Committed",
    },
}

WRONG_TYPE = {"varchar": "integer", "timestamp": "varchar"}
FILLED = {
    "ContractedUnitPrice": Decimal(1),
    "ListUnitPrice": Decimal(1),
    "PricingCategory": "Standard",
    "PricingQuantity": Decimal(1),
    "PricingUnit": "Requests",
    "SkuId": "tax",
    "SkuPriceId": "tax",
}

# rule without its version -> (row that is broken, what is changed in it)
CASES = {
    "BillingAccountName-UniqueInProvider": ("tax", {"BillingAccountId": "org-2"}),
    "BillingCurrency-CurrencyCode": ("usage", {"BillingCurrency": "usd"}),
    "BillingPeriodEnd-AfterStart": ("usage", {"BillingPeriodEnd": "2026-05-01"}),
    "BillingPeriodEnd-Exclusive": ("usage", {"BillingPeriodEnd": "2026-05-31 23:59:59"}),
    "CapacityReservationId-NotNullWhenUnused": (
        "unused_commitment",
        {"CapacityReservationId": None},
    ),
    "CapacityReservationStatus-NullWithoutId": ("usage", {"CapacityReservationStatus": "Used"}),
    "CapacityReservationStatus-NotNullOnUsage": (
        "committed_usage",
        {"CapacityReservationStatus": None},
    ),
    "ChargeFrequency-NotUsageBasedOnPurchase": ("purchase", {"ChargeFrequency": "Usage-Based"}),
    "ChargePeriodEnd-AfterStart": ("usage", {"ChargePeriodEnd": "2026-05-03"}),
    "CommitmentDiscountCategory-NullWithoutId": ("usage", {"CommitmentDiscountCategory": "Spend"}),
    "CommitmentDiscountCategory-NotNullWithId": (
        "committed_usage",
        {"CommitmentDiscountCategory": None},
    ),
    "CommitmentDiscountType-NullWithoutId": ("usage", {"CommitmentDiscountType": "Prepaid"}),
    "CommitmentDiscountType-NotNullWithId": ("committed_usage", {"CommitmentDiscountType": None}),
    "CommitmentDiscountId-NotNullWhenRelated": ("committed_usage", {"CommitmentDiscountId": None}),
    "CommitmentDiscountName-NullWithoutId": ("usage", {"CommitmentDiscountName": "Yearly"}),
    "CommitmentDiscountQuantity-PositiveOnPurchase": (
        "commitment_purchase",
        {"CommitmentDiscountQuantity": None},
    ),
    "CommitmentDiscountQuantity-PositiveOnUsage": (
        "committed_usage",
        {"CommitmentDiscountQuantity": Decimal(0)},
    ),
    "CommitmentDiscountQuantity-NullOtherwise": (
        "tax",
        {**COMMITMENT, "CommitmentDiscountQuantity": Decimal(1)},
    ),
    "CommitmentDiscountStatus-NullWithoutId": ("usage", {"CommitmentDiscountStatus": "Used"}),
    "CommitmentDiscountStatus-NotNullOnUsage": (
        "committed_usage",
        {"CommitmentDiscountStatus": None},
    ),
    "CommitmentDiscountUnit-NullWithoutId": ("usage", {"CommitmentDiscountUnit": "USD"}),
    "CommitmentDiscountUnit-NotNullWithId": ("committed_usage", {"CommitmentDiscountUnit": None}),
    "CommitmentDiscountUnit-OnePerCommitment": (
        "committed_usage",
        {"CommitmentDiscountUnit": "Tokens"},
    ),
    "CommitmentDiscountUnit-UnitFormat": ("committed_usage", {"CommitmentDiscountUnit": "$"}),
    "ConsumedQuantity-NotNullOnUsage": ("usage", {"ConsumedQuantity": None}),
    "ConsumedQuantity-PositiveOnUsage": ("usage", {"ConsumedQuantity": Decimal(0)}),
    "ConsumedQuantity-NullOtherwise": ("purchase", {"ConsumedQuantity": Decimal(1)}),
    "ConsumedUnit-NotNullOnUsage": ("usage", {"ConsumedUnit": None}),
    "ConsumedUnit-NullOtherwise": ("unused_commitment", {"ConsumedUnit": "Tokens"}),
    "ConsumedUnit-UnitFormat": ("usage", {"ConsumedUnit": "Tokens / 1M"}),
    "ContractedCost-PriceTimesQuantity": (
        "usage",
        {"ContractedCost": Decimal("7.500000000300000001")},
    ),
    "ContractedCost-BilledCostOnCredit": ("credit", {"ContractedCost": Decimal(-1)}),
    "ContractedUnitPrice-NotNegative": ("adjustment", {"ContractedUnitPrice": Decimal(-1)}),
    "EffectiveCost-ZeroOnCommitmentPurchase": (
        "commitment_purchase",
        {"EffectiveCost": Decimal(120)},
    ),
    "EffectiveCost-BilledCostOnCredit": ("credit", {"EffectiveCost": Decimal(-1)}),
    "ListCost-PriceTimesQuantity": ("usage", {"ListCost": Decimal("7.500000025300000002")}),
    "ListCost-BilledCostOnCredit": ("credit", {"ListCost": Decimal(-1)}),
    "ListUnitPrice-NotNegative": ("correction", {"ListUnitPrice": Decimal(-1)}),
    "PricingCategory-CommittedUnderCommitment": (
        "committed_usage",
        {"PricingCategory": "Standard"},
    ),
    "PricingUnit-UnitFormat": ("usage", {"PricingUnit": "1,000,000 Tokens"}),
    "RegionId-NotNullWithName": ("usage", {"RegionId": None}),
    "RegionName-NotNullWithId": ("usage", {"RegionName": None}),
    "ResourceName-NotCopyOfId": ("usage", {"ResourceName": "key-1"}),
    "ResourceType-NotNullWithId": ("usage", {"ResourceType": None}),
    "ResourceType-NullWithoutId": ("usage", {"ResourceId": None}),
    "ServiceCategory-OnePerService": ("usage", {"ServiceCategory": "Other"}),
    "ServiceSubcategory-BelongsToCategory": ("usage", {"ServiceCategory": "Compute"}),
    "ServiceSubcategory-OnePerService": ("usage", {"ServiceSubcategory": "AI Platforms"}),
    "SkuMeter-NullWithoutSku": ("tax", {"SkuMeter": "Tax"}),
    "SkuMeter-NotNullWithSku": ("usage", {"SkuMeter": None}),
    "SkuMeter-OnePerSku": ("usage", {"SkuMeter": "Output tokens"}),
    "SkuPriceDetails-KeyValue": ("usage", {"SkuPriceDetails": '{"Tier": ["a"]}'}),
    "SkuPriceDetails-UniqueKeys": ("usage", {"SkuPriceDetails": '{"Tier": 1, "Tier": 2}'}),
    "SkuPriceDetails-PascalCaseKeys": ("usage", {"SkuPriceDetails": '{"tier": "a"}'}),
    "SkuPriceDetails-NullWithoutSkuPrice": ("tax", {"SkuPriceDetails": "{}"}),
    "SkuPriceDetails-SharedBySkuPrice": (
        "committed_usage",
        {"ChargePeriodStart": "2026-05-03", "SkuPriceDetails": None},
    ),
    "SkuPriceDetails-StableOverTime": ("committed_usage", {"SkuPriceDetails": "{}"}),
    "SkuPriceId-OneSku": ("usage", {"SkuId": "model-b/input"}),
    "SkuPriceId-OneUnitPrice": (
        "committed_usage",
        {"ChargePeriodStart": "2026-05-03", "ListUnitPrice": Decimal(4)},
    ),
    "SubAccountId-NotNullWithName": ("tax", {"SubAccountName": "Project"}),
    "SubAccountName-NullWithoutId": ("usage", {"SubAccountId": None}),
    "Tags-KeyValue": ("usage", {"Tags": "team=a"}),
    "Tags-UniqueKeys": ("usage", {"Tags": '{"team": "a", "team": "b"}'}),
}


def breaking_case(rule):
    """(row name, changes, changed types) that break a rule; KeyError for a rule without a case."""
    column, name = rule["column_name"], rule["rule_id"].rsplit("-", 1)[-1]
    # The last part alone names the family, whatever the version before it.
    if name == "Type":
        wrong = WRONG_TYPE.get(TYPES[column], "double")
        return "usage", ({column: None} if wrong == "integer" else {}), {column: wrong}
    if name == "NotEmpty":
        return "usage", {column: " "}, {}
    if name == "NotNull":
        return "usage", {column: None}, {}
    if name == "NotNullWhenPriced":
        return "purchase", {column: None}, {}
    if name == "NullOnTax":
        return "tax", {column: FILLED[column]}, {}
    if name == "WholeSeconds":
        return "usage", {column: "2026-05-03 00:00:00.5"}, {}
    if name == "AllowedValue":
        return "usage", {column: "Something else"}, {}
    row, changes = CASES[f"{column}-{name}"]
    return row, changes, {}


@pytest.fixture(scope="module")
def macro():
    """The SQL generator of macros/focus/evaluate_rules.sql, as dbt would call it."""
    source = (ROOT / "macros" / "focus" / "evaluate_rules.sql").read_text(encoding="utf-8")
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    return environment.from_string(source).module.rule_counts


@pytest.fixture(scope="module")
def database():
    """An in-memory database with the two seeds that expressions may read."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for seed in ("currency_codes", "service_subcategories"):
            connection.read_csv(str(SEEDS / f"{seed}.csv"), all_varchar=True).create(seed)
        yield connection


def load(database, rows, types=None):
    """(Re)creates the table `charges` with the contract's types, `types` replacing some."""
    types = {**TYPES, **(types or {})}
    columns = ", ".join(f'"{name}" {type_}' for name, type_ in types.items())
    database.execute(f"create or replace table charges ({columns})")
    # An integer column takes none of our texts; the type is wrong whatever it holds.
    values = [
        [None if type_ == "integer" else row.get(name) for name, type_ in types.items()]
        for row in rows
    ]
    if values:
        marks = ", ".join(f"({', '.join('?' for _ in types)})" for _ in values)
        database.execute(f"insert into charges values {marks}", [*chain(*values)])


def violations(database, macro, rules):
    """rule_id -> (violations, example) of the rules on the table `charges`."""
    example = 'concat_ws(\' \', "SkuPriceId", "ChargePeriodStart")'
    found = database.execute(str(macro(list(rules), "charges", example))).fetchall()
    return {rule_id: (count, text) for rule_id, count, text in found}


def test_conformant_rows_violate_nothing(database, macro):
    load(database, CONFORMANT.values())
    found = violations(database, macro, RULES_1_1.values())
    assert found.keys() == RULES_1_1.keys()
    assert {key: value for key, value in found.items() if value != (0, None)} == {}


def test_no_rows_violate_nothing(database, macro):
    load(database, [])
    found = violations(database, macro, RULES_1_1.values())
    assert found.keys() == RULES_1_1.keys()
    assert {count for count, _ in found.values()} == {0}


@pytest.mark.parametrize("rule_id", RULES_1_1)
def test_breaking_row_is_reported(database, macro, rule_id):
    rule = RULES_1_1[rule_id]
    broken, changes, types = breaking_case(rule)
    rows = {**CONFORMANT, broken: {**CONFORMANT[broken], **changes}}
    load(database, rows.values(), types)
    count, example = violations(database, macro, [rule])[rule_id]
    assert count > 0
    assert example is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"Tags": "[1, 2]"},
        {"Tags": '{"a": {"b": 1}}'},
        {"Tags": ""},
        {"SkuPriceDetails": "not json"},
    ],
)
def test_key_value_columns_hold_flat_objects(database, macro, changes):
    (column,) = changes
    rule = RULES_1_1[f"{VERSION}-{column}-KeyValue"]
    load(database, [{**USAGE, **changes}])
    assert violations(database, macro, [rule])[rule["rule_id"]][0] == 1


@pytest.mark.parametrize(
    "unit",
    ["Tokens", "1000000 Tokens", "Seat-Months", "GB-Hours", "GB/Hour", "Units/3 Months", "vCPU"],
)
def test_usual_units_are_accepted(database, macro, unit):
    rule = RULES_1_1[f"{VERSION}-PricingUnit-UnitFormat"]
    load(database, [{**USAGE, "PricingUnit": unit}])
    assert violations(database, macro, [rule])[rule["rule_id"]][0] == 0


def test_every_case_belongs_to_a_rule():
    names = {rule_id.removeprefix(f"{VERSION}-") for rule_id in RULES_1_1}
    assert CASES.keys() <= names


def test_every_column_has_a_rule_and_no_other_is_named():
    focus = {name for name in TYPES if not name.startswith("x_")}
    assert len(focus) == 50
    assert {rule["column_name"] for rule in RULES_1_1.values()} == focus
    assert {row["column_name"] for row in read_seed("focus_1_1_not_visible")} <= focus
