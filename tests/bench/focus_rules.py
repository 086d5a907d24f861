"""How fast the rules are evaluated: `python tests/bench/focus_rules.py [rows] [version]`.

Multiplies the Cost and Usage of a built database (AI_SPEND_DB) to the number of rows, in a scratch
database, and evaluates all checks on it by the query that focus_rule_results runs. Prints seconds,
rows per second and the peak memory of the process. Rows repeat, so that groups grow as in a year of
one company; rules that look for repeated rows then find some, which costs what it costs.
"""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "python"))

from test_official_rules import checks, contract, rule_counts  # noqa: E402

from ai_spend import functions  # noqa: E402


def main(rows: int = 10_000_000, version: str = "1.4") -> None:
    built = os.environ.get("AI_SPEND_DB", str(ROOT / "target" / "ai_spend.duckdb"))
    model = f"focus_{version.replace('.', '_')}__cost_and_usage"
    with tempfile.TemporaryDirectory(dir=ROOT / "target") as folder:
        scratch = Path(folder) / "scratch.duckdb"
        with duckdb.connect(scratch) as connection:
            connection.execute("set TimeZone = 'UTC'; set memory_limit = '6GB'; set threads = 2")
            connection.execute("set preserve_insertion_order = false")
            functions.register(connection)
            connection.execute(f"attach '{built}' as ai_spend (read_only)")
            for seed in ("currency_codes", "service_subcategories"):
                connection.execute(f"create table {seed} as from ai_spend.seeds.{seed}")
            for dataset in ("billing_period", "invoice_detail", "contract_commitment"):
                name = f"focus_{version.replace('.', '_')}__{dataset}"
                found = connection.execute(
                    "select 1 from duckdb_views() where view_name = ? union all"
                    " select 1 from duckdb_tables() where table_name = ?",
                    [name, name],
                ).fetchone()
                if found:
                    connection.execute(f"create table {dataset} as from ai_spend.main.{name}")
            (count,) = connection.execute(f"select count(*) from ai_spend.main.{model}").fetchone()
            connection.execute(
                f"create table cost_and_usage as select charges.*"
                f" from ai_spend.main.{model} as charges"
                f" cross join range({-(-rows // count)}) limit {rows}"
            )
            connection.execute("detach ai_spend")
            rules = [
                {"rule_id": c.rule_id, "check_kind": c.check_kind, "violation": c.violation}
                for c in checks(version)
                if c.dataset == "CostAndUsage"
            ]
            types = contract(version)["CostAndUsage"]
            columns = [{"name": name, "dtype": type_} for name, type_ in types.items()]
            siblings = {
                name: name
                for name in (
                    "cost_and_usage",
                    "billing_period",
                    "invoice_detail",
                    "contract_commitment",
                )
            }
            example = (
                'concat_ws(\' \', coalesce("SkuPriceId", "ChargeCategory"), "ChargePeriodStart")'
            )
            for kinds in (["row", "schema"], ["row", "schema", "group"], None):
                chosen = [
                    rule
                    for rule in rules
                    if kinds is None or rule["check_kind"].split(":")[0] in kinds
                ]
                query = str(rule_counts()(chosen, "cost_and_usage", example, columns, siblings))
                started = time.monotonic()
                connection.execute(query).fetchall()
                seconds = time.monotonic() - started
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
                print(
                    f"{', '.join(kinds or ['all'])}: {len(chosen)} rules on {rows:,} rows in "
                    f"{seconds:.1f} s, {rows / seconds:,.0f} rows/s, peak memory {peak:.1f} GiB",
                    flush=True,
                )


if __name__ == "__main__":
    main(*(kind(value) for kind, value in zip((int, str), sys.argv[1:], strict=False)))
