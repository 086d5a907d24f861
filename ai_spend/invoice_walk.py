"""docs/invoice-walk.md: one invoice, from the amount on the vendor's PDF to departments.

Every figure comes from the build database. A step whose total is not that of the step before stops
the page: it never shows totals that differ.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parent.parent
PAGE = Path("docs") / "invoice-walk.md"
SAMPLE = ("OpenAI", "OAI-2026-07")
HALF_A_CENT = Decimal("0.005")

TOTALS = {
    "the vendor's bill: lines of {folders}": """
        with lines as (
            select bill_line_id as line_id, net_amount as amount, source_dataset from bill_lines
            union all
            select focus_line_id, billed_amount, source_dataset from focus_lines
        )
        select count(*), sum(lines.amount)
        from charge_lines inner join lines on charge_lines.charge_id = lines.line_id
        where invoice_issuer_name = ? and invoice_id = ?
    """,
    "`charge_lines`: the same lines, priced and named": """
        select count(*), sum(billed_cost) from charge_lines
        where invoice_issuer_name = ? and invoice_id = ?
    """,
    "`covered_lines`: what a prepayment pays is not billed again": """
        select count(*), sum(billed_cost) from covered_lines
        where invoice_issuer_name = ? and invoice_id = ?
    """,
    "`allocated_lines`: whole lines, and parts of those that are divided": """
        select count(*), sum(billed_cost) from allocated_lines
        where invoice_issuer_name = ? and invoice_id = ?
    """,
    "`charge`: every part with its owner": """
        select count(*), sum(billed_cost) from charge
        where invoice_issuer_name = ? and invoice_id = ?
    """,
    "FOCUS 1.4 Cost and Usage": """
        select count(*), sum("BilledCost") from focus_1_4__cost_and_usage
        where "InvoiceIssuerName" = ? and "InvoiceId" = ?
    """,
    "FOCUS 1.4 Invoice Detail": """
        select count(*), sum("BilledCost") from focus_1_4__invoice_detail
        where "InvoiceIssuerName" = ? and "InvoiceId" = ?
    """,
}

WAYS = """
    select
        case
            when allocated_method_id is null and x_department != 'Unattributed'
                then 'the line names its owner (' || x_attribution_source || ')'
            when allocated_method_id is null then 'nobody is known for the line'
            when allocated_resource_id is null then 'left open by ' || allocated_method_id
            else 'divided by ' || allocated_method_id
        end as way,
        count(*),
        sum(billed_cost)
    from charge
    where invoice_issuer_name = ? and invoice_id = ?
    group by all
    order by 3 desc, 1
"""

DEPARTMENTS = """
    select
        x_department,
        coalesce(x_cost_centre, ''),
        coalesce(sum(billed_cost) filter (where allocated_method_id is null), 0),
        coalesce(sum(billed_cost) filter (where allocated_method_id is not null), 0),
        sum(billed_cost)
    from charge
    where invoice_issuer_name = ? and invoice_id = ?
    group by x_department, x_cost_centre
    order by x_department = 'Unattributed', 5 desc, 1
"""

# The dearest line that a log divides over several owners.
LINE = """
    select charge_id from covered_lines
    where
        invoice_issuer_name = ? and invoice_id = ?
        and charge_id in (
            select charge_id from allocations
            where starts_with(allocated_method_id, 'usage:')
            group by charge_id
            having count(*) > 2
        )
    order by billed_cost desc, charge_id
    limit 1
"""

PARTS = """
    select
        coalesce(allocations.allocated_resource_name, 'open'),
        json_extract_string(
            allocations.allocated_method_details, '$.Elements[0].UsageQuantity'
        ),
        allocations.ratio_units,
        allocated.pricing_quantity,
        allocated.billed_cost
    from allocations
    inner join allocated_lines as allocated on allocations.part_id = allocated.charge_id
    where allocations.charge_id = ?
    order by allocations.ratio_units desc, allocations.part_id
"""


class TotalsDiffer(Exception):
    """Two steps of one invoice do not have the same total, or the invoice is not known."""


def plain(amount: Decimal) -> str:
    """A decimal without pointless zeros and without exponent."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def table(head: list[str], rows: list[tuple]) -> list[str]:
    """A Markdown table; decimals stand right and plain."""
    numeric = [all(isinstance(row[i], (Decimal, int)) for row in rows) for i in range(len(head))]
    cells = [[plain(v) if isinstance(v, Decimal) else str(v) for v in row] for row in rows]
    return [
        f"| {' | '.join(head)} |",
        f"| {' | '.join('---:' if right else '---' for right in numeric)} |",
        *(f"| {' | '.join(row)} |" for row in cells),
        "",
    ]


def page(db: Path, issuer: str = SAMPLE[0], invoice: str = SAMPLE[1]) -> str:
    """The page on one invoice of the build database at `db`.

    Raises TotalsDiffer when the invoice is unknown or a step has another total than the one before.
    """
    with duckdb.connect(db, read_only=True) as connection:

        def ask(query: str, *values: str) -> list[tuple]:
            return connection.execute(query, values or (issuer, invoice)).fetchall()

        registered = ask(
            "select stated_total, billing_currency, strftime(billing_month, '%B %Y') "
            "from seeds.invoices where invoice_issuer_name = ? and invoice_id = ?"
        )
        if not registered or registered[0][0] is None:
            raise TotalsDiffer(
                f"No invoice {invoice} of {issuer} with a stated_total in the seed invoices."
            )
        stated, currency, month = registered[0]
        folders = ", ".join(
            f"`{folder}`"
            for (folder,) in ask(
                "select distinct x_source_dataset from covered_lines "
                "where invoice_issuer_name = ? and invoice_id = ? order by all"
            )
        )
        steps = [(name.format(folders=folders), *ask(sql)[0]) for name, sql in TOTALS.items()]
        totals = {total for _, _, total in steps}
        if len(totals) != 1 or abs(stated - next(iter(totals))) > HALF_A_CENT:
            raise TotalsDiffer(f"{issuer} {invoice}: {stated} on the invoice, then {steps}")
        total = totals.pop()
        ways, departments = ask(WAYS), ask(DEPARTMENTS)
        for rows in (ways, departments):
            if sum(row[-1] for row in rows) != total:
                raise TotalsDiffer(f"{issuer} {invoice}: {rows} do not add up to {total}")
        line = ask(LINE)
        example = _example(ask, *line[0], currency) if line else []

    sums = ("Sum", "", *(sum(row[i] for row in departments) for i in (2, 3, 4)))
    return "\n".join(
        [
            f"# One invoice: {invoice} of {issuer}, {month}",
            "",
            "Written by `ai-spend docs invoice`; a test keeps it true of the sample company.",
            f"Amounts are in {currency}, with all their digits.",
            "",
            f"Accounts payable has {plain(stated)} for it. The vendor's export has more digits:",
            f"{plain(abs(stated - total))} is the rounding of the invoice's total.",
            "From there on each step has the same total, to the last digit:",
            "",
            *table(["step", "rows", f"total, {currency}"], steps),
            "## How the owners were found",
            "",
            *table(["way", "rows", f"billed, {currency}"], [*ways, _sum(ways)]),
            *example,
            "## Who pays",
            "",
            *table(
                ["department", "cost centre", "direct", "allocated", f"billed, {currency}"],
                [*departments, sums],
            ),
        ]
    )


def _sum(rows: list[tuple]) -> tuple:
    return ("Sum", *(sum(row[i] for row in rows) for i in (1, 2)))


def _example(ask, charge_id: str, currency: str) -> list[str]:
    """One divided line with its parts."""
    described = ask(
        "select charge_description, sub_account_name, strftime(charge_period_start, '%Y-%m-%d'), "
        "consumed_quantity, consumed_unit, pricing_unit, billed_cost, "
        "(select any_value(allocated_method_id) from allocations as a where a.charge_id = "
        "covered_lines.charge_id) from covered_lines where charge_id = ?",
        charge_id,
    )[0]
    what, project, day, quantity, unit, pricing_unit, billed, method = described
    parts = [
        (name, used or "", Decimal(units).scaleb(-12), share, cost)
        for name, used, units, share, cost in ask(PARTS, charge_id)
    ]
    if sum(part[4] for part in parts) != billed:
        raise TotalsDiffer(f"{charge_id}: its parts are not {billed}")
    total = ("Sum", "", *(sum(part[i] for part in parts) for i in (2, 3, 4)))
    return [
        f"The dearest line that a log divides is {what} in {project or 'no project'} on {day}:",
        f"{plain(quantity)} {unit} for {plain(billed)} {currency}.",
        f"`{method}` tells how much of it each owner has used. All lines of that day, model, meter",
        "and tier that nobody else owns are explained together: what was logged counts once.",
        "",
        *table(
            ["owner", f"logged, {unit}", "ratio", pricing_unit, f"billed, {currency}"],
            [*parts, total],
        ),
    ]


def write(db: Path, issuer: str, invoice: str, project: Path = PROJECT) -> Path:
    """Writes the page and says where it lies."""
    target = project / PAGE
    target.write_text(page(db, issuer, invoice), encoding="utf-8")
    return target
