"""Conformant rows of FOCUS 1.4 Contract Commitment, and rows that break each rule that is checked.

A spend commitment, a seat agreement, a prepaid credit, a capacity that is paid partly upfront and
the older version of the spend commitment. `BREAKING` names for a rule the row that is changed and
the changes; a rule across datasets names the dataset first. The charges that such rules read are
COST_AND_USAGE_ROWS of invoice_detail.py.
"""

from decimal import Decimal

SERVICE = '{"Dimension": "ServiceName", "Operator": "In", "Values": ["Vendor API"]}'


def applicability(inclusion, exclusions=None):
    """An applicability with one inclusion and perhaps exclusions."""
    parts = f'"InclusionOperator": "And", "Inclusions": [{inclusion}]'
    if exclusions:
        parts += f', "ExclusionOperator": "Or", "Exclusions": [{exclusions}]'
    return "{" + parts + "}"


SPEND = {
    "BillingCurrency": "USD",
    "ContractCommitmentApplicability": applicability(SERVICE),
    "ContractCommitmentBenefitCategory": "Discount",
    "ContractCommitmentCategory": "Spend",
    "ContractCommitmentCost": Decimal(6000),
    "ContractCommitmentCreated": "2025-12-15 00:00:00",
    "ContractCommitmentDescription": "6000 USD in the year 2026 at 5 percent off",
    "ContractCommitmentDiscountPercentage": Decimal("0.05"),
    "ContractCommitmentDurationType": "1 Year",
    "ContractCommitmentFulfillmentInterval": "Total Term",
    "ContractCommitmentId": "MSA-1/SPEND",
    "ContractCommitmentLastUpdated": "2026-01-01 00:00:00",
    "ContractCommitmentLifecycleStatus": "Active",
    "ContractCommitmentModel": "Discontinuous",
    "ContractCommitmentOfferCategory": "Negotiated",
    "ContractCommitmentPaymentInterval": "Monthly",
    "ContractCommitmentPaymentModel": "No Upfront",
    "ContractCommitmentPaymentUpfrontPercentage": Decimal(0),
    "ContractCommitmentPeriodEnd": "2027-01-01 00:00:00",
    "ContractCommitmentPeriodStart": "2026-01-01 00:00:00",
    "ContractCommitmentQuantity": None,
    "ContractCommitmentType": "Spend Commitment",
    "ContractCommitmentUnit": None,
    "ContractId": "MSA-1",
    "ContractPeriodEnd": "2028-01-01 00:00:00",
    "ContractPeriodStart": "2025-01-01 00:00:00",
    "InvoiceIssuerName": "Vendor",
    "PricingCurrency": "USD",
    "PricingCurrencyContractCommitmentCost": Decimal(6000),
    "ServiceProviderName": "Vendor",
}
NO_COST = {
    "BillingCurrency": None,
    "ContractCommitmentCategory": "Usage",
    "ContractCommitmentCost": None,
    "ContractCommitmentDiscountPercentage": None,
    "PricingCurrencyContractCommitmentCost": None,
}

ROWS = {
    "spend": SPEND,
    "seats": {
        **SPEND,
        **NO_COST,
        "ContractCommitmentApplicability": applicability(
            '{"Dimension": "SkuMeter", "Operator": "In", "Values": ["Seats", "Users"],'
            ' "Applicability": {"Usage": 1}}',
            '{"Dimension": "SubAccountId", "Operator": "StartsWith", "Values": ["trial-"]},'
            ' {"Dimension": "x_PlanType", "Operator": "Exists", "Values": ["*"]}',
        ),
        "ContractCommitmentBenefitCategory": "Entitlement",
        "ContractCommitmentDescription": "100 seats a month",
        "ContractCommitmentDurationType": "12 Months",
        "ContractCommitmentFulfillmentInterval": "Monthly",
        "ContractCommitmentId": "MSA-1/SEATS",
        "ContractCommitmentModel": "Continuous",
        "ContractCommitmentQuantity": Decimal(100),
        "ContractCommitmentType": "Seat Agreement",
        "ContractCommitmentUnit": "Seats",
    },
    "prepaid": {
        **SPEND,
        "ContractCommitmentApplicability": (
            '{"IsGlobalScope": true, "Applicability": {"Cost": 1.0, "Usage": 0}}'
        ),
        "ContractCommitmentBenefitCategory": "Entitlement",
        "ContractCommitmentCost": Decimal("2300"),
        "ContractCommitmentCreated": "2026-04-01 00:00:00",
        "ContractCommitmentDescription": "API credit paid in April 2026",
        "ContractCommitmentDiscountPercentage": None,
        "ContractCommitmentId": "PREPAID-4",
        "ContractCommitmentLastUpdated": "2026-05-20 10:00:00",
        "ContractCommitmentLifecycleStatus": "Exhausted",
        "ContractCommitmentOfferCategory": "Public",
        "ContractCommitmentPaymentInterval": "One-Time",
        "ContractCommitmentPaymentModel": "All Upfront",
        "ContractCommitmentPaymentUpfrontPercentage": Decimal(1),
        "ContractCommitmentPeriodEnd": "2027-04-01 00:00:00",
        "ContractCommitmentPeriodStart": "2026-04-01 00:00:00",
        "ContractCommitmentType": "Prepaid Credit",
        "ContractId": "PREPAID-4",
        "ContractPeriodEnd": "2027-04-01 00:00:00",
        "ContractPeriodStart": "2026-04-01 00:00:00",
        "PricingCurrency": "EUR",
        "PricingCurrencyContractCommitmentCost": Decimal("2116"),
    },
    "capacity": {
        **SPEND,
        **NO_COST,
        "ContractCommitmentApplicability": '{"IsComplexScope": true}',
        "ContractCommitmentBenefitCategory": "Availability",
        "ContractCommitmentDescription": "Provisioned throughput",
        "ContractCommitmentDurationType": "6 Months",
        "ContractCommitmentFulfillmentInterval": "Hourly",
        "ContractCommitmentId": "MSA-1/CAPACITY",
        "ContractCommitmentLastUpdated": "2026-07-01 00:00:00",
        "ContractCommitmentLifecycleStatus": "Expired",
        "ContractCommitmentModel": "Continuous",
        "ContractCommitmentPaymentInterval": "Quarterly",
        "ContractCommitmentPaymentModel": "Partial Upfront",
        "ContractCommitmentPaymentUpfrontPercentage": Decimal("0.4"),
        "ContractCommitmentPeriodEnd": "2026-07-01 00:00:00",
        "ContractCommitmentQuantity": Decimal(8),
        "ContractCommitmentType": "Provisioned Throughput",
        "ContractCommitmentUnit": "Unit-Hours",
    },
    "superseded": {
        **SPEND,
        "ContractCommitmentCost": Decimal(3000),
        "ContractCommitmentCreated": "2025-01-01 00:00:00",
        "ContractCommitmentId": "MSA-1/SPEND-2025",
        "ContractCommitmentLastUpdated": "2025-12-15 00:00:00",
        "ContractCommitmentLifecycleStatus": "Superseded",
        "ContractCommitmentPeriodStart": "2025-01-01 00:00:00",
        "PricingCurrencyContractCommitmentCost": Decimal(3000),
    },
}


def applies_to(text):
    """The spend commitment with another applicability."""
    return [("spend", {"ContractCommitmentApplicability": text})]


def rule(**changes):
    """An applicability with one inclusion, parts of which are changed."""
    parts = {"Dimension": '"ServiceName"', "Operator": '"In"', "Values": '["Vendor API"]'} | changes
    inner = ", ".join(f'"{name}": {value}' for name, value in parts.items())
    return applies_to(applicability("{" + inner + "}"))


def exclusion(text):
    """An applicability with one exclusion."""
    return applies_to(applicability(SERVICE, text))


OBJECT = "CCT-ContractCommitmentApplicabilityObject-O"

BREAKING = {
    "CCT-ContractCommitment-D-016-C": [
        ("ContractCommitment", "spend", {"ContractCommitmentId": "MSA-1/SPEND-2026"})
    ],
    "CCT-ContractCommitment-D-039-M": [("seats", {"ContractCommitmentDescription": " "})],
    f"{OBJECT}-002-C": applies_to("{}"),
    f"{OBJECT}-004-M": applies_to('{"IsGlobalScope": true, "Applicability": {"Cost": 50}}'),
    f"{OBJECT}-005-M": applies_to('{"IsGlobalScope": true, "Applicability": {"Usage": "0.5"}}'),
    f"{OBJECT}-006-M": rule(Applicability='{"Cost": -0.1}'),
    f"{OBJECT}-007-M": rule(Applicability='{"Usage": 1.01}'),
    f"{OBJECT}-008-O": rule(Dimension='"Service"'),
    f"{OBJECT}-009-O": exclusion(
        '{"Dimension": "ProviderName", "Operator": "In", "Values": ["Vendor"]}'
    ),
    f"{OBJECT}-010-C": rule(Values='["*", "Vendor API"]'),
    f"{OBJECT}-011-C": exclusion(
        '{"Dimension": "RegionId", "Operator": "In", "Values": ["eu-1", "*"]}'
    ),
    "CCT-ContractCommitmentApplicability-C-001-M": applies_to("ServiceName = Vendor API"),
    "CCT-ContractCommitmentType-C-004-M": [
        ("ContractCommitment", "superseded", {"ContractCommitmentType": "SPEND_COMMITMENT"})
    ],
    "CCT-BillingCurrency-C-005-M": [
        ("ContractCommitment", "spend", {"BillingCurrency": "EUR", "PricingCurrency": "EUR"})
    ],
    "CCT-PricingCurrencyContractCommitmentCost-C-006-M": [
        ("spend", {"PricingCurrencyContractCommitmentCost": Decimal("5520")})
    ],
    "CCT-ContractCommitmentCost-C-007-M": [("seats", {"ContractCommitmentCost": Decimal(1900)})],
    "CCT-ContractCommitmentPeriodStart-C-004-M": [
        ("spend", {"ContractCommitmentPeriodStart": "2025-12-31 23:59:59"})
    ],
    "CCT-ContractCommitmentPeriodEnd-C-004-M": [
        ("spend", {"ContractCommitmentPeriodEnd": "2026-12-31 23:59:59"})
    ],
    "CCT-ContractPeriodStart-C-004-M": [("spend", {"ContractPeriodStart": "2029-01-01 00:00:00"})],
    "CCT-ContractPeriodEnd-C-004-M": [("spend", {"ContractPeriodEnd": "2027-12-31 23:59:59"})],
    "CCT-ContractCommitmentPaymentInterval-C-005-O": [
        ("capacity", {"ContractCommitmentPaymentInterval": "Annual"})
    ],
    "CCT-ContractId-C-005-M": [("prepaid", {"ContractId": "MSA-1"})],
    "CCT-ContractCommitmentPaymentUpfrontPercentage-C-007-C": [
        ("capacity", {"ContractCommitmentPaymentUpfrontPercentage": Decimal(1)})
    ],
    "CCT-ContractCommitmentLastUpdated-C-004-C": [
        ("spend", {"ContractCommitmentLastUpdated": "2025-12-20 00:00:00"})
    ],
    "CCT-ContractCommitmentDurationType-C-006-O": [
        ("spend", {"ContractCommitmentDurationType": "365 Days"})
    ],
    "CCT-InvoiceIssuerName-C-004-M": [
        ("ContractCommitment", "spend", {"InvoiceIssuerName": "VENDOR"})
    ],
    "CCT-ContractCommitmentId-C-005-M": [("seats", {"ContractCommitmentId": "MSA-1/SPEND"})],
}
