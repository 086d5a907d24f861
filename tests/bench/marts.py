"""How fast BI queries are: `python tests/bench/marts.py [calls]`, 10,000,000 calls by default.

Takes a copy of a built database (AI_SPEND_DB), multiplies its charges and their parts to as many
calls as asked for (people and features of each copy are its own, half of the copies lie five
months later), builds the marts again on them with dbt, and asks each mart what a BI tool would.
Prints rows of the mart, and the best and the slowest of five runs. Marts of single calls, seats,
bills and outcomes read other models, which stay as they are: their tables grow with departments,
models and months, not with calls.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[2]
MONTH = "date '2026-07-01'"
QUERIES = {
    "chargeback": "select department, billing_currency, sum(billed_cost) from chargeback "
    f"where charge_month = {MONTH} group by all order by 3 desc",
    "chargeback_journal": "select * from chargeback_journal order by all limit 1000",
    "showback": "select charge_month, department, feature, billing_currency, sum(effective_cost) "
    "from showback group by all order by 5 desc limit 100",
    "investment_vs_waste": "select billing_month, currency, classification, sum(effective_cost) "
    "from investment_vs_waste group by all order by all",
    "spend_metrics": f"select * from spend_metrics where charge_month = {MONTH} order by all",
    "budget_status": "select * from budget_status order by all",
    "anomalies": "select * from anomalies order by all desc limit 100",
    "alerts": "select * from alerts order by all limit 100",
    "exchange_rate_effect": "select * from exchange_rate_effect order by all",
    "restatements": "select * from restatements order by all",
    "ghost_seats": "select service, verdict, currency, count(*), sum(recoverable_cost_now) "
    "from ghost_seats where is_current group by all order by all",
    "cost_per_outcome": "select outcome_type, billing_month, currency, sum(effective_cost) "
    "from cost_per_outcome group by all order by all",
    "model_efficiency": "select model, currency, sum(charged_cost) from model_efficiency "
    "group by all order by 3 desc",
    "recommendations": "select * from recommendations order by all limit 100",
    "reconciliation": "select service, currency, status, sum(difference) from reconciliation "
    "group by all order by all",
    "charge": "select x_department, service_name, billing_currency, sum(effective_cost) "
    f"from charge where billing_period_start = {MONTH} group by all order by 4 desc",
}


def multiply(db: Path, calls: int) -> tuple[int, int]:
    """Multiplies charge and charge_parts; copies made, and charges that there are then."""
    with duckdb.connect(db) as connection:
        connection.execute("set TimeZone = 'UTC'")
        (known,) = connection.execute("select sum(request_count) from usage").fetchone()
        copies = -(-calls // int(known))
        connection.execute(f"""
            create table multiplied as
            select charge.* replace (
                charge_id || '~' || copy as charge_id,
                x_user || '~' || copy as x_user,
                x_feature || '~' || copy % 8 as x_feature,
                charge_period_start + to_months(5 * (copy % 2)) as charge_period_start,
                charge_period_end + to_months(5 * (copy % 2)) as charge_period_end,
                billing_period_start + to_months(5 * (copy % 2)) as billing_period_start,
                billing_period_end + to_months(5 * (copy % 2)) as billing_period_end
            )
            from charge cross join (select unnest(range({copies})) as copy)
        """)
        connection.execute("drop table charge")
        connection.execute("alter table multiplied rename to charge")
        connection.execute(f"""
            create table multiplied as
            select charge_parts.* replace (charge_id || '~' || copy as charge_id)
            from charge_parts cross join (select unnest(range({copies})) as copy)
        """)
        connection.execute("drop table charge_parts")
        connection.execute("alter table multiplied rename to charge_parts")
        (charges,) = connection.execute("select count(*) from charge").fetchone()
    return copies, charges


def main(calls: int = 10_000_000) -> None:
    built = Path(os.environ.get("AI_SPEND_DB", ROOT / "target" / "ai_spend.duckdb"))
    with tempfile.TemporaryDirectory(dir=ROOT / "target") as folder:
        db = Path(folder) / "ai_spend.duckdb"
        shutil.copy2(built, db)
        copies, charges = multiply(db, calls)
        print(f"{calls:,} calls: {copies} copies of the sample, {charges:,} charges")
        started = time.perf_counter()
        subprocess.run(
            [Path(sys.executable).with_name("dbt"), "-q", "run", "--select", "path:models/marts"],
            cwd=ROOT,
            env={**os.environ, "AI_SPEND_DB": str(db), "DO_NOT_TRACK": "1"},
            check=True,
        )
        print(f"marts built in {time.perf_counter() - started:.0f} s, dbt's start included")
        with duckdb.connect(db, read_only=True) as connection:
            for mart, query in QUERIES.items():
                (rows,) = connection.execute(f"select count(*) from {mart}").fetchone()
                times = []
                for _ in range(5):
                    started = time.perf_counter()
                    connection.execute(query).fetchall()
                    times.append(time.perf_counter() - started)
                print(f"{mart:22} {rows:>9,} rows  {min(times):.3f} to {max(times):.3f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
