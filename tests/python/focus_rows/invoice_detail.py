"""Conformant rows of FOCUS 1.4 Invoice Detail, and rows that break each rule that is checked.

An issued invoice with usage, seats, tax and a line that a commitment covers; a provisional one; a
voided one; a credit note; and an invoice in USD that is paid in EUR, once line by line and once in
a total of its own. `BREAKING` names for a rule the row that is changed and the changes; a rule
across datasets names the dataset first. COST_AND_USAGE_ROWS are the charges behind the lines, with
the columns that those rules read; dataset name `CostAndUsage`.
"""

from decimal import Decimal

INVOICE = {
    "BillingAccountId": "org-1",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-05-01 00:00:00",
    "BillingPeriodEnd": "2026-06-01 00:00:00",
    "InvoiceDetailCreated": "2026-06-02 00:00:00",
    "InvoiceDetailLastUpdated": "2026-06-02 00:00:00",
    "InvoiceId": "INV-1",
    "InvoiceIssueDate": "2026-06-02 00:00:00",
    "InvoiceIssueStatus": "Issued",
    "InvoiceIssuerName": "Vendor",
    "PaymentCurrency": "USD",
    "PaymentDueDate": "2026-07-02 00:00:00",
    "PaymentTerms": "Net 30",
    "PurchaseOrderNumber": "PO-1",
    "ReferenceInvoiceId": "INV-1",
}


def line(number, category, cost, description, grain=None, **others):
    """A line of INV-1 that is paid in its own currency, unless stated otherwise."""
    return {
        **INVOICE,
        "InvoiceDetailId": number,
        "ChargeCategory": category,
        "BilledCost": Decimal(cost),
        "InvoiceDetailDescription": description,
        "InvoiceDetailGrain": grain,
        "PaymentCurrencyBilledCost": Decimal(cost),
        "PaymentCurrencyInvoiceDetailId": number,
    } | others


OPEN = {
    "BillingPeriodStart": "2026-06-01 00:00:00",
    "BillingPeriodEnd": "2026-07-01 00:00:00",
    "InvoiceDetailCreated": "2026-06-05 00:00:00",
    "InvoiceDetailLastUpdated": "2026-06-20 00:00:00",
    "InvoiceId": "INV-2-DRAFT",
    "InvoiceIssueDate": None,
    "InvoiceIssueStatus": "Open",
    "PaymentDueDate": None,
    "PurchaseOrderNumber": None,
    "ReferenceInvoiceId": "INV-2-DRAFT",
}
VOIDED = {
    "InvoiceId": "INV-0",
    "InvoiceIssueStatus": "Voided",
    "ReferenceInvoiceId": "INV-0",
}
CREDIT_NOTE = {
    "BillingPeriodStart": "2026-06-01 00:00:00",
    "BillingPeriodEnd": "2026-07-01 00:00:00",
    "InvoiceDetailCreated": "2026-06-10 00:00:00",
    "InvoiceDetailLastUpdated": "2026-06-10 00:00:00",
    "InvoiceId": "CN-1",
    "InvoiceIssueDate": "2026-06-10 00:00:00",
    "PaymentDueDate": None,
    "PaymentTerms": "Due on receipt",
    "PurchaseOrderNumber": None,
}
PAID_IN_EUR = {
    "BillingAccountId": "4711",
    "InvoiceId": "CLD-7",
    "InvoiceIssuerName": "Cloud, Inc.",
    "PaymentCurrency": "EUR",
    "PurchaseOrderNumber": None,
    "ReferenceInvoiceId": "CLD-7",
}
IN_TOTAL = {
    **PAID_IN_EUR,
    "PaymentCurrencyBilledCost": Decimal(0),
    "PaymentCurrencyInvoiceDetailId": "EUR",
}

ROWS = {
    "usage": line("1", "Usage", "100", "Vendor API", '{"ServiceName": "Vendor API"}'),
    "seats": line(
        "2", "Purchase", "50", "Team seats", '{"ServiceName": "Vendor Chat", "x_PlanType": "Team"}'
    ),
    "tax": line("3", "Tax", "28.5", "VAT"),
    "covered": line("4", "Usage", "0", "Under commitment", '{"ServiceName": "Vendor Batch"}'),
    "open": line("1", "Usage", "40.25", "Vendor API", '{"ServiceName": "Vendor API"}', **OPEN),
    "voided": line("1", "Usage", "12", "Vendor API", **VOIDED),
    "credit": line("1", "Credit", "-10", "Service credit", **CREDIT_NOTE),
    "adjustment": line("2", "Adjustment", "-0.5", "Rounding of INV-1", **CREDIT_NOTE),
    "own_payment": line(
        "1",
        "Usage",
        "10",
        "Storage",
        '{"ServiceName": "Storage", "RegionId": "eu-1"}',
        **PAID_IN_EUR,
        PaymentCurrencyBilledCost=Decimal("9.2"),
    ),
    "in_total_1": line(
        "2", "Usage", "45", "Compute A", '{"ServiceName": "Compute", "SkuId": "a"}', **IN_TOTAL
    ),
    "in_total_2": line(
        "3", "Usage", "55", "Compute B", '{"ServiceName": "Compute", "SkuId": "b"}', **IN_TOTAL
    ),
    "payment_total": line(
        "EUR",
        "Usage",
        "0",
        "Compute, in EUR",
        **PAID_IN_EUR,
        PaymentCurrencyBilledCost=Decimal(92),
    ),
}


def charge(name, cost, **others):
    """A charge that stands on the invoice line `name`."""
    of_line = {
        key: ROWS[name][key]
        for key in (
            "BillingAccountId",
            "BillingCurrency",
            "BillingPeriodStart",
            "BillingPeriodEnd",
            "ChargeCategory",
            "InvoiceDetailId",
            "InvoiceId",
            "InvoiceIssuerName",
        )
    }
    return {
        **of_line,
        "BilledCost": Decimal(cost),
        "ServiceProviderName": of_line["InvoiceIssuerName"],
    } | others


COMMITTED = (
    '{"Elements": [{"ContractId": "MSA-1", "ContractCommitmentId": "MSA-1/SPEND",'
    ' "ContractCommitmentAppliedCost": 60}]}'
)

COST_AND_USAGE_ROWS = {
    "usage": charge("usage", "60", ContractApplied=COMMITTED, RegionId="eu-1"),
    "usage_too": charge("usage", "39.995", RegionId="us-1"),
    "usage_covered": charge("usage", "0", CommitmentDiscountStatus="Used"),
    "seats": charge("seats", "50"),
    "tax": charge("tax", "28.5"),
    "covered": charge("covered", "0", CommitmentDiscountStatus="Used"),
    "open": charge("open", "37"),
    "not_invoiced": charge("open", "3.25", InvoiceId=None, InvoiceDetailId=None),
    "voided": charge("voided", "12"),
    "credit": charge("credit", "-10"),
    "adjustment": charge("adjustment", "-0.5"),
    "storage": charge("own_payment", "10"),
    "compute_1": charge("in_total_1", "45"),
    "compute_2": charge("in_total_2", "55"),
}


def grain(text):
    """The usage line with another grain."""
    return [("usage", {"InvoiceDetailGrain": text})]


def category(name, value):
    """The line `name` under another category."""
    return [("InvoiceDetail", name, {"ChargeCategory": value})]


BREAKING = {
    "IND-InvoiceDetail-D-001-C": [
        ("CostAndUsage", "storage", {"InvoiceIssuerName": "Another, Inc."})
    ],
    "IND-InvoiceDetail-D-031-M": [("InvoiceDetail", "seats", {"InvoiceDetailId": "22"})],
    "IND-InvoiceDetail-D-033-M": [("usage", {"PurchaseOrderNumber": "none"})],
    "IND-PaymentCurrencyBilledCost-C-004-M": [
        ("usage", {"PaymentCurrencyBilledCost": Decimal("92")})
    ],
    "IND-PaymentCurrencyBilledCost-C-005-M": [
        ("credit", {"PaymentCurrencyBilledCost": Decimal("10")})
    ],
    "IND-PaymentTerms-C-004-M": [("seats", {"PaymentTerms": "Net 60"})],
    "IND-BillingAccountId-C-004-M": [("InvoiceDetail", "open", {"BillingAccountId": "org-01"})],
    "IND-BillingCurrency-C-005-M": [("InvoiceDetail", "tax", {"BillingCurrency": "EUR"})],
    "IND-BilledCost-C-006-M": [("InvoiceDetail", "usage", {"BilledCost": Decimal("101.5")})],
    "IND-BilledCost-C-007-M": [("InvoiceDetail", "covered", {"BilledCost": Decimal("0.75")})],
    "IND-BilledCost-C-010-C": [("InvoiceDetail", "seats", {"BilledCost": Decimal("51.01")})],
    "IND-BilledCost-C-013-C": [("InvoiceDetail", "seats", {"BilledCost": Decimal("51.01")})],
    "IND-BillingPeriodStart-C-004-M": [("usage", {"BillingPeriodStart": "2026-04-30 23:59:59"})],
    "IND-BillingPeriodStart-C-005-M": [
        ("InvoiceDetail", "open", {"BillingPeriodStart": "2026-06-02 00:00:00"})
    ],
    "IND-BillingPeriodEnd-C-004-M": [("usage", {"BillingPeriodEnd": "2026-05-31 23:59:59"})],
    "IND-BillingPeriodEnd-C-005-M": [
        ("InvoiceDetail", "open", {"BillingPeriodEnd": "2026-06-30 00:00:00"})
    ],
    "IND-InvoiceDetailCreated-C-005-C": [
        ("InvoiceDetail", "tax", {"InvoiceDetailCreated": "2026-06-05 08:30:01"})
    ],
    "IND-InvoiceIssueDate-C-004-M": [("seats", {"InvoiceIssueDate": "2026-06-01 00:00:00"})],
    "IND-InvoiceIssueStatus-C-005-M": [("seats", {"InvoiceIssueStatus": "Open"})],
    "IND-InvoiceDetailLastUpdated-C-004-C": [
        ("usage", {"InvoiceDetailLastUpdated": "2026-06-01 23:00:00"})
    ],
    "IND-PaymentDueDate-C-004-M": [("seats", {"PaymentDueDate": "2026-07-03 00:00:00"})],
    "IND-PaymentCurrencyInvoiceDetailId-C-004-M": [
        ("InvoiceDetail", "in_total_1", {"PaymentCurrencyInvoiceDetailId": "GBP"})
    ],
    "IND-InvoiceIssuerName-C-004-M": [
        ("InvoiceDetail", "open", {"InvoiceIssuerName": "Vendor Ltd"})
    ],
    "IND-InvoiceDetailGrain-C-003-C": [
        ("usage", {"InvoiceDetailGrain": None, "InvoiceDetailId": "2", "InvoiceId": "INV-0"})
    ],
    "IND-InvoiceDetailGrain-C-004-M": [
        ("in_total_2", {"InvoiceDetailGrain": '{"ServiceName": "Compute", "SkuId": "a"}'})
    ],
    "IND-InvoiceDetailGrain-C-005-O": grain('{"x_ServiceName": "Vendor API"}'),
    "IND-InvoiceDetailGrain-C-007-O": grain('{"ServiceName": "Vendor API", "x_planType": "Team"}'),
    "IND-InvoiceDetailGrain-C-008-C": grain('{"PlanType": "Team"}'),
    "IND-InvoiceDetailGrain-C-010-M": grain('{"SKUId": "model-a"}'),
    "IND-InvoiceDetailGrain-C-011-M": grain('{"SubAccountId": 4711}'),
    "IND-ReferenceInvoiceId-C-004-C": [("InvoiceDetail", "credit", {"ReferenceInvoiceId": "INV1"})],
    "IND-ReferenceInvoiceId-C-005-C": [("InvoiceDetail", "usage", {"ReferenceInvoiceId": "CN-1"})],
    "IND-ChargeCategory-C-005-C": category("usage", "Purchase"),
    "IND-ChargeCategory-C-006-C": category("seats", "Usage"),
    "IND-ChargeCategory-C-007-C": category("tax", "Usage"),
    "IND-ChargeCategory-C-008-C": category("credit", "Adjustment"),
    "IND-ChargeCategory-C-009-C": category("adjustment", "Credit"),
    "IND-InvoiceDetailId-C-004-M": [("seats", {"InvoiceDetailId": "1"})],
    "IND-PaymentCurrency-C-004-M": [("seats", {"PaymentCurrency": "EUR"})],
    "IND-InvoiceId-C-005-M": [("seats", {"BillingAccountId": "org-2"})],
}
