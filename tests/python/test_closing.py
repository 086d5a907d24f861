"""Closed months stay as they were booked, and what changes in them is a correction.

One project, built again and again while its files, prices and owners change. June holds:

* openai_api: a bill of 2.34 + 0.99 = 3.33; restated after the close: 2.50 for the input, so + 0.16;
* claude_api: a usage report, 3.00 by the price book; after the close the bill says 2.85;
* mistral_api: one call of codestral-2508, 0.30 + 0.09 = 0.39; a second one lands late;
* cohere_api: one call of command-r, 0.15 + 0.06 = 0.21; the book's input price was wrong, 0.20 is
  right, so + 0.05;
* groq_api: one call of gemma-7b-it, 0.07 + 0.007 = 0.077; its team belongs to another department.

July has one call of mistral_api, 0.39, and an openai_api bill of 1.00.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import raw
from conftest import CHARGES_ALONE, PROJECT, WITHOUT_RULES, Built, dbt, run_dbt

from ai_spend import closed, closing, landing, summary
from ai_spend.conformance import validate
from ai_spend.export import export

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
CLOSED_AT = datetime(2026, 8, 5, 9, 30, tzinfo=UTC)
RULES = Path("seeds") / "organisation" / "attribution_rules.csv"
PRICES = Path("seeds") / "prices" / "model_prices.csv"
INVOICES = Path("seeds") / "organisation" / "invoices.csv"
# Models from the folder of closed months to the end: enough where no raw file has changed.
FROM_CLOSES = ("--select", "closes", "closed_months+", *WITHOUT_RULES)


@dataclass(frozen=True)
class Step:
    """The database as a build left it, and the folder of closed months at that time."""

    db: Path
    closed: Path

    def rows(self, query: str) -> list[tuple]:
        with duckdb.connect(self.db, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def value(self, query: str):
        return self.rows(query)[0][0]


def openai_bill(landing: Path, day: str, delivered: str, amount, *more: dict) -> None:
    line = raw.openai_cost("gpt-4o, input", amount, 1_000_000)
    page = raw.openai_page(day, line, *more)
    raw.write_page(landing, "openai/costs", page, name=f"costs_{day}__exported_{delivered}.json")


def call(landing: Path, request_id: str, day: str, provider: str, model: str, **changes) -> None:
    times = {"startTime": f"{day}T08:00:00Z", "endTime": f"{day}T08:00:20Z"}
    record = raw.gateway_call(
        request_id, custom_llm_provider=provider, model=model, **times, **changes
    )
    raw.spend_logs(landing, record, name=f"{request_id}.jsonl")


def output_line() -> dict:
    return raw.openai_cost("gpt-4o, output", "0.99", 100_000)


def first_files(landing: Path) -> None:
    openai_bill(landing, "2026-06-10", "2026-07-02", 2.34, output_line())
    openai_bill(landing, "2026-07-10", "2026-08-02", 1)
    report = raw.anthropic_page("2026-06-10", raw.anthropic_usage())
    raw.write_page(landing, "anthropic/usage_report", report)
    call(landing, "mistral-june", "2026-06-10", "mistral", "codestral-2508")
    call(landing, "mistral-july", "2026-07-10", "mistral", "codestral-2508")
    call(landing, "cohere-june", "2026-06-10", "cohere", "command-r")
    call(landing, "groq-june", "2026-06-10", "groq", "gemma-7b-it", team_id="team-eng")


def later_files(landing: Path) -> None:
    openai_bill(landing, "2026-06-10", "2026-07-20", "2.50", output_line())
    bill = raw.anthropic_page(
        "2026-06-10",
        raw.anthropic_cost("190", "uncached_input_tokens"),
        raw.anthropic_cost("95.0", "output_tokens"),
    )
    raw.write_page(landing, "anthropic/cost_report", bill)
    call(landing, "mistral-june-late", "2026-06-11", "mistral", "codestral-2508")


def edit(path: Path, change) -> None:
    """Rewrites a seed, row by row: change(row) gives the rows that take its place."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = [new for row in reader for new in change(row)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, reader.fieldnames, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def corrected_prices(row: dict) -> list[dict]:
    """command-r's input was never 0.15; gemma-7b-it costs twice as much from August on."""
    if (row["model_id"], row["meter"]) == ("command-r", "input_tokens"):
        return [row | {"unit_price": "0.20"}]
    if row["model_id"] == "gemma-7b-it":
        return [
            row | {"valid_to": "2026-08-01"},
            row | {"valid_from": "2026-08-01", "unit_price": "0.14"},
        ]
    return [row]


def corrected_rules(row: dict) -> list[dict]:
    """team-eng was data science's all along; team-sales changes hands in August."""
    if row["match_value"] == "team-eng":
        return [row | {"department_id": "data-science"}]
    if row["match_value"] == "team-sales":
        return [
            row | {"valid_to": "2026-08-01"},
            row | {"valid_from": "2026-08-01", "department_id": "marketing", "rule_order": "75"},
        ]
    return [row]


def add_debit_note(project: Path) -> None:
    line = (
        "OpenAI,openai-brindlewick,2026-07-01,Correction,OAI-2026-07-DN,Issued,2026-08-03,"
        "2026-09-02,Net 30,PO-4411,OAI-2026-06,USD,0.16,,\n"
    )
    with (project / INVOICES).open("a", encoding="utf-8") as file:
        file.write(line)


class Steps:
    """Builds in one copy of the project; keeps the database of each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.landing = folder / "landing"
        self.project = folder / "project"

    def build(self, name: str, *arguments: str) -> Step:
        built = run_dbt(self.folder, self.landing, "build", "--log-level", "warn", *arguments)
        assert built.returncode == 0, built.output
        return self.keep(name, built)

    def keep(self, name: str, built: Built) -> Step:
        kept = self.folder / name
        kept.mkdir()
        # Views name their database, so the copy keeps its name.
        db = shutil.copy2(built.db, kept / built.db.name)
        folder = kept / "closed"
        if (self.project / "closed").exists():
            shutil.copytree(self.project / "closed", folder)
        return Step(db, folder)

    def close(self, month: date, service: str | None = None) -> closing.Closing:
        db = self.project / "target" / "ai_spend.duckdb"
        # force: the landing folder is named to dbt only.
        return closing.close(db, self.project, month, service, force=True, at=CLOSED_AT)


@pytest.fixture(scope="module")
def opened(tmp_path_factory) -> Steps:
    """The first build: nothing is closed. Read only: `copied` gives one to close months in."""
    steps = Steps(tmp_path_factory.mktemp("opened"))
    first_files(steps.landing)
    steps.build("before", *CHARGES_ALONE)
    return steps


def copied(opened: Steps, folder: Path) -> Steps:
    """The first build and its landing folder, in a folder of their own."""
    steps = Steps(folder)
    shutil.copytree(opened.project, steps.project)
    first_files(steps.landing)
    return steps


@pytest.fixture(scope="module")
def story(opened, tmp_path_factory):
    """before: nothing is closed. restated: June is closed and all has changed since. settled: July
    is closed, too. again: the bill of June is restated once more."""
    steps = copied(opened, tmp_path_factory.mktemp("closing"))
    kept = {"before": Step(opened.folder / "before" / "ai_spend.duckdb", Path())}
    kept["june"] = steps.close(JUNE)
    later_files(steps.landing)
    edit(steps.project / PRICES, corrected_prices)
    edit(steps.project / RULES, corrected_rules)
    add_debit_note(steps.project)
    # dbt looks for a seed of this size where it was when it was parsed.
    kept["restated"] = steps.build("restated", "--no-partial-parse")
    kept["july"] = steps.close(JULY)
    kept["settled"] = steps.build("settled", *FROM_CLOSES)
    openai_bill(steps.landing, "2026-06-10", "2026-08-20", "2.60", output_line())
    kept["again"] = steps.build("again", *WITHOUT_RULES)
    return {"steps": steps, **kept}


def booked(step: Step, month: str, *, corrected: bool | None = None) -> dict[str, Decimal]:
    """Billed cost per service in a billing month."""
    only = {None: "true", True: "charge_class = 'Correction'", False: "charge_class is null"}
    return dict(
        step.rows(
            f"""
            select service, sum(billed_cost) from charge
            where strftime(billing_period_start, '%Y-%m') = '{month}' and {only[corrected]}
            group by all
            """
        )
    )


def as_exact(amounts: dict[str, str]) -> dict[str, Decimal]:
    return {service: Decimal(amount) for service, amount in amounts.items()}


BOOKED_IN_JUNE = as_exact(
    {
        "openai_api": "3.33",
        "claude_api": "3.00",
        "mistral_api": "0.39",
        "cohere_api": "0.21",
        "groq_api": "0.077",
        # Credits of the sample's register of contracts, bought in June: it counts in every build.
        "deepseek_api": "1.00",
        "xai_api": "2.50",
    }
)
# 2.50 - 2.34; 2.85 - 3.00; one call more; 0.20 - 0.15; the same money elsewhere.
CORRECTIONS_OF_JUNE = as_exact(
    {
        "openai_api": "0.16",
        "claude_api": "-0.15",
        "mistral_api": "0.39",
        "cohere_api": "0.05",
        "groq_api": "0",
    }
)


def test_a_closed_month_stays_byte_for_byte(story):
    everything = "select * from charge where billing_period_start = '2026-06-01' order by charge_id"
    before = story["before"].rows(everything)
    for name in ("restated", "settled", "again"):
        # A row of charge that closing has not touched has nulls in the columns of corrections.
        assert story[name].rows(everything) == before, name
    assert booked(story["again"], "2026-06") == BOOKED_IN_JUNE
    assert len(before) == story["june"].rows
    file = Path("2026-06") / "all.parquet"
    frozen = (story["restated"].closed / file).read_bytes()
    assert (story["again"].closed / file).read_bytes() == frozen
    manifest = json.loads((story["again"].closed / "2026-06" / "all.manifest.json").read_text())
    assert manifest["rows"] == len(before)
    assert manifest["closed_at"] == "2026-08-05T09:30:00Z"
    totals = {total["service"]: Decimal(total["billed_cost"]) for total in manifest["totals"]}
    assert totals == BOOKED_IN_JUNE


def test_corrections_sum_to_the_difference_and_stand_in_the_open_month(story):
    restated = story["restated"]
    assert booked(restated, "2026-07", corrected=True) == CORRECTIONS_OF_JUNE
    assert booked(restated, "2026-07", corrected=False) == as_exact(
        {"openai_api": "1", "mistral_api": "0.39"}
    )
    assert restated.rows(
        """
        select distinct
            billing_period_start, billing_period_end, strftime(charge_period_start, '%Y-%m'),
            corrected_billing_month
        from charge where charge_class = 'Correction'
        """
    ) == [(datetime(2026, 7, 1), datetime(2026, 8, 1), "2026-06", JUNE)]


def test_a_row_is_reversed_and_booked_anew(story):
    """The input line of the bill: 2.34 for one million tokens was booked, 2.50 is right."""
    rows = story["restated"].rows(
        """
        select
            correction_entry, billed_cost, effective_cost, contracted_cost, consumed_quantity,
            pricing_quantity, x_input_tokens, list_unit_price * pricing_quantity = list_cost,
            charge_id = corrected_charge_id || '/' || correction_entry || '/2026-07'
        from charge
        where correction_cause = 'bill_restated'
        order by correction_entry desc
        """
    )
    # List price of gpt-4o's input: 2.50 per million tokens.
    assert [row[0] for row in rows] == ["reversal", "rebooking"]
    assert [row[1:4] for row in rows] == [
        (Decimal("-2.34"), Decimal("-2.34"), Decimal("-2.5")),
        (Decimal("2.5"), Decimal("2.5"), Decimal("2.5")),
    ]
    assert [row[4:7] for row in rows] == [
        (Decimal(-1_000_000), Decimal(-1), Decimal(-1_000_000)),
        (Decimal(1_000_000), Decimal(1), Decimal(1_000_000)),
    ]
    assert all(row[7] and row[8] for row in rows)


def test_restatements_name_the_causes(story):
    assert story["restated"].rows(
        """
        select
            service, cause, closed_month, booked_month, sum(rows_reversed), sum(rows_booked),
            sum(billed_difference)
        from restatements group by all order by all
        """
    ) == [
        # Two estimated rows (input, output) make room for two lines of the bill.
        ("claude_api", "bill_replaced_estimate", JUNE, JULY, 2, 2, Decimal("-0.15")),
        ("cohere_api", "price_corrected", JUNE, JULY, 1, 1, Decimal("0.05")),
        ("groq_api", "attribution_changed", JUNE, JULY, 2, 2, Decimal(0)),
        ("mistral_api", "late_usage", JUNE, JULY, 0, 2, Decimal("0.39")),
        ("openai_api", "bill_restated", JUNE, JULY, 1, 1, Decimal("0.16")),
    ]


def test_an_attribution_change_moves_money_and_adds_none(story):
    assert story["restated"].rows(
        """
        select x_department, sum(billed_cost), sum(consumed_quantity) from charge
        where correction_cause = 'attribution_changed' group by all order by all
        """
    ) == [
        ("Data Science", Decimal("0.077"), Decimal(1_100_000)),
        ("Engineering", Decimal("-0.077"), Decimal(-1_100_000)),
    ]


def test_dated_changes_of_prices_and_owners_never_touch_a_closed_month(story):
    """gemma-7b-it and team-sales change in August: nothing of June is priced or owned anew."""
    assert not story["restated"].rows(
        "select * from charge where service = 'groq_api' and correction_cause = 'price_corrected'"
    )
    assert not story["restated"].rows(
        "select * from charge where charge_class = 'Correction' and x_department = 'Marketing'"
    )


def test_a_correction_stands_on_no_invoice_but_its_own(story):
    """OpenAI's debit note of July is in the register; for Anthropic only June's invoice is."""
    assert story["restated"].rows(
        """
        select service, correction_entry, invoice_id, x_cost_basis from charge
        where charge_class = 'Correction' and service in ('openai_api', 'claude_api')
        group by all order by all
        """
    ) == [
        ("claude_api", "rebooking", None, "Reported"),
        ("claude_api", "reversal", None, "Estimated"),
        ("openai_api", "rebooking", "OAI-2026-07-DN", "Invoiced"),
        ("openai_api", "reversal", "OAI-2026-07-DN", "Invoiced"),
    ]
    assert story["restated"].rows(
        "select billed_cost, reference_invoice_id from invoice_lines "
        "where invoice_id = 'OAI-2026-07-DN'"
    ) == [(Decimal("0.16"), "OAI-2026-06")]
    # What stood on June's invoice when June was closed stands there still.
    assert story["restated"].value(
        "select sum(billed_cost) from invoice_lines where invoice_id = 'OAI-2026-06'"
    ) == Decimal("3.33")


def test_no_focus_rule_is_violated_by_corrections(story):
    assert not story["restated"].rows(
        "select focus_version, rule_id, violations, example from focus_rule_results "
        "where verdict = 'fail' and keyword like 'MUST%'"
    )
    assert story["restated"].value(
        """
        select count(*) from focus_1_4__cost_and_usage where "ChargeClass" = 'Correction'
        """
    ) == story["restated"].value("select count(*) from corrections")


def test_the_official_validator_finds_nothing_new_in_corrections(story, tmp_path):
    parquet = tmp_path / "focus_1_4.parquet"
    export(story["restated"].db, "1.4", "parquet", parquet)
    result = validate(parquet, "1.4", "CostAndUsage")
    if not result.ran:
        pytest.skip(result.message)
    assert not result.unexplained


def test_corrections_of_a_closed_month_are_not_booked_again(story):
    settled = story["settled"]
    assert settled.value("select count(*) from corrections") == 0
    assert booked(settled, "2026-07", corrected=True) == CORRECTIONS_OF_JUNE
    july = "select * from charge where billing_period_start = '2026-07-01' order by charge_id"
    assert settled.rows(july) == story["restated"].rows(july)


def test_a_second_restatement_books_the_new_difference_only(story):
    """2.60 instead of 2.50: the rebooking of July is reversed in August."""
    again = story["again"]
    assert booked(again, "2026-08") == as_exact({"openai_api": "0.1"})
    assert again.rows(
        """
        select correction_entry, billed_cost, corrected_billing_month from charge
        where billing_period_start = '2026-08-01' order by 1
        """
    ) == [("rebooking", Decimal("2.6"), JUNE), ("reversal", Decimal("-2.5"), JUNE)]
    july = "select * from charge where billing_period_start = '2026-07-01' order by charge_id"
    assert again.rows(july) == story["settled"].rows(july)
    total = "select sum(billed_cost) from {}"
    assert again.value(total.format("charge")) == again.value(total.format("current_charges"))


def test_the_summary_shows_closed_months_and_corrections(story):
    text = summary.text(story["restated"].db, None)
    assert "Closed    2026-06" in text
    # 0.16 - 0.15 + 0.39 + 0.05
    assert "Corrected 14 charges of closed months: USD 0.45" in text
    # The other builds of the story have no FOCUS rules to sum up.
    with duckdb.connect(story["before"].db, read_only=True) as connection:
        assert summary._closed(connection) == ["Closed    no month"]


def test_a_month_can_be_closed_for_one_service_only(opened, tmp_path):
    steps = copied(opened, tmp_path)
    result = steps.close(JUNE, "openai_api")
    assert result.rows == 2
    assert [total["service"] for total in result.totals] == ["openai_api"]
    later_files(steps.landing)
    built = steps.build("one", *WITHOUT_RULES)
    assert booked(built, "2026-06") == BOOKED_IN_JUNE | as_exact(
        {"claude_api": "2.85", "mistral_api": "0.78"}
    )
    assert booked(built, "2026-07", corrected=True) == as_exact({"openai_api": "0.16"})
    # The rest of June is closed by another line and another file.
    assert {total["service"] for total in steps.close(JUNE).totals} == (
        BOOKED_IN_JUNE.keys() - {"openai_api"}
    )
    files = {file.name for file in (steps.project / "closed" / "2026-06").glob("*.parquet")}
    assert files == {"all.parquet", "openai_api.parquet"}


@pytest.fixture
def closed_project(story, tmp_path) -> Path:
    """A copy of the finished project in which June and July are closed."""
    return shutil.copytree(story["steps"].project, tmp_path / "project")


def test_lost_and_altered_files_stop_the_build(story, closed_project):
    folder = closed_project / "closed"
    (folder / "2026-06" / "all.parquet").unlink()
    july = folder / "2026-07" / "all.parquet"
    duckdb.execute(
        f"copy (select * replace (billed_cost + 1 as billed_cost) from '{july}') "
        f"to '{july}.new' (format parquet)"
    )
    Path(f"{july}.new").replace(july)
    built = dbt(
        closed_project, story["steps"].landing, "build", "--log-level", "warn", *FROM_CLOSES
    )
    assert built.returncode == 1
    said = " ".join(built.output.split())
    assert "2026-06/all.parquet in the folder AI_SPEND_CLOSED is lost. Put it back" in said
    assert "2026-07/all.parquet in the folder AI_SPEND_CLOSED was altered after the month" in said
    # What lies after it was not built: June is still what it was.
    assert Built(closed_project, 0, "").value(
        "select sum(billed_cost) from charge where billing_period_start = '2026-06-01'"
    ) == sum(BOOKED_IN_JUNE.values())


def test_what_a_newer_version_added_is_null_in_older_files(story, closed_project):
    """June was closed by a version that knew neither causes nor allocated tags."""
    june = closed_project / "closed" / "2026-06" / "all.parquet"
    duckdb.execute(
        f"copy (select * exclude (correction_cause, allocated_tags) from '{june}') "
        f"to '{june}.new' (format parquet)"
    )
    Path(f"{june}.new").replace(june)
    manifest = closed.manifest_of(june)
    document = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(document | {"sha256": closed.sha256_of(june)}), encoding="utf-8")
    built = dbt(
        closed_project, story["steps"].landing, "build", "--log-level", "warn", *FROM_CLOSES
    )
    assert built.returncode == 0, built.output
    everything = "select * from charge where billing_period_start = '2026-06-01' order by charge_id"
    assert built.rows(everything) == story["before"].rows(everything)


@pytest.fixture
def june_file(tmp_path) -> Path:
    """A file of a closed month with its manifest, in the folder tmp_path."""
    path = tmp_path / closed.file_name(JUNE, "an api/v2")
    path.parent.mkdir()
    duckdb.execute(f"copy (select 'a' as charge_id) to '{path}' (format parquet)")
    manifest = {"rows": 1, "totals": [], "sha256": closed.sha256_of(path)}
    closed.manifest_of(path).write_text(json.dumps(manifest), encoding="utf-8")
    return path


def offered(root: Path) -> list[tuple]:
    """The rows of closed_file_charges() on a connection."""
    connection = duckdb.connect()
    closed.keep_sources(connection, root, closed.scan(root))
    landing.offer_sources(connection)
    assert len(connection.execute("from closed_files()").fetchall()) == len(closed.scan(root))
    rows = "select charge_id, closed_file from closed_file_charges()"
    return connection.execute(rows).fetchall()


def test_a_file_is_read_as_its_manifest_has_it(june_file, tmp_path):
    [file] = closed.scan(tmp_path)
    assert (file.service, file.billing_month, file.row_count) == ("an api/v2", "2026-06-01", 1)
    assert file.problem is None
    assert offered(tmp_path) == [("a", "2026-06/an%20api%2Fv2.parquet")]


@pytest.mark.parametrize(
    ("content", "manifest", "problem"),
    [
        (b"PAR1", None, "was altered after the month was closed"),
        (None, "", "has no readable manifest an%20api%2Fv2.manifest.json"),
        (None, '{"rows": 1}', "has no readable manifest"),
        (None, "[]", "has no readable manifest"),
    ],
    ids=["not the bytes", "empty manifest", "half a manifest", "another manifest"],
)
def test_a_file_that_differs_from_its_manifest_is_not_read(
    june_file, tmp_path, content, manifest, problem
):
    if content is not None:
        june_file.write_bytes(content)
    if manifest is not None:
        closed.manifest_of(june_file).write_text(manifest, encoding="utf-8")
    [file] = closed.scan(tmp_path)
    assert file.problem.startswith(problem)
    assert offered(tmp_path) == []


def test_a_company_that_closes_nothing_needs_no_folder(tmp_path):
    assert closed.scan(tmp_path / "none") == []
    assert offered(tmp_path / "none") == []


def command(project: Path, landing: Path, *arguments: str) -> subprocess.CompletedProcess:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AI_SPEND_", "DBT_"))}
    return subprocess.run(
        [sys.executable, "-m", "ai_spend", "close", *arguments],
        cwd=project,
        env=kept | {"AI_SPEND_LANDING": str(landing), "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def open_project(opened, tmp_path) -> tuple[Path, Path]:
    """A project in which no month is closed, and its landing folder, older than the build."""
    steps = copied(opened, tmp_path)
    shutil.copy2(PROJECT / "pyproject.toml", steps.project)
    for path in [*steps.landing.rglob("*"), *(steps.project / "seeds").rglob("*")]:
        os.utime(path, (0, 0))
    return steps.project, steps.landing


def test_close_says_what_it_closed_and_refuses_to_do_it_twice(open_project):
    project, landing = open_project
    result = command(project, landing, "--month", "2026-07", "--note", "booked by A")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Closed July 2026: 3 charges in closed/2026-07/all.parquet" in result.stdout
    # 1.00 billed, 0.39 by the price book; gpt-4o's list price is 2.50.
    assert "USD billed 1.39, effective 1.39, list 2.89" in result.stdout
    assert "Earlier months are still open: 2026-06." in result.stdout
    assert "No bill states USD 0.39 of it yet" in result.stdout
    twice = command(project, landing, "--month", "2026-07")
    assert twice.returncode == 1
    assert twice.stderr.startswith("Error: July 2026 is already closed.")
    one = command(project, landing, "--month", "2026-07", "--service", "openai_api")
    assert one.stderr.startswith("Error: July 2026 is already closed for openai_api.")
    listed = command(project, landing, "--list").stdout
    assert "2026-07  all services  closed " in listed
    assert "3 charges  booked by A" in listed
    (project / "closed" / "2026-07" / "all.parquet").unlink()
    assert "is lost" in command(project, landing, "--list").stdout


def test_close_refuses_what_it_cannot_answer_for(open_project):
    project, landing = open_project

    def refused(*arguments: str) -> str:
        result = command(project, landing, *arguments)
        assert result.returncode == 1, result.stdout
        assert not (project / "closed").exists() or not list((project / "closed").rglob("*.p*"))
        assert (project / closing.SEED).read_text(encoding="utf-8").count("\n") == 1
        return result.stderr

    assert "no charges in January 2026" in refused("--month", "2026-01")
    assert "no charges in June 2026 for azure" in refused(
        "--month", "2026-06", "--service", "azure"
    )
    assert "is not over yet (UTC)" in refused("--month", "2099-01")
    late = next(landing.rglob("*.json"))
    os.utime(late)
    assert f"The build is older than {late}" in refused("--month", "2026-06")
    os.utime(late, (0, 0))
    results = project / "target" / "run_results.json"
    failed = {"results": [{"unique_id": "test.ai_spend.some_total", "status": "fail"}]}
    results.write_text(json.dumps(failed), encoding="utf-8")
    assert "failed (test.ai_spend.some_total)" in refused("--month", "2026-06")
    results.unlink()
    stray = project / "closed" / "2026-06" / "all.manifest.json"
    stray.parent.mkdir(parents=True)
    stray.write_text("{}", encoding="utf-8")
    result = command(project, landing, "--month", "2026-06")
    assert "has no line for it" in result.stderr
    assert stray.read_text(encoding="utf-8") == "{}"
