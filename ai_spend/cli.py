"""The command `ai-spend`: build, summary, export, validate, and the generators of the project."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import click

PROJECT = Path(__file__).resolve().parents[1]
DEFAULT_DB = "target/ai_spend.duckdb"
DECLARATION = "focus-conformance.json"
DAY = click.DateTime(formats=["%Y-%m-%d"])
MONTH = click.DateTime(formats=["%Y-%m"])


def database() -> Path:
    """The build database: AI_SPEND_DB, else target/ai_spend.duckdb in the project."""
    return (PROJECT / os.environ.get("AI_SPEND_DB", DEFAULT_DB)).resolve()


class Failure(click.ClickException):
    """An error in one sentence, without a traceback."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ai-spend")
def main() -> None:
    """Raw AI usage in, FOCUS billing tables and decision marts out.

    Raw files are read from AI_SPEND_LANDING (default: landing/sample) and built into the DuckDB
    database AI_SPEND_DB (default: target/ai_spend.duckdb).
    """
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=PROJECT / "exports")
@click.option(
    "--reports",
    type=click.Path(file_okay=False, path_type=Path),
    default=PROJECT / "reports",
    help="Folder of the board report; default reports.",
)
def build(out: Path, reports: Path) -> None:
    """Build and test everything, write exports and declaration to OUT, print a summary.

    The board report of the last complete month is written, too (see `ai-spend report`).
    """
    from ai_spend import summary
    from ai_spend.landing import landing_root

    started = time.monotonic()
    click.echo(f"Building from {landing_root()} with dbt (models and their tests) ...")
    # A process of its own: dbt holds the database, which the exports then open to read. Seeds are
    # loaded anew, for one of an older version may have other columns.
    dbt = subprocess.run(
        [Path(sys.executable).with_name("dbt"), "build", "--full-refresh", "--log-level", "warn"],
        cwd=PROJECT,
        check=False,
    )
    if dbt.returncode:
        raise Failure(
            "The build failed; what failed stands above. Nothing was exported or reported. "
            "Details: logs/dbt.log"
        )
    click.echo(f"Built in {time.monotonic() - started:.0f} s. Writing exports ...")
    for spec, dataset in _built():
        for fmt in ("parquet", "csv"):
            _export(spec, dataset, fmt, None, None, out / _file_name(spec, dataset, fmt))
    _declare(out / DECLARATION)
    written = _report_of_build(reports)
    click.echo()
    click.echo(summary.text(database(), out))
    if written:
        click.echo(f"Report    {' and '.join(str(summary.short(path)) for path in written)}")


def _report_of_build(reports: Path) -> tuple[Path, ...]:
    """The report of the last complete month; none for a landing folder that charges nothing."""
    import duckdb

    with duckdb.connect(database(), read_only=True) as connection:
        (charges,) = connection.execute("select count(*) from chargeback").fetchone()
    if not charges:
        click.echo("  No report: the build holds no charge.")
        return ()
    return _write_report(None, None, reports)


def _write_report(period: str | None, department: str | None, out: Path) -> tuple[Path, ...]:
    from ai_spend.report import ReportError, make, write
    from ai_spend.summary import short

    try:
        made = make(database(), PROJECT, period, department, lambda line: click.echo(f"  {line}"))
        written = write(made, out)
    except ReportError as error:
        raise Failure(str(error)) from error
    for path in written:
        click.echo(f"  {short(path)}: {path.stat().st_size:,} bytes")
    if not made.report.has_charges:
        click.echo("  Note: nothing was charged in that month; the report says so.", err=True)
    return written


def _built() -> list[tuple[str, str]]:
    """(version, dataset) of all FOCUS datasets in the database, the newest version first."""
    import duckdb

    from ai_spend.metadata import datasets

    with duckdb.connect(database(), read_only=True) as connection:
        found = [(of.focus_version, of.dataset) for of in datasets(connection)]
    return sorted(found, key=lambda of: [*map(int, of[0].split("."))], reverse=True)


def _file_name(spec: str, dataset: str, fmt: str) -> str:
    """focus_1_4.parquet holds the charges, focus_1_4_invoice_detail.parquet the invoices' lines."""
    from ai_spend.spec import snake_case

    suffix = "" if dataset == "CostAndUsage" else f"_{snake_case(dataset)}"
    return f"focus_{spec.replace('.', '_')}{suffix}.{fmt}"


@main.command("summary")
def summarise() -> None:
    """Print what the last build found: files, calls, tokens, cost, and what is left out."""
    from ai_spend import summary

    if not database().exists():
        raise Failure(f"There is no database at {database()}. Run `make build` first.")
    click.echo(summary.text(database(), None))


@main.command()
@click.option("--spec", default="1.4", show_default=True, help="FOCUS version.")
@click.option(
    "--dataset",
    type=click.Choice(["CostAndUsage", "InvoiceDetail", "BillingPeriod", "ContractCommitment"]),
    default="CostAndUsage",
    show_default=True,
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["csv", "parquet", "json", "ndjson"]),
    default="parquet",
    show_default=True,
)
@click.option(
    "--columns", default="", help="Columns to write, separated by commas; default all of them."
)
@click.option("--from", "start", type=DAY, help="First day of the period, inclusive (UTC).")
@click.option("--to", "end", type=DAY, help="Day after the last, exclusive (UTC).")
@click.option(
    "--out", type=click.Path(path_type=Path), help="File; default exports/focus_<spec>.<format>."
)
def export(
    spec: str,
    dataset: str,
    fmt: str,
    columns: str,
    start: datetime | None,
    end: datetime | None,
    out: Path | None,
) -> None:
    """Write a FOCUS dataset to a file, with its control totals and its metadata.

    Example: ai-spend export --spec 1.1 --format csv --from 2026-05-01 --to 2026-06-01 --out may.csv
    """
    out = out or PROJECT / "exports" / _file_name(spec, dataset, fmt)
    chosen = [name.strip() for name in columns.split(",") if name.strip()]
    _export(spec, dataset, fmt, start and start.date(), end and end.date(), out, chosen)


@main.command("chargeback")
@click.argument("department")
@click.option(
    "--format", "fmt", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True
)
@click.option("--from", "start", type=DAY, help="First billing month, inclusive.")
@click.option("--to", "end", type=DAY, help="Billing month after the last, exclusive.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write.")
def chargeback(
    department: str, fmt: str, start: datetime | None, end: datetime | None, out: Path
) -> None:
    """Write the chargeback rows of one DEPARTMENT to a file; no other department's rows are in it.

    Example: ai-spend chargeback "Field Service" --from 2026-08-01 --to 2026-09-01 --out august.csv
    """
    from ai_spend.export import ExportError
    from ai_spend.extract import extract
    from ai_spend.summary import short

    try:
        rows = extract(database(), department, fmt, out, start and start.date(), end and end.date())
    except ExportError as error:
        raise Failure(str(error)) from error
    click.echo(f"  {short(out)}: {rows:,} rows of {department}")


PERIOD = click.option(
    "--period",
    help="Billing month, for example 2026-10, or last-month for the one before today's (UTC). "
    "Default: the last month with charges whose last day the data have reached.",
)
DEPARTMENT = click.option(
    "--department", help="Only this department's rows, as chargeback writes its name."
)
REPORTS = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=PROJECT / "reports",
    help="Folder to write to; default reports.",
)
STATE = click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    default=PROJECT / "reports" / "sent.json",
    help="File that remembers what was sent; default reports/sent.json.",
)
TO = click.option(
    "--to",
    help="Recipients: addresses separated by commas, or a file with one on each line.",
)
WEBHOOK = click.option(
    "--webhook",
    type=click.Choice(["slack", "teams"]),
    help="Also post to AI_SPEND_WEBHOOK_URL, in the form of Slack or Teams.",
)
DRY_RUN = click.option("--dry-run", is_flag=True, help="Say who would get what; send nothing.")


@main.group("report", invoke_without_command=True)
@PERIOD
@DEPARTMENT
@REPORTS
@click.pass_context
def report(context: click.Context, period: str | None, department: str | None, out: Path) -> None:
    """Write the board report of a month as PDF and HTML.

    All figures come from the marts of the last build, and a report whose totals differ from theirs
    is not written. The HTML is one file that works offline. See docs/report.md.

    \b
    Examples:
      ai-spend report
      ai-spend report --period 2026-10
      ai-spend report --period 2026-10 --department "Field Service"
      ai-spend report send --to board.txt --period last-month
    """
    if context.invoked_subcommand is None:
        _write_report(period, department, out)
    elif period or department or out != PROJECT / "reports":
        raise click.UsageError(f"Write the options after `{context.invoked_subcommand}`.")


@report.command("send")
@TO
@WEBHOOK
@PERIOD
@DEPARTMENT
@DRY_RUN
@click.option("--force", is_flag=True, help="Send again, also of a month without charges.")
@STATE
def send_report(
    to: str | None,
    webhook: str | None,
    period: str | None,
    department: str | None,
    dry_run: bool,
    force: bool,
    state: Path,
) -> None:
    """Send the report of a month by mail, with the PDF; its three numbers to a webhook.

    A recipient gets the report of a month once, unless --force is said. The mail server is
    AI_SPEND_SMTP_HOST, AI_SPEND_SMTP_PORT (587, STARTTLS; 465 is TLS), AI_SPEND_SMTP_USER,
    AI_SPEND_SMTP_PASSWORD and AI_SPEND_SMTP_FROM; without TLS nothing is sent.

    \b
    Examples:
      ai-spend report send --to cfo@example.com --dry-run
      ai-spend report send --to board.txt --period last-month --webhook teams
    """
    from ai_spend.report import ReportError, make
    from ai_spend.report.mail import recipients
    from ai_spend.report.send import deliver, of_report

    _check_recipients(to, webhook)
    try:
        addresses = recipients(to) if to else []
        made = make(database(), PROJECT, period, department, lambda line: click.echo(f"  {line}"))
        if not made.report.has_charges and not force:
            raise ReportError(
                f"Nothing was charged in {made.report.period:%B %Y}, and nothing was sent: has the "
                "month been built? Run `make build`, or say --force to send the report as it is."
            )
        parcel = of_report(made)
        deliver(
            state,
            addresses,
            webhook,
            lambda sent, recipient: (
                parcel if force or not sent.was_sent("reports", made.name, recipient) else None
            ),
            click.echo,
            dry_run,
        )
    except ReportError as error:
        raise Failure(str(error)) from error


def _check_recipients(to: str | None, webhook: str | None) -> None:
    if not to and not webhook:
        raise click.UsageError("Say whom to send to: --to, --webhook, or both.")


@main.command("alerts")
@click.option("--check", is_flag=True, help="End with 1 when there is anything new.")
@click.option("--send", is_flag=True, help="Send what is new, in one message to each recipient.")
@TO
@WEBHOOK
@DRY_RUN
@STATE
def tell_alerts(
    check: bool, send: bool, to: str | None, webhook: str | None, dry_run: bool, state: Path
) -> None:
    """Show the alerts of the last build that nobody has been sent yet, or send them.

    Budgets that are passed, will be or may be, and unusual days, from the table alerts; each says
    what is known and what is estimated. No person is named. Mail and webhook as in
    `ai-spend report send`.

    \b
    Examples:
      ai-spend alerts --check
      ai-spend alerts --send --to finance@example.com --webhook slack
    """
    from ai_spend.report import ReportError, alerts
    from ai_spend.report.mail import recipients
    from ai_spend.report.send import deliver
    from ai_spend.report.state import State

    if send:
        _check_recipients(to, webhook)
    elif to or webhook or dry_run:
        raise click.UsageError("--to, --webhook and --dry-run go with --send.")
    try:
        addresses = recipients(to) if to else []
        found = alerts.read(database(), PROJECT)
        fresh = alerts.new(found, State(state))
        for line in alerts.lines(fresh):
            click.echo(line)
        click.echo(f"{len(fresh)} new of {len(found)} alerts.")
        if send:
            deliver(
                state,
                addresses,
                webhook,
                lambda sent, recipient: alerts.parcel(found, sent, recipient),
                click.echo,
                dry_run,
            )
    except ReportError as error:
        raise Failure(str(error)) from error
    if check and fresh:
        sys.exit(1)


def _export(spec, dataset, fmt, start, end, out: Path, chosen=()) -> None:
    from ai_spend.export import ExportError
    from ai_spend.export import export as write
    from ai_spend.summary import short

    try:
        result = write(database(), spec, fmt, out, start, end, dataset=dataset, chosen=chosen)
    except ExportError as error:
        raise Failure(str(error)) from error
    totals = "; ".join(
        f"{currency} " + ", ".join(f"{name} {_exact(value)}" for name, value in columns.items())
        for currency, columns in result.totals.items()
        if columns
    )
    click.echo(f"  {short(result.path)}: {result.rows:,} rows{'; ' if totals else ''}{totals}")


def _exact(amount: Decimal) -> str:
    """Every digit that says something."""
    return f"{amount:,f}".rstrip("0").rstrip(".")


@main.command()
@click.option("--month", type=MONTH, help="Billing month to close, for example 2026-06.")
@click.option(
    "--service",
    help="Close this service only, by its key in seeds/reference/services.csv, for example "
    "openai_api. Default: all services that are not closed in that month yet.",
)
@click.option("--note", default="", help="Kept with the line in the seed: who closed it, or why.")
@click.option(
    "--force",
    is_flag=True,
    help="Also when the month is not over, or files are newer than the build.",
)
@click.option("--list", "listed", is_flag=True, help="Show what is closed, and close nothing.")
def close(
    month: datetime | None, service: str | None, note: str, force: bool, listed: bool
) -> None:
    """Close a billing month: keep its charges as the last build has them.

    Writes them to <AI_SPEND_CLOSED>/<month>/<service or all>.parquet (default folder: closed), with
    a manifest beside it, and adds the line to seeds/organisation/closes.csv. Keep all three: back
    the folder up, commit the seed. Later builds read the month from the file and never make it
    anew; what bills, logs or prices say otherwise by then is booked as corrections in the first
    open month, and the table `restatements` says why.

    \b
    Examples:
      ai-spend close --month 2026-06
      ai-spend close --month 2026-06 --service openai_api --note "invoice OAI-2026-06 booked"
      ai-spend close --list
    """
    from ai_spend import closing

    if listed:
        _list_closed()
        return
    if month is None:
        raise click.UsageError("Name the month to close (--month 2026-06), or ask for --list.")
    try:
        result = closing.close(database(), PROJECT, month.date(), service, note, force)
    except closing.CloseError as error:
        raise Failure(str(error)) from error
    what = f"{result.month:%B %Y}{f' for {service}' if service else ''}"
    click.echo(f"Closed {what}: {result.rows:,} charges in {_near(result.path)}")
    _echo_totals(result.totals)
    for warning in result.warnings:
        click.echo(f"  Note: {warning}")
    click.echo(f"  Back up {_near(result.path.parent)}, commit {closing.SEED}, then build again.")


def _list_closed() -> None:
    import json

    from ai_spend import closing

    found = closing.overview(PROJECT)
    if not found:
        click.echo("No month is closed.")
    for line, file in found:
        problem = file.problem if file else "is lost"
        rows = f"{file.row_count:,} charges" if file and file.row_count is not None else "?"
        click.echo(
            f"{line.month:%Y-%m}  {line.service or 'all services'}  closed {line.closed_at}  {rows}"
            f"{f'  {line.note}' if line.note else ''}"
        )
        if problem:
            click.echo(f"  Its file {problem}: put it back from a backup.")
        if file and file.totals:
            _echo_totals(json.loads(file.totals))


def _echo_totals(totals: list[dict]) -> None:
    from ai_spend.closing import COSTS, per_currency

    sums = {cost: per_currency(totals, cost) for cost in COSTS}
    for currency in sums[COSTS[0]]:
        costs = ", ".join(f"{cost} {_exact(sums[cost][currency])}" for cost in COSTS)
        click.echo(f"  {currency} {costs}".replace("_cost", ""))


def _near(path: Path) -> Path:
    from ai_spend.summary import short

    return short(path)


@main.command()
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=PROJECT / "exports" / DECLARATION,
    help="File; default exports/focus-conformance.json.",
)
def declare(out: Path) -> None:
    """Write what this build delivers: FOCUS datasets, columns, rules, control totals.

    Runs of the validator count when the file they were about lies unchanged beside OUT.
    """
    _declare(out)


def _declare(out: Path) -> None:
    import duckdb

    from ai_spend import metadata
    from ai_spend.summary import short

    if not database().exists():
        raise Failure(f"There is no database at {database()}. Run `make build` first.")
    try:
        with duckdb.connect(database(), read_only=True) as connection:
            declared = metadata.declaration(
                connection,
                updated=metadata.updated_at(database()),
                at=metadata.now(),
                exports=out.parent,
            )
        metadata.write_json(out, declared)
    except (duckdb.Error, OSError, metadata.MetadataError) as error:
        raise Failure(f"{out} was not written: {error}") from error
    click.echo(f"  {short(out)}: {len(declared['datasets'])} FOCUS datasets declared")


@main.command()
@click.argument("parquet", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--spec", default="1.4", show_default=True, help="FOCUS version of the file.")
@click.option("--dataset", default="CostAndUsage", show_default=True, help="Dataset of the file.")
def validate(parquet: Path, spec: str, dataset: str) -> None:
    """Run the official FOCUS validator, all criteria, on a Parquet export.

    What it said is kept beside the file, for `ai-spend declare`.
    """
    from ai_spend.conformance import ValidationError
    from ai_spend.conformance import validate as run
    from ai_spend.metadata import now, record_validation

    try:
        result = run(parquet, spec, dataset)
    except ValidationError as error:
        raise Failure(str(error)) from error
    click.echo(result.message)
    try:
        record_validation(parquet, spec, dataset, result, now())
    except OSError as error:
        click.echo(f"The result could not be kept beside {parquet}: {error.strerror}", err=True)
    for rule in result.unexplained:
        click.echo(f"  {rule}")
    sys.exit(1 if result.unexplained else 0)


@main.group()
def prices() -> None:
    """The price book."""


@prices.command("refresh")
def refresh_prices() -> None:
    """Rewrite seeds/prices from the installed genai-prices package."""
    from ai_spend.prices import PriceBookError, refresh

    try:
        click.echo(refresh(PROJECT / "seeds"))
    except PriceBookError as error:
        raise Failure(str(error)) from error


@prices.command("check")
@click.option(
    "--max-age",
    "days",
    type=click.IntRange(min=0),
    help="Days after which a price is old; default: the var price_max_age_days.",
)
def check_prices(days: int | None) -> None:
    """Name models in use that have no price or an old one, and the rows that would price them.

    The rows are those of seeds/prices/price_corrections.csv, to be completed with price, source and
    day. Ends with 1 when there is something to do, with 0 when there is not.
    """
    from ai_spend import price_check

    if not database().exists():
        raise Failure(f"There is no database at {database()}. Run `make build` first.")
    days = price_check.max_age_days(PROJECT) if days is None else days
    report = price_check.check(database(), days, price_check.released_on())
    if report.is_clean:
        click.echo(f"All models in use have a price that is at most {days} days old.")
        return
    for line in report.lines:
        click.echo(line)
    click.echo(f"\nRows for {price_check.SEED}, to be completed with price, source and day:\n")
    click.echo(report.csv(), nl=False)
    sys.exit(1)


@main.group()
def spec() -> None:
    """The versions of the FOCUS specification (docs/adding-a-focus-version.md)."""


@spec.command("refresh")
@click.option(
    "--model",
    "model_file",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Official model file of a FOCUS release, for example model-1.4.json.",
)
def refresh_spec(model_file: Path) -> None:
    """Write contracts and rule seeds of the versions that an official model file tells of."""
    from ai_spend import spec as specification

    try:
        model = specification.read_model(model_file)
        for path, text in specification.files(model).items():
            (PROJECT / path).parent.mkdir(parents=True, exist_ok=True)
            (PROJECT / path).write_text(text, encoding="utf-8")
            click.echo(f"Wrote {path}")
        for dataset in specification.unprojected(model):
            click.echo(f"Left out: dataset {dataset} (see TITLES in ai_spend/spec.py)")
        missing = specification.undescribed(model)
    except specification.SpecError as error:
        raise Failure(str(error)) from error
    if missing:
        raise Failure(
            "Describe these columns in models/focus/_focus_columns.md: " + ", ".join(missing)
        )


@main.group()
def sample() -> None:
    """The invented sample company."""


@sample.command("generate")
@click.option("--out", type=click.Path(path_type=Path), default=PROJECT / "landing" / "sample")
def generate_sample(out: Path) -> None:
    """Write landing/sample; the same bytes on every run."""
    from ai_spend.sample import generate

    generate(out)
    click.echo(f"Wrote {out}")


@main.group()
def vendor() -> None:
    """Help for whoever adds a vendor (docs/adding-a-vendor.md)."""


@vendor.command("contract")
@click.argument("shape")
@click.argument("model")
def vendor_contract(shape: str, model: str) -> None:
    """Print the YAML of a vendor's MODEL that delivers SHAPE (usage, bill_lines, seats ...)."""
    from ai_spend.shapes import contract_yaml, read_shapes

    known = [name for name in read_shapes() if name != "records"]
    if shape not in known:
        raise Failure(f"Unknown shape '{shape}'. Available: {', '.join(known)}.")
    click.echo(contract_yaml(shape, model), nl=False)


@main.group()
def docs() -> None:
    """Pages that are written from the project itself."""


@docs.command("vendors")
def docs_vendors() -> None:
    """Write docs/vendors.md: exports, shapes, unit tests, sample records."""
    from ai_spend.vendors import write

    click.echo(f"Wrote {write()}")


@docs.command("tokens")
def docs_tokens() -> None:
    """Write docs/tokens.md: how token counts are read, class by class and log by log."""
    from ai_spend.tokens import write

    click.echo(f"Wrote {write()}")


@docs.command("correctness")
def docs_correctness() -> None:
    """Write docs/correctness.md: what is guaranteed of each kind of input, case by case."""
    from ai_spend.correctness import write

    click.echo(f"Wrote {write()}")


@docs.command("conformance")
def docs_conformance() -> None:
    """Write docs/conformance.md: the verdict on every FOCUS rule, and what answers it."""
    from ai_spend.coverage import verdicts, write

    click.echo(f"Wrote {write()}")
    unanswered = [rule.rule_id for rule in verdicts() if rule.verdict == "unanswered"]
    if unanswered:
        click.echo("Unanswered in seeds/focus/focus_rule_answers.csv: " + " ".join(unanswered))


@docs.command("invoice")
@click.option("--issuer", default="OpenAI", show_default=True, help="InvoiceIssuerName.")
@click.option("--invoice", default="OAI-2026-07", show_default=True, help="InvoiceId.")
def docs_invoice(issuer: str, invoice: str) -> None:
    """Write docs/invoice-walk.md: one invoice, from the PDF's amount to departments."""
    from ai_spend.invoice_walk import TotalsDiffer, write

    try:
        click.echo(f"Wrote {write(database(), issuer, invoice)}")
    except TotalsDiffer as problem:
        raise Failure(str(problem)) from None
