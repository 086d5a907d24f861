"""Conformant rows of FOCUS 1.4 Billing Period, and rows that break each rule that is checked.

`BREAKING` names for a rule the row that is changed and the changes; a rule across datasets names
the dataset first. The rows agree with those of invoice_detail.py, COST_AND_USAGE_ROWS included.
"""

CLOSED = {
    "InvoiceIssuerName": "Vendor",
    "BillingPeriodStart": "2026-05-01 00:00:00",
    "BillingPeriodEnd": "2026-06-01 00:00:00",
    "BillingPeriodStatus": "Closed",
    "BillingPeriodCreated": "2026-05-01 00:00:00",
    "BillingPeriodLastUpdated": "2026-06-05 08:30:00",
}

ROWS = {
    "closed": CLOSED,
    "open": {
        **CLOSED,
        "BillingPeriodStart": "2026-06-01 00:00:00",
        "BillingPeriodEnd": "2026-07-01 00:00:00",
        "BillingPeriodStatus": "Open",
        "BillingPeriodCreated": "2026-06-01 00:00:00",
        "BillingPeriodLastUpdated": "2026-06-20 00:00:00",
    },
    "other_issuer": {**CLOSED, "InvoiceIssuerName": "Cloud, Inc."},
}

BREAKING = {
    "BIP-BillingPeriod-D-001-C": [
        ("BillingPeriod", "open", {"BillingPeriodEnd": "2026-06-30 00:00:00"})
    ],
    "BIP-BillingPeriod-D-016-M": [("other_issuer", {"InvoiceIssuerName": "N/A"})],
    "BIP-BillingPeriodEnd-C-004-M": [("closed", {"BillingPeriodEnd": "2026-05-31 23:59:59"})],
    "BIP-BillingPeriodLastUpdated-C-004-C": [
        ("closed", {"BillingPeriodLastUpdated": "2026-05-31 12:00:00"})
    ],
    "BIP-BillingPeriodStart-C-004-M": [("closed", {"BillingPeriodStart": "2026-04-30 23:59:59"})],
    "BIP-BillingPeriodStatus-C-004-M": [
        ("BillingPeriod", "open", {"BillingPeriodStatus": "Closed"})
    ],
    "BIP-InvoiceIssuerName-C-004-M": [
        ("BillingPeriod", "other_issuer", {"InvoiceIssuerName": "Another, Inc."})
    ],
}
