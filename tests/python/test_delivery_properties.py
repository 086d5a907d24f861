"""However a company's exports arrive: each true amount is charged once, and no lack is in silence.

Companies are drawn at random: what each account's parts cost on each day, and the exports that were
pulled of it, to a random day, of all parts or some, in which earlier days may be restated. Real
files are written of them: in pages, chunks and folders, under names and modification times that
differ, twice, zipped, in two versions, torn, with pages missing. Two gateways log the calls of some
companies, with keys that overlap or not. The project's own readers read all of them.

The oracle knows the pulls and not the files: a cell (account, day, part) costs what the newest
complete pull of it states, else what the newest incomplete one does.

Companies share a landing folder and never an account. Replay one with `company_of(seed)`: its
accounts and files are named after the seed.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from case_files import filled, merged, same, words_of
from cases import Case, Project, built_project, shapes

COMPANIES = 2000
AT_ONCE = 250
DAY = timedelta(days=1)
FIRST = date(2026, 4, 24)
SEAT_PRICE = 1900

# A cell is (account, day, part); amounts are whole cents of USD.
Cell = tuple[str, date, str]
Amounts = dict[Cell, int]


@dataclass(frozen=True)
class Export:
    """A dataset: the row of a cell, and how files of it are cut, placed and recognised."""

    dataset: str
    service: str
    shape: str
    row: Callable[[str, str, int, str], dict]
    ending: str = "csv"
    # Pages of daily buckets, one account each; else rows of any account.
    has_pages: bool = False
    # Whether a delivery may be cut anywhere; else each file is what it is filtered to.
    has_chunks: bool = True
    names_account: bool = True
    has_manifest: bool = False
    # How long after midnight its days begin, and end.
    hours_late: int = 0
    # What rows say besides, by version; two versions may lie side by side.
    versions: tuple[dict, ...] = ({},)


def dollars(cents: int) -> Decimal:
    return Decimal(cents) / 100


def focus_row(account: str, part: str, cents: int, number: str) -> dict:
    return {
        "BillingAccountId": account,
        "SubAccountId": part,
        "BilledCost": dollars(cents),
        "SkuId": f"sku-{number}",
    }


def copilot_row(account: str, part: str, cents: int, number: str) -> dict:
    return {
        "sku": "copilot_premium_request",
        "unit_type": "requests",
        "quantity": cents,
        "applied_cost_per_quantity": Decimal("0.01"),
        "gross_amount": dollars(cents),
        "organization": part,
        "repository": f"r{number}",
    }


FOCUS_VERSIONS = (
    {"BillingAccountType": "Billing Profile", "x_SkuMeterName": "gpt-4o in"},
    {
        "BillingAccountType": "Billing Profile",
        "SubAccountType": "Subscription",
        "InvoiceId": None,
        "SkuMeter": "gpt-4o in",
        "PricingCurrency": "USD",
    },
)
EXPORTS = (
    Export(
        "openai/costs",
        "openai_api",
        "openai_costs_page",
        lambda account, part, cents, number: {
            "organization_id": account,
            "project_id": part,
            "amount": {"value": dollars(cents), "currency": "usd"},
            "line_item": f"gpt-4o, input {number}",
        },
        ending="json",
        has_pages=True,
    ),
    Export(
        "anthropic/cost_report",
        "claude_api",
        "anthropic_cost_page",
        lambda account, part, cents, number: {
            "workspace_id": part,
            "amount": str(cents),
            "description": f"Claude Sonnet 5 Usage - Input Tokens {number}",
        },
        ending="json",
        has_pages=True,
    ),
    Export(
        "github_copilot/billing_usage",
        "github_copilot",
        "copilot_bill",
        copilot_row,
        has_chunks=False,
        names_account=False,
    ),
    Export(
        "aws_bedrock/cur",
        "aws_bedrock",
        "cur_line",
        lambda account, part, cents, number: {
            "bill_payer_account_id": account,
            "line_item_usage_account_id": part,
            "line_item_unblended_cost": dollars(cents),
            "identity_line_item_id": f"l{number}",
        },
        has_manifest=True,
    ),
    Export(
        "azure_openai/focus",
        "azure_openai",
        "focus_line",
        focus_row,
        has_manifest=True,
        versions=FOCUS_VERSIONS,
    ),
    Export("focus_any/cost_and_usage", "azure_openai", "focus_line", focus_row),
    Export(
        "google_vertex/billing_export",
        "google_vertex",
        "google_line",
        lambda account, part, cents, number: {
            "billing_account_id": account,
            "project": {"id": part, "name": part, "labels": []},
            "cost": dollars(cents),
            "sku": {"id": f"S-{number}", "description": "tokens"},
        },
        ending="jsonl",
        hours_late=7,
    ),
)
MONEY = (
    "amount",
    "gross_amount",
    "net_amount",
    "line_item_unblended_cost",
    "BilledCost",
    "cost",
)


# Only modification times tell which pull is the newer one.
UNDATED = ("undated folder", "one folder")


@dataclass
class Pull:
    """One delivery: what it states, and what can be read of its files."""

    number: int
    at: datetime
    first: date
    last: date
    accounts: tuple[str, ...]
    parts: tuple[str, ...]
    states: Amounts
    trouble: str = ""
    version: int = 0
    held: Amounts = field(default_factory=dict)
    # Cells of pages that are followed by others, which are not there.
    incomplete: set[Cell] = field(default_factory=set)
    # Accounts and cells of files whose names say that all days of the pull are there.
    claimed: list[tuple[str, list[Cell]]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"pull {self.number} at {self.at} of {self.first} to {self.last} {self.accounts} "
            f"{self.parts} {self.trouble}: " + ", ".join(self.files)
        )


@dataclass
class Company:
    seed: int
    export: Export | None = None
    layout: str = ""
    truth: Amounts = field(default_factory=dict)
    pulls: list[Pull] = field(default_factory=list)
    # The accounts' days that some readable bill is about.
    reached: set[tuple[str, date]] = field(default_factory=set)
    logged: dict[str, set[Cell]] = field(default_factory=dict)
    # People with a seat by account and month, and those that some list shows.
    seats: dict[tuple[str, date], set[str]] = field(default_factory=dict)
    shown: dict[tuple[str, date], set[str]] = field(default_factory=dict)
    # The most that a list says to be in it.
    counted: dict[tuple[str, date], int] = field(default_factory=dict)
    # What lies in the landing folder: content and modification time by path.
    files: dict[str, tuple[bytes, int]] = field(default_factory=dict)

    def __str__(self) -> str:
        of = self.export.dataset if self.export else "seats"
        lines = [f"company {self.seed}: {of}, {self.layout}", *map(str, self.pulls)]
        return "\n    ".join(lines)


def days(first: date, last: date) -> list[date]:
    return [first + DAY * n for n in range((last - first).days + 1)]


@cache
def template(shape: str, day: date) -> dict:
    return filled(shapes()[shape]["record"], words_of(day))


def record(shape: str, day: date, changes: dict) -> dict:
    written = merged(template(shape, day), changes)
    return {key: same(value, written) for key, value in written.items()}


def dumped(value) -> str:
    return json.dumps(value, default=lambda d: int(d) if d == int(d) else float(d))


# --- the true world, and what is pulled of it


def company_of(seed: int) -> Company:
    rng = random.Random(seed)
    company = Company(seed)
    if rng.random() < 0.1:
        plan_seats(rng, company)
        return company
    company.export = rng.choice(EXPORTS)
    has_log = company.export.dataset == "openai/costs" and rng.random() < 0.5
    plan_pulls(rng, company, has_log)
    for pull in company.pulls:
        write_pull(rng, company, pull)
    if has_log:
        write_logs(rng, company)
    return company


def names_of(seed: int, rng: random.Random) -> tuple[tuple[str, ...], tuple[str, ...]]:
    count = rng.choice((1, 1, 2))
    accounts = tuple(f"acct-{seed}-{letter}" for letter in "xy"[:count])
    return accounts, tuple(f"part-{letter}" for letter in "abc"[: rng.choice((1, 2, 3))])


def plan_pulls(rng: random.Random, company: Company, has_log: bool) -> None:
    accounts, parts = names_of(company.seed, rng)
    first = FIRST + DAY * rng.randint(0, 20)
    last = first + DAY * rng.randint(3, 12)
    density = 1 if has_log else rng.choice((0.6, 0.9, 1))
    now = {
        (account, day, part): rng.randint(1, 900)
        for account in accounts
        for day in days(first, last)
        for part in parts
        if rng.random() < density
    }
    layouts = ["marked", "dated folder", "run folder", "undated folder", "one folder"]
    company.layout = rng.choice(layouts + ["manifest"] * 3 * company.export.has_manifest)
    at = first + DAY * rng.randint(2, 8)
    for number in range(rng.choice((1, 2, 2, 3, 4))):
        if number and not has_log:
            now = {
                cell: rng.randint(1, 900) if rng.random() < 0.15 else cents
                for cell, cents in now.items()
            }
        begin = first + DAY * (rng.randint(0, (last - first).days) if rng.random() < 0.3 else 0)
        end = min(at - DAY, last)
        if rng.random() < 0.2:
            end -= DAY * rng.randint(0, 3)
        pull = Pull(
            number,
            datetime(at.year, at.month, at.day, 2),
            begin,
            end,
            accounts if rng.random() < 0.75 else tuple(rng.sample(accounts, 1)),
            parts if has_log or rng.random() < 0.75 else tuple(rng.sample(parts, 1)),
            {},
            # In one folder the higher version would count, whichever came first.
            version=rng.randrange(len(company.export.versions))
            if company.layout != "one folder"
            else 0,
        )
        pull.states = {
            cell: cents
            for cell, cents in now.items()
            if cell[0] in pull.accounts and begin <= cell[1] <= end and cell[2] in pull.parts
        }
        if pull.states:
            company.pulls.append(pull)
        at += DAY * rng.randint(1, 9)
    company.truth = now


# --- the files of a pull


@dataclass
class Piece:
    """A file of a pull. A page is followed by the next one of its account."""

    account: str
    cells: list[Cell]
    text: str
    version: int = 0
    page: int = 0


def write_pull(rng: random.Random, company: Company, pull: Pull) -> None:
    export, layout = company.export, company.layout
    troubles = ["unreadable", "torn"] + ["page"] * 2 * export.has_pages
    if rng.random() < 0.2 and layout != "one folder":
        pull.trouble = rng.choice(["part"] if layout == "manifest" else troubles)
    if pull.trouble == "torn" and layout != "undated folder":
        # What is torn makes the rest of its delivery incomplete: other companies' have its date.
        layout = "run folder"
    can_be_two = layout not in ("manifest", "one folder") and not pull.trouble
    pieces = (
        pages_of(rng, export, pull)
        if export.has_pages
        else tables_of(rng, export, pull, can_be_two)
    )
    missing = lose_one(rng, export, pull, pieces)
    run = str(uuid.UUID(int=rng.getrandbits(128)))
    stem = f"{rng.choice(('costs', 'export', 'report'))}-c{company.seed}"
    # A date in a name is one of the delivery where nothing else says when that was.
    # Two dates say that all days between are there.
    has_days = layout not in UNDATED and (export.has_chunks or len(pieces) == 1)
    words = rng.choice(("", "", f"_{pull.first}_{pull.last}")) if has_days else ""
    is_by_version = len(export.versions) > 1 and rng.random() < 0.5
    paths = []
    for number, piece in enumerate(pieces):
        name = f"{stem}_p{number + 1}{words}" if len(pieces) > 1 else f"{stem}{words}"
        folders = [] if export.names_account else [f"account={piece.account}"]
        if is_by_version and layout != "one folder":
            folders.append(("v10", "v12")[piece.version])
        path = placed(rng, export, layout, pull, name, folders, run, number)
        paths.append(path)
        content = piece.text.encode()
        if piece is missing and pull.trouble == "torn":
            put(rng, company, pull, f"{path}.gz", torn(content), layout)
        elif piece is not missing:
            is_zipped = layout != "manifest" and rng.random() < 0.3
            content = gzip.compress(content, mtime=0) if is_zipped else content
            put(rng, company, pull, f"{path}.gz" if is_zipped else path, content, layout)
            if pull.trouble != "unreadable":
                pull.held.update({cell: pull.states[cell] for cell in piece.cells})
                company.reached |= reach_of(piece.cells, export.hours_late)
                if words:
                    pull.claimed.append((piece.account, piece.cells))
            if layout != "manifest" and rng.random() < 0.15:
                again(rng, company, pull, path, piece.text, layout)
    if layout == "manifest":
        write_manifest(rng, company, pull, run, paths)


def reach_of(cells: list[Cell], hours_late: int) -> set[tuple[str, date]]:
    """The days of a file, from its first to its last: on those between nothing was used."""
    return {
        (account, day)
        for account in {account for account, _, _ in cells}
        for own in [[day for owner, day, _ in cells if owner == account]]
        for day in days(min(own), max(own) + DAY * bool(hours_late))
    }


def lose_one(rng: random.Random, export: Export, pull: Pull, pieces: list[Piece]) -> Piece | None:
    """The piece that is not there, and what is incomplete without it."""
    if pull.trouble not in ("page", "part", "torn"):
        return None
    # Nothing shows that a first page is missing.
    lost = rng.choice([p for p in pieces if p.page > 0 or pull.trouble != "page"] or [None])
    if lost is None:
        pull.trouble = ""
    elif export.has_pages:
        before = [p for p in pieces if p.account == lost.account and p.page < lost.page]
        pull.incomplete = {cell for piece in before for cell in piece.cells}
    elif export.has_chunks:
        pull.incomplete = set(pull.states)
    return lost


def placed(
    rng: random.Random,
    export: Export,
    layout: str,
    pull: Pull,
    name: str,
    folders: list[str],
    run: str,
    number: int,
) -> str:
    """A path that says when the pull was made, in one of the ways of the world."""
    company = name.split("_")[0]
    if layout == "marked":
        marker = "__exported_" if pull.number % 2 else "__pulled-"
        name = f"{name}{marker}{pull.at.date()}"
        folders = [*folders, *rng.choice(([], [], ["team a"], ["old", "mail"]))]
    elif layout == "dated folder":
        folders = [f"{pull.at.date()}", *folders]
    elif layout == "run folder":
        folders = [f"{pull.at.isoformat()}.000Z-{company}-{pull.number}", *folders]
    elif layout == "undated folder":
        folders = [f"{company}-{'zyxw'[pull.number]}", *folders]
    elif layout == "one folder":
        folders, name = [company.split("-")[-1], *folders], f"{name} ({pull.number})"
    else:
        folders = [company, "20260401-20260531", run]
        name = f"part_{number}_0001"
    return "/".join([export.dataset, *folders, f"{name}.{export.ending}"])


def put(
    rng: random.Random, company: Company, pull: Pull, path: str, content: bytes, layout: str
) -> None:
    """Modification times say something only where nothing else does."""
    modified = 1_780_000_000 + rng.randint(0, 900_000)
    if layout in UNDATED:
        modified = 1_780_000_000 + 100_000 * pull.number + rng.randint(0, 90_000)
    assert path not in company.files, path
    company.files[path] = (content, modified)
    pull.files.append(path)


def again(
    rng: random.Random, company: Company, pull: Pull, path: str, text: str, layout: str
) -> None:
    """The same file once more, zipped perhaps: beside it, or in a folder of its own."""
    folder, _, name = path.rpartition("/")
    if layout in ("marked", "dated folder") and rng.random() < 0.5:
        folder = f"{folder}/again"
    if rng.random() < 0.5:
        content, name = gzip.compress(text.encode(), mtime=0), f"copy of {name}.gz"
    else:
        content, name = text.encode(), f"copy of {name}"
    put(rng, company, pull, f"{folder}/{name}", content, layout)


def torn(content: bytes) -> bytes:
    whole = gzip.compress(content, mtime=0)
    return whole[: len(whole) // 2]


def rows_of(
    rng: random.Random, export: Export, pull: Pull, cells: list[Cell], version: int = 0
) -> Iterator[dict]:
    """One row a cell, or two. Of a pull that cannot be read no row says what it costs."""
    for account, day, part in cells:
        cents = pull.states[account, day, part]
        first = rng.randint(1, cents) if rng.random() < 0.2 else cents
        for number, amount in enumerate((first, cents - first)):
            if amount or not number:
                row = export.row(account, part, amount, f"{day}-{part[-1]}{number}")
                if pull.trouble == "unreadable":
                    row = {key: "n/a" if key in MONEY else row[key] for key in row}
                yield record(export.shape, day, export.versions[version] | row)


def tables_of(rng: random.Random, export: Export, pull: Pull, can_be_two: bool) -> list[Piece]:
    """Files of rows, in two versions perhaps: whole, or cut by account, part, days or anywhere."""
    cells = sorted(pull.states)
    rng.shuffle(cells)
    by_account = not export.names_account
    cut = rng.choice(("whole", "whole", "account", "part", "days", "anywhere"))
    if cut == "anywhere" and not export.has_chunks:
        cut = "whole"
    middle = rng.choice(cells)[1]
    groups: dict[tuple, list[Cell]] = defaultdict(list)
    for cell in cells:
        account, day, part = cell
        side = {
            "whole": "",
            "account": account,
            "part": part,
            "days": day < middle,
            "anywhere": rng.randrange(3),
        }[cut]
        groups[account if by_account else "", side].append(cell)
    versions = [pull.version]
    if can_be_two and len(export.versions) > 1 and rng.random() < 0.3:
        versions = [0, 1]
    return [
        Piece(
            group[0][0],
            group,
            text_of(rng, export, list(rows_of(rng, export, pull, group, version))),
            version,
        )
        for version in versions
        for group in groups.values()
    ]


def text_of(rng: random.Random, export: Export, rows: list[dict]) -> str:
    if export.ending == "jsonl":
        return "".join(f"{dumped(row)}\n" for row in rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def pages_of(rng: random.Random, export: Export, pull: Pull) -> list[Piece]:
    """Pages of daily buckets, of two days at least: a pull per account, and part perhaps."""
    pieces = []
    by_part = pull.trouble not in ("page", "torn") and rng.random() < 0.3
    for account in pull.accounts:
        own = sorted(cell for cell in pull.states if cell[0] == account)
        for part in pull.parts if by_part else (None,):
            cells = [cell for cell in own if part in (None, cell[2])]
            if not cells:
                continue
            span = days(cells[0][1], max(day for _, day, _ in cells))
            size = rng.choice((len(span), 2, 3, 5))
            windows = [span[n : n + size] for n in range(0, len(span), size)]
            if len(windows) > 1 and len(windows[-1]) == 1:
                windows[-2:] = [windows[-2] + windows[-1]]
            held = [[cell for cell in cells if cell[1] in window] for window in windows]
            if not all(held):
                windows, held = [span], [cells]
            for number, (window, page) in enumerate(zip(windows, held, strict=True)):
                is_followed = number + 1 < len(windows)
                text = page_text(rng, export, pull, window, page, is_followed)
                pieces.append(Piece(account, page, text, page=number))
    return pieces


def page_text(
    rng: random.Random,
    export: Export,
    pull: Pull,
    window: list[date],
    cells: list[Cell],
    is_followed: bool,
) -> str:
    shape = shapes()[export.shape]["page"]
    buckets = []
    for day in window:
        of_day = [cell for cell in cells if cell[1] == day]
        results = list(rows_of(rng, export, pull, of_day))
        if shape["seconds"]:
            word = words_of(day)
            start, end = int(word["{epoch}"]), int(word["{next_epoch}"])
            buckets.append({"start_time": start, "end_time": end, "results": results})
        else:
            start, end = f"{day}T00:00:00Z", f"{day + DAY}T00:00:00Z"
            buckets.append({"starting_at": start, "ending_at": end, "results": results})
    following = {"has_more": is_followed, "next_page": "page_x" if is_followed else None}
    named = {} if shape["seconds"] else {"organization_id": cells[0][0]}
    return dumped({"object": "page", "data": buckets} | named | following)


def write_manifest(
    rng: random.Random, company: Company, pull: Pull, run: str, paths: list[str]
) -> None:
    """What Azure or AWS writes beside an export: which files it has, and when it was made."""
    listed = [path.removeprefix(f"{company.export.dataset}/") for path in paths]
    submitted = pull.at.isoformat()
    if company.export.dataset == "azure_openai/focus":
        manifest = {
            "manifestVersion": "2024-04-01",
            "blobCount": len(listed),
            "blobs": [{"blobName": name} for name in listed],
            "runInfo": {"runId": run, "submittedTime": f"{submitted}Z"},
        }
        name = "manifest.json"
    else:
        manifest = {
            "exportName": "exp",
            "executionId": run,
            "dataFiles": [f"s3://bucket/{name}" for name in listed],
            "createdAt": f"{submitted}Z",
        }
        name = "exp-Manifest.json"
    path = paths[0].rpartition("/")[0]
    put(rng, company, pull, f"{path}/{name}", dumped(manifest).encode(), "manifest")


# --- logs of gateways, and lists of seats


def write_logs(rng: random.Random, company: Company) -> None:
    """One gateway or two before the same calls, one a cell: with keys that overlap or not."""
    cells = sorted(company.truth)
    parts = sorted({part for _, _, part in cells})
    pattern = rng.choice(("same", "disjoint", "overlap"))
    for gateway in rng.sample(("litellm/spend_logs", "portkey/logs"), rng.choice((1, 1, 2))):
        seen = set(parts)
        if pattern == "disjoint":
            taken = {part for logged in company.logged.values() for _, _, part in logged}
            seen = set(parts) - taken if taken else set(parts[: rng.randint(1, len(parts))])
        elif pattern == "overlap":
            seen = set(rng.sample(parts, rng.randint(1, len(parts))))
        first = rng.choice(cells)[1] if rng.random() < 0.4 else cells[0][1]
        logged = {cell for cell in cells if cell[2] in seen and cell[1] >= first}
        if not logged:
            continue
        company.logged[gateway] = logged
        for account in sorted({account for account, _, _ in logged}):
            write_log(rng, company, gateway, sorted(c for c in logged if c[0] == account))


def write_log(rng: random.Random, company: Company, gateway: str, cells: list[Cell]) -> None:
    """Files of some days each, which overlap: a call that is delivered twice is one."""
    days_of_log = sorted({day for _, day, _ in cells})
    size = rng.choice((1, 3, len(days_of_log)))
    account = cells[0][0]
    for number in range(0, len(days_of_log), size):
        window = days_of_log[max(0, number - rng.randint(0, 1)) : number + size]
        calls = [call_of(gateway, company, cell) for cell in cells if cell[1] in window]
        text = "".join(f"{dumped(call)}\n" for call in calls).encode()
        folder = rng.choice(("", "", f"{window[-1]}/"))
        name = f"calls-c{company.seed}_{number}"
        path = f"{gateway}/account={account}/{folder}{name}.jsonl"
        for copy in range(rng.choice((1, 1, 1, 2))):
            where = path.replace(name, f"{name}-copy") if copy else path
            is_zipped = rng.random() < 0.3
            content = gzip.compress(text, mtime=0) if is_zipped else text
            modified = 1_780_000_000 + rng.randint(0, 900_000)
            company.files[f"{where}.gz" if is_zipped else where] = (content, modified)


def call_of(gateway: str, company: Company, cell: Cell) -> dict:
    account, day, part = cell
    cents = company.truth[cell]
    number = "abc".index(part[-1])
    request = f"{account}-{day}-{part}"
    at = f"{day}T{9 + number:02}:{int(account[-1] == 'y'):02}"
    if gateway == "portkey/logs":
        changes = {"id": request, "created_at": f"{at}:00.000Z", "cost": cents}
        return record("portkey_call", day, changes)
    changes = {
        "request_id": request,
        "startTime": f"{at}:00Z",
        "endTime": f"{at}:01Z",
        "spend": dollars(cents),
        "api_key": part,
    }
    return record("litellm_call", day, changes)


def plan_seats(rng: random.Random, company: Company) -> None:
    """People with a Copilot seat, and lists of them in pages, of which one may be missing."""
    accounts, _ = names_of(company.seed, rng)
    for account in accounts:
        people = [f"p{company.seed}-{account[-1]}{n}" for n in range(rng.randint(1, 7))]
        now = set(rng.sample(people, rng.randint(1, len(people))))
        at = date(2026, 4, rng.randint(2, 20))
        for _ in range(rng.randint(1, 4)):
            month = (account, at.replace(day=1))
            company.seats.setdefault(month, set()).update(now)
            write_list(rng, company, month, sorted(now), at)
            now = (now - set(rng.sample(people, 1))) | set(rng.sample(people, 1))
            at += DAY * rng.randint(1, 25)


def write_list(
    rng: random.Random, company: Company, month: tuple[str, date], people: list[str], at: date
) -> None:
    shown = company.shown.setdefault(month, set())
    size = rng.choice((2, 3, 10))
    pages = [people[n : n + size] for n in range(0, len(people), size)]
    lost = rng.randrange(len(pages)) if len(pages) > 1 and rng.random() < 0.2 else None
    for number, page in enumerate(pages):
        seats = [
            record("copilot_seats", at, {"assignee": {"login": person, "id": person}})
            for person in page
        ]
        text = dumped({"total_seats": len(people), "seats": seats}).encode()
        name = f"seats-c{company.seed}_p{number}__{at}.json"
        folder = rng.choice(("", "", "lists/"))
        path = f"github_copilot/seats/account={month[0]}/{folder}{name}"
        if number != lost:
            shown |= set(page)
            company.counted[month] = max(company.counted.get(month, 0), len(people))
            company.files[path] = (text, 1_780_000_000 + rng.randint(0, 900_000))
            if rng.random() < 0.2:
                again_path = path.replace(name, f"again_{name}.gz")
                company.files[again_path] = (gzip.compress(text, mtime=0), 1_780_000_000)


# --- what must come of it


def newest(company: Company) -> dict[Cell, Pull]:
    """Of each cell the newest pull that states it and is complete, else the newest that is not."""
    pulls: dict[Cell, Pull] = {}
    for is_complete in (False, True):
        for pull in company.pulls:
            for cell in pull.held:
                if (cell not in pull.incomplete) == is_complete:
                    pulls[cell] = pull
    return pulls


def stated(company: Company) -> Amounts:
    return {cell: pull.held[cell] for cell, pull in newest(company).items()}


def claimed(company: Company) -> set[tuple[str, date]]:
    """Days that names of files say to be there, where some row of the file counts."""
    pulls = newest(company)
    return {
        (account, day)
        for pull in company.pulls
        for account, cells in pull.claimed
        if any(pulls[cell] is pull for cell in cells)
        for day in days(pull.first, pull.last)
    }


def expected(company: Company) -> dict[tuple[str, date], int]:
    """Cents by account and day: of the bill, on other days of the logs' calls; seats by month."""
    billed = stated(company)
    days_billed = {(account, day) for account, day, _ in billed} | claimed(company)
    logged = {cell for cells in company.logged.values() for cell in cells}
    totals: dict[tuple[str, date], int] = defaultdict(int)
    for (account, day, _), cents in billed.items():
        totals[account, day] += cents
    for account, day, part in logged:
        if (account, day) not in days_billed:
            totals[account, day] += company.truth[account, day, part]
    for month, people in company.shown.items():
        if people:
            totals[month] = SEAT_PRICE * len(people)
    return dict(totals)


def truth(company: Company) -> dict[tuple[str, date], int]:
    totals: dict[tuple[str, date], int] = defaultdict(int)
    for (account, day, _), cents in company.truth.items():
        totals[account, day] += cents
    for month, people in company.seats.items():
        totals[month] += SEAT_PRICE * len(people)
    return totals


@dataclass
class Found:
    """What the project says of all companies that share a landing folder."""

    charged: dict[tuple[str, date], int]
    doubts: dict[str, int]
    gaps: set[tuple[str, date]]
    quarantined: set[str]
    lacking: set[str]
    guessed: dict[str, int]
    added: set[str]
    red: list[str]


def found_of(outcome) -> Found:
    def cents(sql: str) -> dict:
        return {tuple(key): int(amount * 100) for *key, amount in outcome.rows(sql) if amount}

    assert outcome.stopped is None, outcome.stopped
    return Found(
        charged=cents(
            "select billing_account_id, cast(charge_period_start as date), sum(billed_cost) "
            "from charge group by all"
        ),
        doubts=cents("select account_id, sum(amount_at_stake) from billing_doubts group by all"),
        gaps={
            (account, day)
            for account, first, last in outcome.rows(
                "select compared_account, first_day, last_day from gaps where first_day is not null"
            )
            for day in days(first, last)
        },
        quarantined={file for (file,) in outcome.rows("select source_file from quarantine")},
        lacking={
            file
            for (file,) in outcome.rows(
                "select source_file from landing_files inner join deliveries "
                "using (source_dataset, delivery) where not deliveries.is_complete"
            )
        },
        guessed=cents(
            "select account_id, sum(amount) from delivery_notices "
            "where kind = 'order guessed' group by all"
        ),
        added={
            file
            for (file,) in outcome.rows(
                "select source_file from notices where contains(notice, 'are added up')"
            )
        },
        red=outcome.red,
    )


def wrong(company: Company, found: Found) -> Iterator[str]:
    wanted, true = expected(company), truth(company)
    for place in sorted({*wanted, *true}):
        charged = found.charged.get(place, 0)
        if charged != wanted.get(place, 0) and not is_added(company, place, charged, found):
            yield f"{place}: charged {charged}, expected {wanted.get(place, 0)}"
    covered = company.reached | claimed(company)
    for account, day in set(true) - set(wanted) - covered - found.gaps:
        charged_on = [charged for owner, charged in wanted if owner == account]
        if company.pulls and charged_on and min(charged_on) < day < max(charged_on):
            yield f"{account} {day}: no gap"
    yield from silences(company, found)


def is_added(company: Company, place: tuple[str, date], charged: int, found: Found) -> bool:
    """Exports in one undated folder may be parts of one: they add up, and that is said."""
    return (
        company.layout == "one folder"
        and company.export.has_chunks
        and not company.export.has_pages
        and charged > expected(company).get(place, 0)
        and len(found.added & {file for pull in company.pulls for file in pull.files}) > 1
    )


def guesses(company: Company, found: Found) -> set[str]:
    """Accounts whose pulls are said to be ordered by guess, or to add up."""
    accounts = {account for (account,) in found.guessed}
    if found.added & {file for pull in company.pulls for file in pull.files}:
        accounts |= {account for pull in company.pulls for account in pull.accounts}
    return accounts


def silences(company: Company, found: Found) -> Iterator[str]:
    """What was lost on its way, or left out, and is not said."""
    for pull in company.pulls:
        told = found.lacking | found.quarantined
        newer = set().union(
            *(set(p.held) - p.incomplete for p in company.pulls if p.number > pull.number)
        )
        if pull.trouble and not newer >= set(pull.states) and not told & set(pull.files):
            yield f"nothing is said to be missing of {pull}"
    # An order that only modification times tell is a guess, where it decides on money.
    winners = newest(company)
    for pull in company.pulls if company.layout in UNDATED else ():
        for account in pull.accounts:
            is_replaced = any(
                cents != winners[cell].held[cell]
                for cell, cents in pull.held.items()
                if cell[0] == account and winners[cell].number > pull.number
            )
            if is_replaced and not guesses(company, found) & {account, None}:
                yield f"the order of {pull} is not said to be guessed"
    for month, people in company.seats.items():
        files = {file for file in company.files if f"account={month[0]}/" in file}
        is_short = len(company.shown[month]) < company.counted.get(month, 0)
        if is_short and not files & found.quarantined:
            yield f"no page of {len(people)} seats is missed: {month}"
    known = dict(stated(company))
    for cells in company.logged.values():
        for cell in cells:
            known.setdefault(cell, company.truth[cell])
    charged = sum(cents for place, cents in expected(company).items())
    accounts = {account for account, _, _ in known}
    at_stake = sum(found.doubts.get((account,), 0) for account in accounts)
    if company.logged and sum(known.values()) - charged > at_stake:
        yield f"{sum(known.values())} known, {charged} charged, {at_stake} in doubt"


def land(companies: list[Company], root: Path) -> None:
    for company in companies:
        for name, (content, modified) in company.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            os.utime(path, (modified, modified))


@pytest.fixture(scope="module")
def project() -> Project:
    return Project(built_project())


@pytest.mark.parametrize("first", range(0, COMPANIES, AT_ONCE))
def test_each_amount_is_charged_once_however_it_is_delivered(project, tmp_path, first):
    companies = [company_of(seed) for seed in range(first, first + AT_ONCE)]
    land(companies, tmp_path / "landing")
    case = Case("deliveries", {}, {}, {}, also=["delivery_notices"])
    with project.landed(tmp_path / "landing", case) as outcome:
        found = found_of(outcome)
    assert found.red == []
    broken = [
        f"{company}\n      " + "\n      ".join(problems[:6])
        for company in companies
        if (problems := list(wrong(company, found)))
    ]
    assert not broken, f"{len(broken)} companies\n" + "\n".join(broken[:5])
