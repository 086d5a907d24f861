"""What a build costs beside one query by hand on the same files: `make bench SIZE=1M`.

Writes LiteLLM spend logs of a made-up company (calls.py), runs the bare reference (reference.py),
then the build with all models and tests and the export, each in a process of its own, and puts the
figures into docs/benchmarks.md. CPU seconds are those of the whole process: steadier than the clock
on a machine that does other things too. Both must come to the same money and rows, or nothing is
written.

    .venv/bin/python tests/bench/bench.py 200K
    .venv/bin/python tests/bench/bench.py 1M --grain call
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import re
import resource
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import calls
import click
import duckdb
import reference

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
STAGES = ("start", "parse", "shape", "charge", "focus", "export", "marts", "conformance", "quality")
TO_FOCUS = STAGES[:6]


def stage_of(kind: str, path: str) -> str:
    """The stage of a dbt node, by its kind and its file below models/."""
    if kind != "model":
        return "start" if kind == "seed" else "tests"
    folder = path.split("/")[0]
    if folder == "staging":
        return "parse" if "/base_" in path else "shape"
    return {"core": "charge"}.get(folder, folder)


def measured(queue: multiprocessing.Queue, work: Any, arguments: tuple) -> None:
    """Runs work in this process; (its result, CPU seconds, wall seconds, peak GiB) to the queue."""
    started = time.monotonic()
    found = work(*arguments)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    queue.put(
        (
            found,
            usage.ru_utime + usage.ru_stime,
            time.monotonic() - started,
            usage.ru_maxrss / 1024**2,
        )
    )


def apart(work: Any, *arguments: Any) -> tuple[Any, float, float, float]:
    """`measured` in a fresh process, so that nobody's memory is anybody else's."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=measured, args=(queue, work, arguments))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{work.__name__} failed")
    return queue.get()


def build(landing: Path, db: Path, grain: str) -> dict[str, float]:
    """Builds and tests everything; CPU seconds of each stage."""
    os.environ |= {
        "AI_SPEND_LANDING": str(landing),
        "AI_SPEND_DB": str(db),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    os.chdir(ROOT)
    from dbt.cli.main import dbtRunner

    begun: dict[str, float] = {}
    seconds: Counter[str] = Counter()

    def note(event: Any) -> None:
        if event.info.name == "NodeStart":
            begun[event.data.node_info.unique_id] = time.process_time()
        elif event.info.name == "NodeFinished" and event.data.node_info.unique_id in begun:
            node = event.data.node_info
            seconds[stage_of(node.resource_type, node.node_path)] += (
                time.process_time() - begun.pop(node.unique_id)
            )

    # One node at a time, so that what the process spends is the node's.
    done = dbtRunner(callbacks=[note]).invoke(
        ["--quiet", "build", "--threads", "1", "--vars", f"{{focus_usage_grain: {grain}}}"]
    )
    if not done.success:
        raise SystemExit(f"the build failed: {done.exception or 'see above'}")
    seconds["start"] += time.process_time() - seconds.total()
    return dict(seconds)


def exported(db: Path) -> tuple[int, str]:
    """Exports FOCUS 1.4 as Parquet; rows and EffectiveCost, in USD, of its usage."""
    from ai_spend.export import export

    out = db.with_suffix(".parquet")
    export(db, "1.4", "parquet", out)
    return duckdb.execute(
        """
        select count(*), cast(sum("EffectiveCost") as varchar)
        from read_parquet(?) where "ChargeCategory" = 'Usage'
        """,
        [str(out)],
    ).fetchone()


def page(size: str, grain: str, bare: tuple, built: tuple, written: tuple) -> str:
    """The section of docs/benchmarks.md of one size and grain; the tuples are those of `apart`."""
    (rows, _), bare_cpu, _, bare_peak = bare
    seconds, _, wall, peak = built
    spent = {stage: seconds.get(stage, 0.0) for stage in (*STAGES, "tests")}
    spent["export"] = written[1]
    to_focus = sum(spent[stage] for stage in TO_FOCUS)
    sums = {**spent, "**raw to FOCUS**": to_focus, "**all, with tests**": sum(spent.values())}
    lines = [
        f"## {size} calls, grain {grain}",
        "",
        f"{date.today()}, {os.cpu_count()} cores, {platform.machine()}, "
        f"DuckDB {duckdb.__version__}; {rows:,} FOCUS rows. "
        f"The build took {wall:.0f} s by the clock.",
        "",
        "| stage | CPU s | times the reference |",
        "|---|---:|---:|",
        *(f"| {stage} | {cpu:.1f} | {cpu / bare_cpu:.1f} |" for stage, cpu in sums.items()),
        f"| bare reference | {bare_cpu:.1f} | 1.0 |",
        "",
        f"Peak memory {peak:.1f} GiB, the reference {bare_peak:.1f} GiB. Raw to FOCUS: "
        f"{rows / to_focus:,.0f} rows per CPU second, the reference {rows / bare_cpu:,.0f}.",
        "",
    ]
    return "\n".join(lines)


def put(section: str) -> None:
    """Replaces the section of that heading in the page, or appends it."""
    text = PAGE.read_text(encoding="utf-8")
    heading = section.split("\n", 1)[0]
    kept = re.sub(rf"(?ms)^{re.escape(heading)}$.*?(?=^## |\Z)", "", text).rstrip()
    PAGE.write_text(f"{kept}\n\n{section}", encoding="utf-8")


@click.command(help=__doc__)
@click.argument("size")
@click.option("--grain", type=click.Choice(["day", "hour", "call"]), default="day")
def main(size: str, grain: str) -> None:
    """size: how many calls, such as 200K or 1M."""
    found = re.fullmatch(r"(\d+)([KM]?)", size)
    if not found:
        raise click.BadParameter(f"{size!r} is no size; write 200K, 1M or 10M")
    count = int(found[1]) * {"": 1, "K": 1_000, "M": 1_000_000}[found[2]]
    folder = ROOT / "target" / "bench" / size
    landing, db = folder / "landing", folder / "ai_spend.duckdb"
    if not landing.exists():
        click.echo(f"writing {count:,} calls ...")
        calls.write(landing, count)
    db.unlink(missing_ok=True)
    click.echo("the bare reference ...")
    bare = apart(reference.run, landing, grain, folder / "reference.parquet")
    click.echo("the build ...")
    built = apart(build, landing, db, grain)
    written = apart(exported, db)
    if written[0] != bare[0]:
        raise SystemExit(f"rows and USD differ: the build has {written[0]}, the query {bare[0]}")
    section = page(size, grain, bare, built, written)
    put(section)
    click.echo(section)


if __name__ == "__main__":
    main()
