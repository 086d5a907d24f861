"""Conformant rows of the FOCUS datasets, and what breaks them, for the tests of the rules.

A world is a set of datasets that belong together: dataset -> name of a row -> column -> value.
"""

from focus_rows import (
    attributes,
    billing_period,
    contract_commitment,
    cost_and_usage,
    invoice_detail,
)

World = dict[str, dict[str, dict[str, object]]]


def _named(dataset: str) -> str:
    """invoice_detail -> InvoiceDetail"""
    return "".join(word.capitalize() if word[0].islower() else word for word in dataset.split("_"))


# Rules on charges are looked at in the first world, rules on the other datasets in the second.
CHARGES: World = {
    "CostAndUsage": cost_and_usage.ROWS,
    **{_named(name): rows for name, rows in cost_and_usage.RELATED_ROWS.items()},
}
INVOICES: World = {
    "CostAndUsage": invoice_detail.COST_AND_USAGE_ROWS,
    "BillingPeriod": billing_period.ROWS,
    "InvoiceDetail": invoice_detail.ROWS,
    "ContractCommitment": contract_commitment.ROWS,
}
# Rule -> cases, each (dataset that is looked at, changes: [(dataset, name of a row, columns)]).
BREAKING: dict[str, list[tuple[str, list[tuple[str, str, dict]]]]] = {}


def _world(dataset: str) -> World:
    return CHARGES if dataset == "CostAndUsage" else INVOICES


for _dataset, _module in {
    "CostAndUsage": cost_and_usage,
    "BillingPeriod": billing_period,
    "InvoiceDetail": invoice_detail,
    "ContractCommitment": contract_commitment,
}.items():
    for _rule, _cases in _module.BREAKING.items():
        _changes = [
            (_named(case[0]), case[1] or "another row", case[2])
            if len(case) == 3
            else (_dataset, case[0] or "another row", case[1])
            for case in _cases
        ]
        BREAKING.setdefault(_rule, []).append((_dataset, _changes))
for _rule, _cases in attributes.BREAKING.items():
    for _dataset, _columns in _cases:
        _first = next(iter(_world(_dataset)[_dataset]))
        _name = "usage" if _dataset == "CostAndUsage" else _first
        BREAKING.setdefault(_rule, []).append((_dataset, [(_dataset, _name, _columns)]))
