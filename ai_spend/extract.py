"""Writes the chargeback rows of one department to a file, and nothing of any other.

The department is compared as it is written in chargeback, letter by letter: a name that merely
looks like it finds nothing. What nobody owns is the department Unattributed. Formats as in
ai_spend.export.
"""

from datetime import date
from pathlib import Path

import duckdb

from ai_spend.export import COPY_OPTIONS, ExportError, _connect, _literal, _spelled


def extract(
    db: Path,
    department: str,
    fmt: str,
    out: Path,
    start: date | None = None,
    end: date | None = None,
) -> int:
    """Writes the department's rows of chargeback whose billing month lies in [start, end) to `out`.

    Returns the number of rows. The file is written beside its place and renamed, and holds the
    columns of chargeback in their order, rows in a fixed order. Raises ExportError, also for a
    department that has no charge at all: a misspelt name is no empty bill.
    """
    beside = out.with_name(f".{out.name}.tmp")
    with _connect(db) as connection:
        try:
            known = connection.execute(
                "select count(*) from main.chargeback where department = ?", [department]
            ).fetchone()
            if not known[0]:
                raise ExportError(f"No charge belongs to a department called {department!r}.")
            columns = {
                name: type_
                for name, type_, *_ in connection.execute("describe main.chargeback").fetchall()
            }
            selected = ", ".join(
                f'{_spelled(name, type_, fmt)} as "{name}"' for name, type_ in columns.items()
            )
            order = ", ".join(f'chargeback."{name}"' for name in columns)
            months = "".join(
                f" and billing_month {sign} date '{day}'"
                for sign, day in ((">=", start), ("<", end))
                if day
            )
            out.parent.mkdir(parents=True, exist_ok=True)
            connection.execute(
                f"copy (select {selected} from main.chargeback "
                f"where department = {_literal(department)}{months} order by {order}) "
                f"to {_literal(beside)} ({COPY_OPTIONS[fmt]})"
            )
            rows = connection.execute(
                f"select count(*) from main.chargeback "
                f"where department = {_literal(department)}{months}"
            ).fetchone()[0]
            beside.replace(out)
        except (duckdb.Error, OSError) as error:
            raise ExportError(f"{out} was not written: {error}") from error
        finally:
            beside.unlink(missing_ok=True)
    return rows
