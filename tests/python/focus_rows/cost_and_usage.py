"""Conformant Cost and Usage rows of FOCUS 1.4, and the rows that break each checked dynamic rule.

ROWS violate no rule. BREAKING names, per rule, what to change in them so that the rule is violated.
The rows also carry ProviderName and PublisherName, which FOCUS 1.1 to 1.3 have and 1.4 has not.

Rules across datasets read RELATED_ROWS too: the few rows of the other datasets that belong to ROWS.
They hold the columns that those rules read.
"""

import json
from decimal import Decimal

COLUMNS = (
    *("AllocatedMethodDetails", "AllocatedMethodId", "AllocatedResourceId"),
    *("AllocatedResourceName", "AllocatedTags", "AvailabilityZone", "BilledCost"),
    *("BillingAccountId", "BillingAccountName", "BillingAccountType", "BillingCurrency"),
    *("BillingPeriodEnd", "BillingPeriodStart", "CapacityReservationId"),
    *("CapacityReservationStatus", "ChargeCategory", "ChargeClass", "ChargeDescription"),
    *("ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart", "CommitmentDiscountCategory"),
    *("CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountQuantity"),
    *("CommitmentDiscountStatus", "CommitmentDiscountType", "CommitmentDiscountUnit"),
    *("CommitmentProgramEligibilityDetails", "ConsumedQuantity", "ConsumedUnit"),
    *("ContractApplied", "ContractedCost", "ContractedUnitPrice", "EffectiveCost"),
    *("HostProviderName", "InvoiceDetailId", "InvoiceId", "InvoiceIssuerName", "ListCost"),
    *("ListUnitPrice", "PricingCategory", "PricingCurrency"),
    *("PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost"),
    *("PricingCurrencyListUnitPrice", "PricingQuantity", "PricingUnit", "RegionId"),
    *("RegionName", "ResourceId", "ResourceName", "ResourceType", "ServiceCategory"),
    *("ServiceName", "ServiceProviderName", "ServiceSubcategory", "SkuId", "SkuMeter"),
    *("SkuPriceDetails", "SkuPriceId", "SubAccountId", "SubAccountName", "SubAccountType"),
    "Tags",
    # before 1.4
    *("ProviderName", "PublisherName"),
)

Row = dict[str, object]


def charge(*parts: Row, **changes: object) -> Row:
    """A row of all columns: null unless one of the parts, or a change, fills the column."""
    row: Row = dict.fromkeys(COLUMNS)
    for part in (*parts, changes):
        unknown = part.keys() - row.keys()
        if unknown:
            raise KeyError(f"no such column: {sorted(unknown)}")
        row |= part
    return row


def day(number: int) -> Row:
    """The charge period of one day in May."""
    return {
        "ChargePeriodStart": f"2026-05-{number:02} 00:00:00",
        "ChargePeriodEnd": f"2026-05-{number + 1:02} 00:00:00",
    }


def invoiced(detail: str, invoice: str = "INV-2026-05") -> Row:
    """The invoice line a charge stands on."""
    return {"InvoiceId": invoice, "InvoiceDetailId": f"{invoice}-{detail}"}


def costs(billed: str, **others: Decimal) -> Row:
    """The cost columns of a row priced in its billing currency, equal unless stated otherwise."""
    names = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
    amounts: Row = {name: Decimal(billed) for name in names} | others
    return {"PricingCurrencyEffectiveCost": amounts["EffectiveCost"]} | amounts


def priced(quantity: str, unit: str, contracted: str, list_price: str | None = None) -> Row:
    """The price columns of a row priced in its billing currency."""
    listed = Decimal(list_price or contracted)
    return {
        "PricingCategory": "Standard",
        "PricingQuantity": Decimal(quantity),
        "PricingUnit": unit,
        "ListUnitPrice": listed,
        "ContractedUnitPrice": Decimal(contracted),
        "PricingCurrencyListUnitPrice": listed,
        "PricingCurrencyContractedUnitPrice": Decimal(contracted),
    }


COMMON: Row = {
    "BillingAccountId": "org-1",
    "BillingAccountName": "Example Ltd",
    "BillingAccountType": "Organization",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-05-01 00:00:00",
    "BillingPeriodEnd": "2026-06-01 00:00:00",
    "ChargeDescription": "A charge",
    "HostProviderName": "Vendor",
    "InvoiceIssuerName": "Vendor",
    "PricingCurrency": "USD",
    "ServiceCategory": "AI and Machine Learning",
    "ServiceSubcategory": "Generative AI",
    "ServiceName": "Vendor API",
    "ServiceProviderName": "Vendor",
    "ProviderName": "Vendor",
    "PublisherName": "Vendor",
    **day(3),
}
TOKENS: Row = {
    "SkuId": "model-a/input",
    "SkuPriceId": "model-a/input/standard",
    "SkuMeter": "Input tokens",
    "SkuPriceDetails": '{"x_ModelId": "model-a", "x_TokenDirection": "Input"}',
    "ConsumedQuantity": Decimal(2500000),
    "ConsumedUnit": "Tokens",
    **priced("2.5", "1000000 Tokens", "3", "3.00000001"),
}
TOKEN_COSTS = costs("7.5", ListCost=Decimal("7.500000025"))
COVERED_COSTS = costs("7.5", BilledCost=Decimal(0), ListCost=Decimal("7.500000025"))
KEY: Row = {"ResourceId": "key-1", "ResourceName": "Batch key", "ResourceType": "API Key"}
USAGE: Row = {"ChargeCategory": "Usage", "ChargeFrequency": "Usage-Based"}
PLACE: Row = {
    "RegionId": "eu-1",
    "RegionName": "Europe",
    "SubAccountId": "project-1",
    "SubAccountName": "Project",
    "SubAccountType": "Project",
}
COMMITMENT: Row = {
    "CommitmentDiscountCategory": "Spend",
    "CommitmentDiscountId": "commit-1",
    "CommitmentDiscountName": "Yearly spend",
    "CommitmentDiscountType": "Prepaid",
    "CommitmentDiscountUnit": "USD",
}
# A commitment that is paid day by day, measured in tokens.
DAILY: Row = {
    "CommitmentDiscountCategory": "Usage",
    "CommitmentDiscountId": "commit-2",
    "CommitmentDiscountName": "Daily tokens",
    "CommitmentDiscountType": "Reserved tokens",
    "CommitmentDiscountUnit": "Tokens",
}
COMMITMENT_ITSELF: Row = {
    "ResourceId": "commit-1",
    "ResourceName": "Yearly spend",
    "ResourceType": "Commitment",
}
DAILY_ITSELF: Row = {
    "ResourceId": "commit-2",
    "ResourceName": "Daily tokens",
    "ResourceType": "Commitment",
}
USED: Row = {"CommitmentDiscountStatus": "Used", "PricingCategory": "Committed"}
UNUSED: Row = {
    "CommitmentDiscountStatus": "Unused",
    "ConsumedQuantity": None,
    "ConsumedUnit": None,
    "PricingCategory": "Committed",
}


def applied(*elements: Row) -> Row:
    """The contract commitments applied to a charge."""
    return {"ContractApplied": json.dumps({"Elements": elements})}


def eligible(*programs: str) -> Row:
    """The commitment programs a charge is eligible for."""
    listed = [{"ProgramType": program} for program in programs]
    return {"CommitmentProgramEligibilityDetails": json.dumps({"CommitmentPrograms": listed})}


def drawn(amount: float, contract: str = "contract-1") -> Row:
    """So much money of the yearly commitment."""
    return applied(
        {
            "ContractId": contract,
            "ContractCommitmentId": "commit-1",
            "ContractCommitmentAppliedCost": amount,
        }
    )


def tokens_drawn(quantity: int | None, unit: str | None) -> Row:
    """So many tokens of a commitment in a contract of its own."""
    return applied(
        {
            "ContractId": "contract-2",
            "ContractCommitmentId": "tokens-2",
            "ContractCommitmentAppliedCost": None,
            "ContractCommitmentAppliedQuantity": quantity,
            "ContractCommitmentAppliedUnit": unit,
        }
    )


def share(*elements: Row) -> Row:
    """How a part of a split charge was found."""
    return {"AllocatedMethodDetails": json.dumps({"Elements": elements})}


def tokens_share(ratio: float, quantity: int) -> Row:
    """A part by tokens."""
    return share({"AllocatedRatio": ratio, "UsageUnit": "Tokens", "UsageQuantity": quantity})


# One charge of 10 for a gateway, split by tokens: the parts differ in what they were given to.
SPLIT: Row = {
    **COMMON,
    **USAGE,
    **PLACE,
    "AllocatedMethodId": "by-tokens",
    "ConsumedUnit": "Hours",
    "ResourceId": "gateway-1",
    "ResourceName": "Gateway",
    "ResourceType": "Gateway",
    "SkuId": "gateway",
    "SkuPriceId": "gateway/hourly",
    "SkuMeter": "Gateway hours",
    "Tags": '{"team": "platform"}',
    **day(9),
    **invoiced("gateway"),
}

ROWS: dict[str, Row] = {
    "usage": charge(
        *(COMMON, TOKENS, TOKEN_COSTS, USAGE, KEY, PLACE, invoiced("usage")),
        Tags='{"team": "a", "beta": true, "n": 1, "none": null}',
    ),
    # Not on an invoice yet.
    "usage_to_come": charge(
        *(COMMON, TOKENS, TOKEN_COSTS, USAGE, KEY, PLACE),
        BillingPeriodStart="2026-06-01 00:00:00",
        BillingPeriodEnd="2026-07-01 00:00:00",
        ChargePeriodStart="2026-06-03 00:00:00",
        ChargePeriodEnd="2026-06-04 00:00:00",
    ),
    "usage_in_april": charge(
        *(COMMON, TOKENS, TOKEN_COSTS, USAGE, KEY, PLACE, invoiced("usage", "INV-2026-04")),
        BillingPeriodStart="2026-04-01 00:00:00",
        BillingPeriodEnd="2026-05-01 00:00:00",
        ChargePeriodStart="2026-04-03 00:00:00",
        ChargePeriodEnd="2026-04-04 00:00:00",
    ),
    # Takes back a day of April, which was invoiced.
    "correction": charge(
        *(COMMON, TOKENS, USAGE, KEY, PLACE, invoiced("correction")),
        costs("-7.5", ListCost=Decimal("-7.500000025")),
        ChargeClass="Correction",
        ChargePeriodStart="2026-04-03 00:00:00",
        ChargePeriodEnd="2026-04-04 00:00:00",
        ConsumedQuantity=Decimal(-2500000),
        PricingQuantity=Decimal("-2.5"),
    ),
    # Priced in euros, one of which is 1.25 dollars.
    "priced_in_euros": charge(
        *(COMMON, TOKENS, USAGE, PLACE, day(4), invoiced("euro")),
        costs("7.5", PricingCurrencyEffectiveCost=Decimal(6)),
        ListUnitPrice=Decimal(3),
        PricingCurrency="EUR",
        PricingCurrencyListUnitPrice=Decimal("2.4"),
        PricingCurrencyContractedUnitPrice=Decimal("2.4"),
        SkuId="model-e/input",
        SkuPriceId="model-e/input/standard",
        SkuPriceDetails='{"x_ModelId": "model-e", "x_TokenDirection": "Input"}',
    ),
    # Priced in credits of the vendor, of which 287.5 are included: XXX is the code for no currency.
    "priced_in_credits": charge(
        *(COMMON, USAGE, PLACE, day(5), invoiced("credits")),
        costs("1.25", ListCost=Decimal("4.125"), ContractedCost=Decimal("4.125")),
        priced("412.5", "AI Credits", "0.01"),
        ConsumedQuantity=Decimal("412.5"),
        ConsumedUnit="AI Credits",
        PricingCurrency="XXX",
        PricingCurrencyEffectiveCost=Decimal("412.5"),
        PricingCurrencyListUnitPrice=Decimal(1),
        PricingCurrencyContractedUnitPrice=Decimal(1),
        SkuId="credits",
        SkuPriceId="credits/0.01",
        SkuMeter="AI Credits",
    ),
    "virtual_machine": charge(
        *(COMMON, USAGE, PLACE, costs("4"), priced("8", "Hours", "0.5"), invoiced("machine")),
        AvailabilityZone="eu-1a",
        ConsumedQuantity=Decimal(8),
        ConsumedUnit="Hours",
        ResourceId="vm-1",
        ResourceName="Trainer",
        ResourceType="Virtual Machine",
        ServiceCategory="Compute",
        ServiceName="Vendor Machines",
        ServiceSubcategory="Virtual Machines",
        SkuId="machine",
        SkuPriceId="machine/hourly",
        SkuMeter="Machine hours",
        SkuPriceDetails='{"CoreCount": 4, "InstanceType": "m4", "x_Burst": false}',
    ),
    "seats": charge(
        *(COMMON, costs("50"), priced("2", "User-Months", "25"), invoiced("seats")),
        ChargeCategory="Purchase",
        ChargeFrequency="Recurring",
        ChargePeriodStart="2026-05-01 00:00:00",
        ChargePeriodEnd="2026-06-01 00:00:00",
        ServiceName="Vendor Chat",
        ServiceCategory="Business Applications",
        ServiceSubcategory="Productivity and Collaboration",
        SkuId="seat",
        SkuPriceId="seat/monthly",
        SkuMeter="Seats",
    ),
    "tax": charge(
        *(COMMON, costs("1.5"), invoiced("tax")),
        ChargeCategory="Tax",
        ChargeFrequency="One-Time",
        HostProviderName=None,
    ),
    "credit": charge(
        *(COMMON, costs("-2"), invoiced("credit")),
        ChargeCategory="Credit",
        ChargeFrequency="One-Time",
    ),
    "adjustment": charge(
        *(COMMON, costs("-0.01"), invoiced("adjustment")),
        ChargeCategory="Adjustment",
        ChargeFrequency="One-Time",
    ),
    # The yearly commitment: paid once, partly used, and a part of a day unused.
    "commitment_purchase": charge(
        *(COMMON, COMMITMENT, COMMITMENT_ITSELF, invoiced("commitment")),
        *(costs("120", EffectiveCost=Decimal(0)), priced("1", "Years", "120"), drawn(120)),
        ChargeCategory="Purchase",
        ChargeFrequency="One-Time",
        CommitmentDiscountQuantity=Decimal(120),
        SkuId="commitment",
        SkuPriceId="commitment/yearly",
        SkuMeter="Commitment",
    ),
    "committed_usage": charge(
        *(COMMON, TOKENS, COVERED_COSTS, USAGE, KEY, PLACE, COMMITMENT, USED, day(4)),
        *(drawn(7.5), eligible("Prepaid", "Reserved tokens"), invoiced("committed")),
        CapacityReservationId="capacity-1",
        CapacityReservationStatus="Used",
        CommitmentDiscountQuantity=Decimal("7.5"),
    ),
    "unused_commitment": charge(
        *(COMMON, USAGE, COMMITMENT, COMMITMENT_ITSELF, invoiced("committed"), day(5)),
        *(costs("1", BilledCost=Decimal(0)), priced("1", "USD", "1"), UNUSED, drawn(1)),
        CommitmentDiscountQuantity=Decimal(1),
        SkuId="commitment",
        SkuPriceId="commitment/unused",
        SkuMeter="Commitment",
    ),
    # The daily commitment of 4 million tokens: 2.5 million are used, 1.5 million are not.
    "daily_purchase": charge(
        *(COMMON, DAILY, DAILY_ITSELF, day(6), invoiced("daily")),
        *(costs("12", EffectiveCost=Decimal(0)), priced("1", "Days", "12")),
        ChargeCategory="Purchase",
        ChargeFrequency="Recurring",
        CommitmentDiscountQuantity=Decimal(4000000),
        SkuId="commitment/tokens",
        SkuPriceId="commitment/tokens/daily",
        SkuMeter="Token commitment",
    ),
    "daily_used": charge(
        *(COMMON, TOKENS, COVERED_COSTS, USAGE, KEY, PLACE, DAILY, USED, day(6)),
        *(eligible("Reserved tokens"), invoiced("committed")),
        CommitmentDiscountQuantity=Decimal(2500000),
    ),
    "daily_unused": charge(
        *(COMMON, USAGE, DAILY, DAILY_ITSELF, day(6), invoiced("committed")),
        *(costs("4.5", BilledCost=Decimal(0)), priced("1.5", "1000000 Tokens", "3"), UNUSED),
        CommitmentDiscountQuantity=Decimal(1500000),
        SkuId="commitment/tokens",
        SkuPriceId="commitment/tokens/unused",
        SkuMeter="Token commitment",
    ),
    "drawn_in_tokens": charge(
        *(COMMON, TOKENS, TOKEN_COSTS, USAGE, KEY, PLACE, day(7), invoiced("usage")),
        tokens_drawn(2500000, "Tokens"),
    ),
    "unused_capacity": charge(
        *(COMMON, USAGE, costs("3"), priced("3", "Hours", "1"), PLACE, day(8)),
        invoiced("capacity"),
        CapacityReservationId="capacity-1",
        CapacityReservationStatus="Unused",
        ConsumedQuantity=Decimal(3),
        ConsumedUnit="Hours",
        ResourceId="capacity-1",
        ResourceName="Reserved throughput",
        ResourceType="Capacity Reservation",
        SkuId="capacity",
        SkuPriceId="capacity/hourly",
        SkuMeter="Capacity hours",
    ),
    "allocated_to_a": charge(
        *(SPLIT, costs("5"), priced("5", "Hours", "1"), tokens_share(0.5, 500)),
        AllocatedResourceId="app-a",
        AllocatedResourceName="App A",
        AllocatedTags='{"team": "a", "x/y": "z"}',
        ConsumedQuantity=Decimal(5),
    ),
    "allocated_to_b": charge(
        *(SPLIT, costs("3"), priced("3", "Hours", "1")),
        share(
            {"AllocatedRatio": 0.2, "UsageUnit": "Tokens", "UsageQuantity": 200},
            {"AllocatedRatio": 0.1, "UsageUnit": "Requests", "UsageQuantity": 7},
        ),
        AllocatedResourceId="app-b",
        AllocatedResourceName="App B",
        AllocatedTags='{"team": "b"}',
        ConsumedQuantity=Decimal(3),
    ),
    "not_allocated": charge(
        *(SPLIT, costs("2"), priced("2", "Hours", "1"), share({"AllocatedRatio": 0.2})),
        ConsumedQuantity=Decimal(2),
    ),
}


def billing_period(month: int, status: str) -> Row:
    """A billing period of the vendor."""
    return {
        "BillingPeriodCreated": f"2026-{month:02}-01 00:00:00",
        "BillingPeriodEnd": f"2026-{month + 1:02}-01 00:00:00",
        "BillingPeriodLastUpdated": f"2026-{month + 1:02}-02 00:00:00",
        "BillingPeriodStart": f"2026-{month:02}-01 00:00:00",
        "BillingPeriodStatus": status,
        "InvoiceIssuerName": "Vendor",
    }


def invoice_details() -> dict[str, Row]:
    """The invoice lines that ROWS stand on, by InvoiceDetailId."""
    lines: dict[str, Row] = {}
    for row in ROWS.values():
        if row["InvoiceId"] is None:
            continue
        line = lines.setdefault(
            str(row["InvoiceDetailId"]),
            {
                "BilledCost": Decimal(0),
                "BillingAccountId": row["BillingAccountId"],
                "BillingCurrency": row["BillingCurrency"],
                "BillingPeriodEnd": row["BillingPeriodEnd"],
                "BillingPeriodStart": row["BillingPeriodStart"],
                "ChargeCategory": row["ChargeCategory"],
                "InvoiceDetailId": row["InvoiceDetailId"],
                "InvoiceId": row["InvoiceId"],
                "InvoiceIssueStatus": "Issued",
                "InvoiceIssuerName": row["InvoiceIssuerName"],
                "ReferenceInvoiceId": row["InvoiceId"],
            },
        )
        line["BilledCost"] += row["BilledCost"]
    return lines


def contract_commitment(contract: str, commitment: str, category: str, unit: str | None) -> Row:
    """A commitment of a contract that runs from January."""
    return {
        "BillingCurrency": "USD",
        "ContractCommitmentCategory": category,
        "ContractCommitmentId": commitment,
        "ContractCommitmentPeriodEnd": "2027-01-01 00:00:00",
        "ContractCommitmentPeriodStart": "2026-01-01 00:00:00",
        "ContractCommitmentUnit": unit,
        "ContractId": contract,
        "ContractPeriodEnd": "2027-01-01 00:00:00",
        "ContractPeriodStart": "2026-01-01 00:00:00",
        "InvoiceIssuerName": "Vendor",
        "ServiceProviderName": "Vendor",
    }


RELATED_ROWS: dict[str, dict[str, Row]] = {
    "billing_period": {
        "vendor_april": billing_period(4, "Closed"),
        "vendor_may": billing_period(5, "Closed"),
        "vendor_june": billing_period(6, "Open"),
    },
    "invoice_detail": invoice_details(),
    "contract_commitment": {
        "yearly_spend": contract_commitment("contract-1", "commit-1", "Spend", None),
        "tokens": contract_commitment("contract-2", "tokens-2", "Usage", "Tokens"),
    },
}

Break = tuple[str | None, Row] | tuple[str, str | None, Row]


def details(**properties: object) -> Row:
    """Properties of a price."""
    return {"SkuPriceDetails": json.dumps(properties)}


def program(**element: object) -> Row:
    """One commitment program, with all that is said of it."""
    return {"CommitmentProgramEligibilityDetails": json.dumps({"CommitmentPrograms": [element]})}


NOTHING: Row = {"ServiceName": None, "ResourceId": None}

# rule -> changes that break it: (name of a row, what changes in it) in Cost and Usage, or (dataset,
# name, changes). A name of None adds a row.
BREAKING: dict[str, list[Break]] = {
    # dataset
    "CAU-CostAndUsage-D-082-C": [
        ("daily_unused", {"CommitmentDiscountQuantity": Decimal(1400000)}),
    ],
    "CAU-CostAndUsage-D-091-O": [("credit", COMMITMENT)],
    "CAU-CostAndUsage-D-094-M": [("usage", {"RegionName": "N/A"})],
    # contracts
    "CAU-ContractAppliedObject-O-068-M": [
        (
            "contract_commitment",
            None,
            {
                **contract_commitment("contract-1", "commit-9", "Spend", None),
                "ContractPeriodStart": "2025-01-01 00:00:00",
            },
        ),
    ],
    "CAU-ContractAppliedObject-O-070-M": [
        (
            "contract_commitment",
            None,
            contract_commitment("contract-1", "commit-1", "Usage", "Tokens"),
        ),
    ],
    "CAU-ContractAppliedObject-O-072-M": [("committed_usage", drawn(7.5, "contract-9"))],
    "CAU-ContractAppliedObject-O-073-C": [("commitment_purchase", {"ResourceId": "order-1"})],
    "CAU-ContractAppliedObject-O-074-C": [("unused_commitment", {"ResourceId": "order-1"})],
    "CAU-ContractAppliedObject-O-077-M": [("drawn_in_tokens", tokens_drawn(2500000, " "))],
    "CAU-ContractAppliedObject-O-078-O": [("drawn_in_tokens", tokens_drawn(5, "Tokens (1M)"))],
    "CAU-ContractApplied-C-002-C": [("committed_usage", {"ContractApplied": None})],
    "CAU-ContractApplied-C-004-M": [("committed_usage", {"ContractApplied": '["contract-1"]'})],
    "CAU-ContractApplied-C-005-M": [("usage", {"ContractApplied": " "})],
    # allocation
    "CAU-AllocatedMethodDetailsObject-O-026-M": [
        ("allocated_to_b", share({"AllocatedRatio": 0.9}, {"AllocatedRatio": 0.2})),
    ],
    "CAU-AllocatedMethodDetailsObject-O-027-M": [("allocated_to_a", tokens_share(0.51, 510))],
    "CAU-AllocatedMethodDetailsObject-O-028-O": [
        (
            "allocated_to_a",
            share({"AllocatedRatio": 0.5, "UsageUnit": "1,000 Tokens", "UsageQuantity": 1}),
        ),
    ],
    "CAU-AllocatedMethodDetailsObject-O-030-O": [
        ("allocated_to_a", share({"AllocatedRatio": 0.5, "UsageUnit": "Tokens"})),
    ],
    "CAU-AllocatedMethodId-C-005-C": [("allocated_to_a", {"AllocatedMethodId": None})],
    "CAU-AllocatedResourceId-C-004-C": [("usage", {"AllocatedResourceId": "app-a"})],
    "CAU-AllocatedResourceId-C-006-C": [("allocated_to_a", {"AllocatedResourceId": None})],
    "CAU-AllocatedResourceId-C-008-O": [("allocated_to_b", {"AllocatedResourceId": "app-a"})],
    "CAU-AllocatedMethodDetails-C-005-C": [("usage", tokens_share(1, 1))],
    "CAU-AllocatedMethodDetails-C-006-C": [("not_allocated", {"AllocatedMethodDetails": None})],
    "CAU-AllocatedTags-C-003-C": [("usage", {"AllocatedTags": "{}"})],
    "CAU-AllocatedTags-C-006-M": [
        (
            "allocated_to_a",
            {"Tags": '{"team": "platform", "x/y": "z"}'},
        ),
    ],
    # commitment programs
    "CAU-CommitmentProgramEligibilityDetailsObject-O-002-M": [("usage", eligible(" "))],
    "CAU-CommitmentProgramEligibilityDetailsObject-O-003-C": [
        ("committed_usage", eligible("Savings plan")),
    ],
    "CAU-CommitmentProgramEligibilityDetails-C-004-C": [
        ("committed_usage", {"CommitmentProgramEligibilityDetails": None}),
    ],
    "CAU-CommitmentProgramEligibilityDetails-C-008-M": [
        ("usage", program(ProgramType="Prepaid", x_PaymentOption="Upfront")),
    ],
    # commitment discounts
    "CAU-CommitmentDiscountId-C-005-C": [("committed_usage", {"CommitmentDiscountId": None})],
    "CAU-CommitmentDiscountId-C-007-M": [
        ("committed_usage", {"CommitmentDiscountCategory": "Usage"}),
    ],
    "CAU-CommitmentDiscountId-C-009-C": [("daily_purchase", {"ResourceId": None})],
    "CAU-CommitmentDiscountId-C-010-C": [("daily_unused", {"ResourceId": "key-1"})],
    "CAU-CommitmentDiscountQuantity-C-011-C": [
        ("committed_usage", {"CommitmentDiscountQuantity": Decimal(120)}),
    ],
    "CAU-CommitmentDiscountQuantity-C-012-C": [
        ("daily_purchase", {"CommitmentDiscountQuantity": Decimal(3999999)}),
    ],
    "CAU-CommitmentDiscountQuantity-C-014-C": [
        ("committed_usage", {"CommitmentDiscountQuantity": Decimal(0)}),
    ],
    "CAU-CommitmentDiscountQuantity-C-015-C": [
        ("unused_commitment", {"CommitmentDiscountQuantity": Decimal(-1)}),
    ],
    "CAU-CommitmentDiscountStatus-C-006-C": [
        ("committed_usage", {"CommitmentDiscountStatus": "Unused"}),
    ],
    "CAU-CommitmentDiscountStatus-C-007-C": [
        ("unused_commitment", {"CommitmentDiscountStatus": "Used"}),
    ],
    "CAU-CommitmentDiscountUnit-C-008-M": [
        ("committed_usage", {"CommitmentDiscountUnit": "Tokens"}),
    ],
    "CAU-CommitmentDiscountUnit-C-009-M": [("daily_used", {"CommitmentDiscountUnit": "EUR"})],
    "CAU-CommitmentDiscountName-C-006-C": [("daily_used", {"CommitmentDiscountName": None})],
    # accounts
    "CAU-BillingAccountId-C-004-M": [("tax", {"BillingAccountName": "Another Ltd"})],
    "CAU-BillingAccountType-C-006-M": [("tax", {"BillingAccountType": "ORGANIZATION"})],
    "CAU-SubAccountType-C-006-M": [("usage", {"SubAccountType": "Workspace"})],
    "CAU-SubAccountId-C-005-C": [("usage", {"SubAccountId": None})],
    # invoices
    "CAU-BillingCurrency-C-005-M": [("tax", {"BillingCurrency": "EUR"})],
    "CAU-InvoiceId-C-004-C": [("tax", {"InvoiceId": "INV-2026-13"})],
    "CAU-InvoiceId-C-005-C": [("tax", {"InvoiceId": None})],
    "CAU-InvoiceId-C-007-C": [("tax", {"BillingAccountId": "org-2"})],
    "CAU-InvoiceDetailId-C-004-C": [("usage_to_come", {"InvoiceDetailId": "INV-2026-05-usage"})],
    "CAU-InvoiceDetailId-C-005-C": [("tax", {"InvoiceDetailId": None})],
    "CAU-InvoiceDetailId-C-007-M": [("tax", {"InvoiceDetailId": "INV-2026-05-levy"})],
    "CAU-InvoiceIssuerName-C-004-M": [("tax", {"InvoiceIssuerName": "Vendor Europe"})],
    # costs
    "CAU-PricingCurrencyEffectiveCost-C-006-M": [
        ("usage", {"PricingCurrencyEffectiveCost": Decimal(6)}),
    ],
    "CAU-PricingCurrencyEffectiveCost-C-007-M": [
        ("priced_in_euros", {"PricingCurrencyEffectiveCost": Decimal(-6)}),
    ],
    "CAU-ContractedCost-C-005-M": [("priced_in_euros", {"ContractedCost": Decimal(6)})],
    "CAU-ContractedCost-C-008-M": [("credit", {"ContractedCost": Decimal(-1)})],
    "CAU-ListCost-C-005-M": [("priced_in_euros", {"ListCost": Decimal(6)})],
    "CAU-ListCost-C-008-M": [("credit", {"ListCost": Decimal(-1)})],
    "CAU-ContractedUnitPrice-C-010-M": [
        ("priced_in_euros", {"ContractedUnitPrice": Decimal("2.4")}),
    ],
    "CAU-ListUnitPrice-C-009-M": [("priced_in_euros", {"ListUnitPrice": Decimal("2.4")})],
    "CAU-BilledCost-C-006-M": [("priced_in_euros", {"BilledCost": Decimal(6)})],
    "CAU-EffectiveCost-C-006-M": [("priced_in_euros", {"EffectiveCost": Decimal(6)})],
    # Up to 1.00 is rounding.
    "CAU-BilledCost-C-007-C": [("seats", {"BilledCost": Decimal("51.01")})],
    "CAU-BilledCost-C-010-M": [("committed_usage", {"BilledCost": Decimal(9)})],
    "CAU-BilledCost-C-011-M": [("daily_unused", {"BilledCost": Decimal("4.5")})],
    "CAU-BilledCost-C-012-M": [("usage_in_april", {"InvoiceId": None, "InvoiceDetailId": None})],
    "CAU-PricingQuantity-C-013-C": [("usage", {"ListCost": Decimal("7.500000025000000001")})],
    "CAU-EffectiveCost-C-015-C": [("usage", {"EffectiveCost": Decimal(7)})],
    "CAU-EffectiveCost-C-016-C": [("seats", {"EffectiveCost": Decimal(25)})],
    "CAU-EffectiveCost-C-019-M": [("committed_usage", {"BilledCost": Decimal("7.5")})],
    "CAU-EffectiveCost-C-020-C": [("commitment_purchase", {"EffectiveCost": Decimal(120)})],
    "CAU-EffectiveCost-C-022-C": [("daily_unused", {"EffectiveCost": Decimal(4)})],
    # what a charge is about
    "CAU-HostProviderName-C-006-M": [("usage", {"HostProviderName": None})],
    "CAU-BillingPeriodStart-C-004-M": [
        ("tax", {"BillingPeriodStart": "2026-05-15 00:00:00"}),
    ],
    "CAU-BillingPeriodEnd-C-004-M": [("usage", {"BillingPeriodEnd": "2026-05-31 23:59:59"})],
    "CAU-ChargePeriodStart-C-004-M": [("usage", {"ChargePeriodStart": "2026-05-04 00:00:00"})],
    "CAU-ChargePeriodEnd-C-004-M": [("usage", {"ChargePeriodEnd": "2026-05-03 23:59:59"})],
    "CAU-RegionId-C-004-C": [("virtual_machine", {"RegionId": None, "RegionName": None})],
    "CAU-ResourceId-C-005-C": [("usage", {"ResourceId": None})],
    "CAU-ResourceId-C-007-M": [("allocated_to_b", {"ResourceType": "Proxy"})],
    "CAU-ResourceId-C-009-C": [("daily_used", {"ResourceId": "commit-2"})],
    "CAU-ResourceName-C-004-C": [("usage", {"ResourceId": None})],
    "CAU-ResourceName-C-005-C": [("allocated_to_b", {"ResourceName": None})],
    "CAU-ResourceName-C-006-C": [
        ("usage", {"ResourceId": "arn:aws:s3:::a", "ResourceName": "arn:aws:s3:::a"}),
    ],
    "CAU-ChargeClass-C-003-C": [("usage", {"ChargeClass": "Correction"})],
    "CAU-ChargeClass-C-004-C": [("correction", {"ChargeClass": None})],
    "CAU-ChargeCategory-C-004-C": [("usage", {"ChargeCategory": "Purchase"})],
    "CAU-ChargeCategory-C-005-C": [("commitment_purchase", {"ChargeCategory": "Usage"})],
    "CAU-ChargeCategory-C-006-C": [("tax", {"ChargeCategory": "Adjustment"})],
    "CAU-ChargeCategory-C-007-C": [("credit", {"ChargeCategory": "Adjustment"})],
    "CAU-ChargeCategory-C-008-C": [("adjustment", {"ChargeCategory": "Credit"})],
    "CAU-CapacityReservationId-C-006-C": [("unused_capacity", {"CapacityReservationId": None})],
    # prices
    "CAU-PricingCurrencyContractedUnitPrice-C-008-C": [
        ("usage", {"PricingCurrencyContractedUnitPrice": Decimal(-3)}),
    ],
    "CAU-PricingCurrencyContractedUnitPrice-C-009-C": [
        ("usage", {"PricingCurrencyContractedUnitPrice": Decimal("2.4")}),
    ],
    "CAU-PricingCurrencyListUnitPrice-C-009-M": [
        ("usage", {"PricingCurrencyListUnitPrice": Decimal("2.4")}),
    ],
    "CAU-SkuPriceDetails-C-002-O": [("usage", details(x_model_id="model-a"))],
    "CAU-SkuPriceDetails-C-007-M": [
        (None, {**ROWS["usage"], **details(x_ModelId="model-b")}),
    ],
    "CAU-SkuPriceDetails-C-010-C": [("virtual_machine", details(x_CoreCount=4))],
    "CAU-SkuPriceDetails-C-013-O": [
        ("usage_to_come", details(x_ModelId="model-a", x_TokenDirection="input")),
    ],
    "CAU-SkuPriceDetails-C-014-O": [("usage_to_come", details(x_ModelId="model-a"))],
    "CAU-SkuPriceDetails-C-016-O": [
        ("priced_in_euros", details(x_ModelId=7, x_TokenDirection="Input")),
    ],
    "CAU-SkuPriceDetails-C-017-C": [("virtual_machine", details(Cores=4))],
    "CAU-SkuPriceDetails-C-020-M": [("virtual_machine", details(Corecount=4))],
    "CAU-SkuPriceDetails-C-021-M": [("virtual_machine", details(CoreCount="4"))],
    "CAU-SkuPriceDetails-C-022-C": [("virtual_machine", details(MemorySize=-16))],
    "CAU-SkuMeter-C-006-O": [("usage_to_come", {"SkuMeter": "Output tokens"})],
    "CAU-SkuPriceId-C-009-M": [("usage_to_come", {"PricingUnit": "1000 Tokens"})],
    "CAU-SkuPriceId-C-010-M": [
        (
            None,
            {
                **ROWS["usage_to_come"],
                "BillingAccountId": "org-2",
                "PricingCurrencyListUnitPrice": Decimal(4),
            },
        ),
    ],
    "CAU-SkuPriceId-C-012-C": [("seats", NOTHING)],
    "CAU-SkuPriceId-C-014-C": [
        (None, {**ROWS["usage_to_come"], "PricingCurrencyListUnitPrice": Decimal(4)}),
    ],
    "CAU-SkuId-C-008-M": [("usage_to_come", {"BillingAccountId": "org-2", "SkuId": "model-b"})],
    "CAU-SkuId-C-009-M": [("committed_usage", {"SkuId": "model-a/committed"})],
    "CAU-SkuId-C-010-M": [("usage_to_come", {"SkuId": "model-b"})],
    "CAU-SkuId-C-011-C": [("seats", NOTHING)],
    "CAU-PricingCategory-C-009-C": [("committed_usage", {"PricingCategory": "Standard"})],
    # tags
    "CAU-Tags-C-005-M": [("usage", {"Tags": '{"team": "a", "team": "b"}'})],
}
