"""Changes that break the rules of attributes (ATT-), which hold in every dataset that uses them.

rule -> [(dataset, changes)]: the changes apply to a plain usage row of Cost and Usage, else to the
first row of the dataset's file. A rule has one case for each dataset on which it is checked.
"""

from decimal import Decimal

UNIT_COLUMNS = {"CostAndUsage": "ConsumedUnit", "ContractCommitment": "ContractCommitmentUnit"}


def unit(text):
    """A unit in each dataset that has units."""
    return [(dataset, {column: text}) for dataset, column in UNIT_COLUMNS.items()]


def key_values(text):
    """A text in a key-value column of each dataset that has such columns."""
    return [("CostAndUsage", {"Tags": text}), ("InvoiceDetail", {"InvoiceDetailGrain": text})]


def objects(applied, applicability):
    """Texts in a column with JSON objects of each dataset that has such columns."""
    return [
        ("CostAndUsage", {"ContractApplied": applied}),
        ("ContractCommitment", {"ContractCommitmentApplicability": applicability}),
    ]


def elements(*texts):
    """A ContractApplied object."""
    return '{"Elements": [' + ", ".join(texts) + "]}"


def values(text):
    """A ContractCommitmentApplicability object whose inclusion has these values."""
    return (
        '{"InclusionOperator": "And", "Inclusions": [{"Dimension": "ServiceName",'
        f' "Operator": "In", "Values": {text}}}]}}'
    )


APPLIED = '{"ContractId": "a", "ContractCommitmentId": "b", "ContractCommitmentAppliedCost": 1}'

BREAKING = {
    "ATT-DateTimeFormat-A-002-M": [
        ("CostAndUsage", {"ChargePeriodEnd": "infinity"}),
        ("BillingPeriod", {"BillingPeriodEnd": "infinity"}),
        ("InvoiceDetail", {"PaymentDueDate": "infinity"}),
        ("ContractCommitment", {"ContractPeriodEnd": "12026-01-01 00:00:00"}),
    ],
    "ATT-DateTimeFormat-A-008-M": [
        ("CostAndUsage", {"ChargePeriodStart": "2026-05-03 00:00:00.5"}),
        ("BillingPeriod", {"BillingPeriodLastUpdated": "2026-06-05 08:30:00.123"}),
        ("InvoiceDetail", {"InvoiceDetailCreated": "2026-06-02 00:00:00.001"}),
        ("ContractCommitment", {"ContractCommitmentCreated": "2025-12-15 00:00:00.25"}),
    ],
    "ATT-NullHandling-A-001-C": [
        ("CostAndUsage", {"RegionId": "null"}),
        ("InvoiceDetail", {"PurchaseOrderNumber": "n/a"}),
        ("ContractCommitment", {"ContractCommitmentDescription": ""}),
    ],
    "ATT-NullHandling-A-002-C": [
        ("CostAndUsage", {"ServiceName": "Not Applicable"}),
        ("BillingPeriod", {"InvoiceIssuerName": "-"}),
        ("InvoiceDetail", {"PaymentTerms": "N/A"}),
        ("ContractCommitment", {"ContractCommitmentType": "None"}),
    ],
    "ATT-NullHandling-A-003-C": [
        ("CostAndUsage", {"ConsumedQuantity": Decimal(0), "ConsumedUnit": None}),
        (
            "ContractCommitment",
            {"ContractCommitmentQuantity": Decimal(0), "ContractCommitmentUnit": None},
        ),
    ],
    "ATT-KeyValueFormat-A-001-M": key_values("team=a"),
    "ATT-KeyValueFormat-A-002-M": key_values('{"x_Team": "a", "x_Team": "b"}'),
    "ATT-KeyValueFormat-A-003-M": key_values('{"x_Share": NaN}'),
    "ATT-KeyValueFormat-A-004-M": key_values('{"x_Team": ["a"]}'),
    "ATT-UnitFormat-A-006-M": unit("1000"),
    "ATT-UnitFormat-A-007-M": unit("Gigabyte-Months"),
    "ATT-UnitFormat-A-008-M": unit("GBs"),
    "ATT-UnitFormat-A-009-C": unit("Zettabytes"),
    "ATT-UnitFormat-A-010-C": unit("Bits"),
    "ATT-UnitFormat-A-011-M": unit("Weeks"),
    "ATT-UnitFormat-A-012-O": unit("1000 tokens"),
    "ATT-UnitFormat-A-013-O": unit("users"),
    "ATT-UnitFormat-A-016-M": unit("GB Hours"),
    "ATT-UnitFormat-A-017-O": unit("Requests-Month"),
    "ATT-UnitFormat-A-018-M": unit("GB per Hour"),
    "ATT-UnitFormat-A-020-O": unit("Units/3 Month"),
    "ATT-UnitFormat-A-021-O": unit("Core-Hours/Days"),
    "ATT-UnitFormat-A-022-O": unit("GB/Hours"),
    "ATT-UnitFormat-A-023-O": unit("Token"),
    "ATT-UnitFormat-A-024-O": unit("1,000 Tokens"),
    "ATT-JsonObjectFormat-A-001-M": objects("[1]", '{"IsGlobalScope": true,}'),
    "ATT-JsonObjectFormat-A-003-M": objects(
        elements('{"ContractId": "a", "ContractId": "b", "ContractCommitmentId": "c"}'),
        '{"IsGlobalScope": true, "IsGlobalScope": true}',
    ),
    "ATT-JsonObjectFormat-A-004-M": objects(
        elements(APPLIED.replace("1}", "NaN}")),
        '{"IsGlobalScope": true, "Applicability": {"Cost": Infinity}}',
    ),
    "ATT-JsonObjectFormat-A-006-M": objects(elements(APPLIED, '"b"'), values('["a", 1]')),
    "ATT-JsonObjectFormat-A-007-M": objects(elements(APPLIED, APPLIED), values('["a", "a"]')),
    "ATT-JsonObjectFormat-A-008-M": objects(elements(APPLIED, "null"), values('["a", null]')),
    "ATT-JsonObjectFormat-A-009-M": objects(
        elements('{"ContractId": "a"}'), '{"Inclusions": [{"Dimension": "ServiceName"}]}'
    ),
    "ATT-JsonObjectFormat-A-011-O": objects(
        elements('{"x_Terms": {"x_Tier": {"x_From": 1}}}'), '{"a": {"b": {"c": {"d": 1}}}}'
    ),
    "ATT-DeliveryHandling-A-001-M": [
        (
            "BillingPeriod",
            {
                "BillingPeriodStart": "2026-06-01 00:00:00",
                "BillingPeriodEnd": "2026-07-01 00:00:00",
            },
        ),
        ("InvoiceDetail", {"InvoiceDetailId": "2"}),
        ("ContractCommitment", {"ContractCommitmentId": "MSA-1/SEATS"}),
    ],
    "ATT-CurrencyFormat-A-001-M": [
        ("CostAndUsage", {"PricingCurrency": "usd"}),
        ("InvoiceDetail", {"BillingCurrency": "US$"}),
        ("ContractCommitment", {"PricingCurrency": "Credits"}),
    ],
    "ATT-CurrencyFormat-A-004-M": [
        ("CostAndUsage", {"BillingCurrency": "EURO"}),
        ("CostAndUsage", {"BillingCurrency": "XXX"}),
        ("CostAndUsage", {"PricingCurrency": "AIC"}),
        ("InvoiceDetail", {"BillingCurrency": "AIC"}),
        ("ContractCommitment", {"BillingCurrency": "UKP"}),
    ],
    "ATT-StringHandling-A-007-O": [
        ("CostAndUsage", {"SkuId": ""}),
        ("BillingPeriod", {"InvoiceIssuerName": ""}),
        ("InvoiceDetail", {"PaymentTerms": ""}),
        ("ContractCommitment", {"ContractCommitmentType": ""}),
    ],
    "ATT-StringHandling-A-011-C": [("InvoiceDetail", {"BillingAccountId": "ORG-1"})],
    "ATT-StringHandling-A-015-O": [
        ("CostAndUsage", {"SkuId": " "}),
        ("BillingPeriod", {"InvoiceIssuerName": "\t"}),
        ("InvoiceDetail", {"PaymentTerms": "  "}),
        ("ContractCommitment", {"ContractCommitmentType": "\n"}),
    ],
    "ATT-FocusColumnHandling-A-011-M": [
        ("CostAndUsage", {"PricingCategory": "On-Demand"}),
        ("InvoiceDetail", {"ChargeCategory": "Discount"}),
        ("ContractCommitment", {"ContractCommitmentOfferCategory": "Private"}),
    ],
}
