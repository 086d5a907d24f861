"""What a build found, in a page of text. All figures come from the build database."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import duckdb

from ai_spend.landing import landing_root


def short(path: Path) -> Path:
    """The path as seen from the current folder, where it lies below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def text(db: Path, exports: Path | None) -> str:
    """The summary of the database at `db`; `exports` is the folder that was written to, if any."""
    with duckdb.connect(db, read_only=True) as connection:
        missing: list[str] = []
        lines = [
            line
            for sections in (
                (_landing,),
                (_cost, _conversion),
                (
                    *(_left_out, _doubts, _gaps, _deliveries, _unread, _unknown_providers),
                    *(_seats, _invoices, registers, _registers, _closed, _conformance),
                ),
            )
            for line in (*_sections(connection, sections, missing), "")
        ]
        if missing:
            lines += [
                f"The last build stopped before it had made {', '.join(missing)}: "
                "what rests on them is left out here.",
                "",
            ]
        return "\n".join(
            [
                *lines,
                f"Database  {short(db)}",
                *([f"Exports   {short(exports)}"] if exports else []),
            ]
        )


def _sections(connection, sections, missing: list[str]) -> list[str]:
    """The lines of some sections. A failed build leaves tables out: their names go to `missing`."""
    lines = []
    for section in sections:
        try:
            lines += section(connection)
        except duckdb.CatalogException as error:
            table = re.search(r"Table with name (\S+) does not exist", str(error))
            if table is None:
                raise
            if table[1] not in missing:
                missing.append(table[1])
    return lines


def _rows(connection, query: str) -> list[tuple]:
    return connection.execute(query).fetchall()


def _landing(connection) -> list[str]:
    files = dict(_rows(connection, "select status, count(*) from landing_files group by all"))
    records = dict(
        _rows(connection, "select record_status, count(*) from landing_records group by all")
    )
    calls, tokens, keys_only = _rows(
        connection,
        """
        select
            coalesce(sum(request_count) filter (where is_billing_source), 0),
            coalesce(sum(quantity) filter (
                where is_billing_source and ends_with(meter, '_tokens')
            ), 0),
            coalesce(sum(quantity) filter (
                where not is_billing_source and ends_with(meter, '_tokens')
            ), 0)
        from sourced_usage
        """,
    )[0]
    return [
        f"Files     {_counts(files, ('read', 'duplicate', 'refused'))}",
        f"Records   {_counts(records, ('accepted', 'duplicate', 'superseded', 'quarantined'))}",
        f"Usage     {calls:,.0f} calls and {tokens:,.0f} tokens in sources that are charged; "
        f"{keys_only:,.0f} tokens",
        "          in sources that describe billed or better known usage again (billing_sources)",
    ]


def _cost(connection) -> list[str]:
    rows = _rows(
        connection,
        """
        select
            service_name, x_cost_basis, billing_currency, count(*),
            sum(billed_cost), sum(list_cost)
        from charge
        group by all
        order by all
        """,
    )
    totals: dict[str, list[Decimal]] = {}
    for *_, currency, _count, billed, listed in rows:
        total = totals.setdefault(currency, [Decimal(0), Decimal(0)])
        total[0] += billed
        total[1] += listed
    return _table(
        ("Cost by vendor and basis", "", "", "charges", "billed", "list"),
        [
            (name, basis, currency, f"{count:,}", _money(billed), _money(listed))
            for name, basis, currency, count, billed, listed in rows
        ]
        + [
            ("Total", "", currency, "", _money(billed), _money(listed))
            for currency, (billed, listed) in totals.items()
        ],
    )


def _conversion(connection) -> list[str]:
    """All currencies in one, where there are several, and what has no rate."""
    rows = _rows(
        connection,
        """
        select
            billing_currency, reporting_currency,
            sum(billed_cost_in_reporting_currency),
            count(*) filter (where conversion_status = 'no rate'),
            count(distinct cast(charge_period_start as date)) filter (
                where conversion_status = 'no rate'
            )
        from charge_in_reporting_currency
        group by all
        order by all
        """,
    )
    others = [row for row in rows if row[0] != row[1]]
    if not others:
        return []
    reporting = others[0][1]
    total = sum((row[2] for row in rows if row[2] is not None), Decimal(0))
    without_rate = sum(row[3] for row in rows)
    names = ", ".join(row[0] for row in others)
    missing = f", without {without_rate:,} charges that have no rate" if without_rate else ""
    billed = f"{_money(total)} billed in all{missing}"
    return [
        f"Converted to {reporting} by dated rates ({names}): {billed}",
        *(
            f"            {name}: no rate to {reporting} for {charges:,} charges on {days:,} days"
            for name, _, _, charges, days in others
            if charges
        ),
    ]


def _doubts(connection) -> list[str]:
    """Money that is not charged and might have to be: the largest first."""
    rows = _rows(
        connection,
        """
        select
            source_dataset, service, first_day, last_day, doubt, currency, amount_at_stake
        from billing_doubts
        where
            doubt != 'more than charged'
            or amount_at_stake * 10 > charged_amount
        order by amount_at_stake desc, source_dataset, service, first_day
        """,
    )
    return _amounts(
        "Doubts",
        "doubt(s) about what is charged",
        [
            (currency, amount, f"{source} ({service}, {first} to {last}): {doubt}")
            for source, service, first, last, doubt, currency, amount in rows
        ],
        "billing_doubts",
    )


def _gaps(connection) -> list[str]:
    """Days that nothing covers, and files of which pages are missing."""
    rows = _rows(
        connection,
        """
        select
            coalesce(source_file, service || coalesce(' ' || compared_account, '')),
            gap, first_day, last_day, currency, coalesce(expected_amount, 0)
        from gaps
        where not is_usual
        order by gap desc, expected_amount desc, first_day, service, source_file
        """,
    )
    return _amounts(
        "Gaps",
        "gap(s) in what is there",
        [
            (
                currency,
                amount,
                f"{what}: {gap}" + (f", {first} to {last}" if first else ""),
            )
            for what, gap, first, last, currency, amount in rows
        ],
        "gaps",
    )


def _amounts(title: str, words: str, rows: list[tuple], table: str) -> list[str]:
    """Number and sum per currency of rows (currency, amount, text), and the first of them."""
    if not rows:
        return []
    sums: dict[str, Decimal] = {}
    for currency, amount, _ in rows:
        if currency:
            sums[currency] = sums.get(currency, Decimal(0)) + amount
    money = ", ".join(f"{currency} {_money(amount)}" for currency, amount in sorted(sums.items()))
    shown = [
        f"            {text}" + (f", {currency} {_money(amount)}" if currency else "")
        for currency, amount, text in rows[:5]
    ]
    more = len(rows) - len(shown)
    return [
        f"{title:<9} {len(rows):,} {words}" + (f", {money} at stake" if money else ""),
        *shown,
        *([f"            ... {more:,} more: select * from {table}"] if more else []),
    ]


def _left_out(connection) -> list[str]:
    unpriced = _rows(
        connection,
        """
        select
            coalesce(nullif(model, ''), '(no model)'), reason,
            sum(quantity) filter (where ends_with(meter, '_tokens')), count(*)
        from unpriced_usage
        where is_billing_source
        group by all
        order by 3 desc nulls last
        """,
    )
    quarantined = _rows(
        connection,
        """
        select source_file, min(source_line), reason, count(*)
        from quarantine
        group by source_file, reason
        order by all
        """,
    )
    lines = [f"Unpriced  {len(unpriced)} model(s) whose usage carries money but has no price"]
    lines += [
        f"            {model}: {tokens or 0:,.0f} tokens in {rows:,} rows: {reason}"
        for model, reason, tokens, rows in unpriced[:5]
    ]
    lines.append(f"Quarantine {sum(row[3] for row in quarantined):,} records and files")
    lines += [
        f"            {file}{f' line {line}' if line else ''}: {reason}"
        + (f" ({count} records)" if count > 1 else "")
        for file, line, reason, count in quarantined[:10]
    ]
    if len(quarantined) > 10:
        lines.append(f"            ... {len(quarantined) - 10} more: select * from quarantine")
    return lines


def _deliveries(connection) -> list[str]:
    """Doubts about what was delivered, with the money concerned; currencies are never summed."""
    ((count,),) = _rows(
        connection, "select count(distinct (source_dataset, delivery)) from deliveries"
    )
    rows = _rows(
        connection,
        """
        with doubts as (
            select
                kind, currency, sum(amount) as amount,
                list(distinct (source_dataset, delivery, account_id)) as deliveries
            from delivery_notices
            group by all
        )

        select
            kind,
            len(list_distinct(flatten(list(deliveries)))),
            list(currency order by currency) filter (where amount is not null),
            list(amount order by currency) filter (where amount is not null)
        from doubts
        group by kind
        order by kind
        """,
    )
    doubts = []
    for kind, deliveries, currencies, amounts in rows:
        money = ", ".join(
            f"{_money(amount)} {currency}"
            for currency, amount in zip(currencies or [], amounts or [], strict=True)
        )
        doubts.append(f"{deliveries} {kind}" + (f" ({money})" if money else ""))
    where = ": select * from delivery_notices" if doubts else ""
    return [f"Deliveries {count:,}, in doubt: {'; '.join(doubts) or 'none'}{where}"]


def _unread(connection) -> list[str]:
    rows = _rows(
        connection,
        """
        select source_file, notice, tokens_at_stake, cost_at_stake, currency from notices
        order by tokens_at_stake desc nulls last, source_file, notice
        """,
    )
    if not rows:
        return []
    lines = [f"Notices   {len(rows):,} on what is not read or stands elsewhere (the records count)"]
    unexplained = _rows(
        connection,
        """
        select
            count(*), sum(abs(unexplained_tokens)), currency, sum(cost_at_stake)
        from unexplained_tokens
        group by currency
        order by all
        """,
    )
    lines += [
        f"            {file}: {notice}"
        + (f" ({tokens:,} tokens)" if tokens else "")
        + (f" ({cost:,.4f} {currency})" if cost and not tokens else "")
        for file, notice, tokens, cost, currency in rows[:5]
    ]
    if len(rows) > 5:
        lines.append(f"            ... {len(rows) - 5} more: select * from notices")
    lines += [
        f"Counts    {count:,} record(s) whose token counts no reading explains: "
        f"{tokens:,.0f} tokens in no class"
        + (f", about {cost:,.2f} {currency} of list cost" if currency else ", without a price")
        for count, tokens, currency, cost in unexplained
    ]
    return lines


def _unknown_providers(connection) -> list[str]:
    rows = _rows(
        connection,
        """
        select provider_word, service, currency, sum(record_count), sum(amount)
        from unknown_providers
        group by all
        order by 5 desc nulls last, 1, 2, 3
        """,
    )
    if not rows:
        return []
    lines = [f"Providers {len(rows):,} word(s) that nobody has mapped (var provider_words)"]
    lines += [
        f"            {word}, taken as {service}: {count:,} records, "
        + (f"{currency} {_money(cost)}" if cost is not None else "no cost known")
        for word, service, currency, count, cost in rows[:5]
    ]
    if len(rows) > 5:
        lines.append(f"            ... {len(rows) - 5} more: select * from unknown_providers")
    return lines


def _registers(connection) -> list[str]:
    """Rows of the company's registers that meet nothing or contradict another: one line."""
    rows = _rows(
        connection,
        """
        select register, line, problem, currency, amount
        from register_matches
        where problem is not null
        order by abs(amount) desc nulls last, register, line
        """,
    )
    if not rows:
        return []
    register, line, problem, currency, amount = rows[0]
    money = f" ({currency} {_money(amount)})" if amount is not None else ""
    return [
        f"Registers {len(rows):,} row(s) in doubt, first {register} line {line}: {problem}{money}"
        ": select * from register_matches where problem is not null"
    ]


def _seats(connection) -> list[str]:
    rows = _rows(
        connection,
        """
        select
            coalesce(service_name, service), month_start, count(*), sum(seat_months),
            sum(seat_months) filter (where seat_state = 'unassigned')
        from priced_seats
        left join seeds.services using (service)
        where month_start = (select max(month_start) from priced_seats)
        group by all
        order by all
        """,
    )
    return [
        f"Seats     {service}: {count:,} in {month:%B %Y} ({months:,.4f} seat months"
        + (f", {unassigned:,.4f} of them unassigned)" if unassigned else ")")
        for service, month, count, months, unassigned in rows
    ] or ["Seats     none"]


def _invoices(connection) -> list[str]:
    rows = _rows(
        connection,
        """
        select
            invoice_issue_status,
            billing_currency,
            count(distinct (invoice_issuer_name, invoice_id)),
            sum(billed_cost)
        from invoice_lines
        group by all
        order by all
        """,
    )
    return [
        f"Invoices  {count:,} {status.lower()}: {currency} {_money(amount)}"
        for status, currency, count, amount in rows
    ] or ["Invoices  none"]


def _closed(connection) -> list[str]:
    months = _rows(
        connection,
        """
        select
            strftime(billing_month, '%Y-%m') || if(
                bool_or(service is null),
                '',
                ' (' || string_agg(service, ', ' order by service) || ')'
            )
        from closed_months
        group by billing_month
        order by billing_month
        """,
    )
    corrections = _rows(
        connection,
        """
        select billing_currency, count(*), sum(billed_cost)
        from charge
        where corrected_billing_month is not null
        group by all
        order by all
        """,
    )
    return [f"Closed    {', '.join(month for (month,) in months) or 'no month'}"] + [
        f"Corrected {count:,} charges of closed months: {currency} {_money(amount)} (restatements)"
        for currency, count, amount in corrections
    ]


def registers(connection) -> list[str]:
    """What the seeds still say of the sample company, where the files are another's."""
    if landing_root().endswith("/sample"):
        return []
    query = """
        select count(*) filter (where starts_with(charge_id, 'commitment/')) from charge
        where x_source_dataset = 'organisation/contracts' and service in (
            select service from seeds.contracts where contract_id in ('XAI-PREPAID', 'DEEP-PREPAID')
        )
    """
    ((charges,),) = _rows(connection, query)
    accounts = "select count(*) from seeds.billing_accounts where contains(billing_account_id, {})"
    ((named,),) = _rows(connection, accounts.format("'brindlewick'"))
    if not charges and not named:
        return []
    return [
        "Registers seeds/organisation is still the sample company's: "
        f"{named} accounts have its names, {charges} charges here are its prepaid credits.",
        "          Replace these seeds by your own (a header is enough) before you use the totals.",
    ]


def _conformance(connection) -> list[str]:
    rows = _rows(
        connection,
        """
        select
            coverage.focus_version,
            coverage.rules,
            results.passed,
            results.failed,
            results.advised,
            results.stated
        from (
            select focus_version, count(*) as rules from focus_rule_coverage group by all
        ) as coverage
        left join (
            select
                focus_version,
                count(*) filter (where verdict = 'pass') as passed,
                count(*) filter (where verdict = 'fail' and keyword like 'MUST%') as failed,
                count(*) filter (where verdict = 'fail' and keyword not like 'MUST%') as advised,
                count(*) filter (where verdict = 'violated by the provider') as stated
            from focus_rule_results
            group by all
        ) as results using (focus_version)
        order by all
        """,
    )
    return [
        *(
            f"FOCUS {version} {rules:,} rules, {passed:,} checks pass, "
            f"{failed} MUST and {advised} SHOULD fail"
            + (f", {stated} violated by the provider" if stated else "")
            for version, rules, passed, failed, advised, stated in rows
        ),
        *_provider_statements(connection),
        "FOCUS 1.4 official validator: ai-spend validate exports/focus_1_4.parquet",
    ]


def _provider_statements(connection) -> list[str]:
    """Where a bill states something against the newest FOCUS version: rule, file and line."""
    rows = _rows(
        connection,
        """
        select rule_id, column_name, keyword, violations, source_file, source_line, example
        from provider_statements
        where focus_version = (select max(focus_version) from provider_statements)
        order by keyword not like 'MUST%', violations desc, rule_id
        """,
    )
    shown = [
        f"          {rule} ({keyword}, {column}): {count:,}, "
        + (f"{file} line {line}" if file else str(example))
        for rule, column, keyword, count, file, line, example in rows[:10]
    ]
    more = [f"          and {len(rows) - 10} rules more: table provider_statements"]
    return shown + (more if len(rows) > 10 else [])


def _counts(counts: dict[str, int], order: Iterable[str]) -> str:
    return ", ".join(f"{counts.get(name, 0):,} {name}" for name in order)


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Left-aligned texts and, from the fourth column on, right-aligned numbers."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    return [
        "  ".join(
            cell.ljust(width) if i < 3 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [head, *rows]
    ]
