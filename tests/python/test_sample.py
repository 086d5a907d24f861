"""The sample company, read back by an independent reader that trusts nothing but the files.

The reader below knows the vendors' formats and the price seeds, not the generator's books. What it
finds must equal ``sample_expected.json`` to the last digit.
"""

import csv
import gzip
import io
import json
import re
import zlib
from calendar import monthrange
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from ai_spend import sample

ROOT = Path(__file__).resolve().parents[2]
LANDING = ROOT / "landing" / "sample"
D = Decimal
MILLION = D(1_000_000)
EXPECTED = json.loads((ROOT / "tests" / "python" / "sample_expected.json").read_text())


# ---------------------------------------------------------------------------- reading files
def unpacked(content: bytes, name: str) -> bytes:
    """Content without compression, as far as it goes: other machines may compress otherwise."""
    return zlib.decompressobj(31).decompress(content) if name.endswith(".gz") else content


def files_of(dataset: str) -> list[Path]:
    """Whole files of a dataset, oldest export first, byte-identical copies left out."""
    seen, result = set(), []

    def exported(path: Path) -> tuple[str, str]:
        return re.findall(r"\d{4}-\d{2}-\d{2}", path.name)[-1], path.name

    for path in sorted((LANDING / dataset).iterdir(), key=exported):
        if path.read_bytes() not in seen and "_tail__" not in path.name:
            result.append(path)
        seen.add(path.read_bytes())
    return result


def text_of(path: Path) -> str:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")


def loads(text: str):
    return json.loads(text, parse_float=D)


@cache
def pages(dataset: str, time_key: str) -> tuple[dict, int, int]:
    """Newest rows per bucket, number of all rows, number of replaced rows."""
    newest: dict[str, list[dict]] = {}
    count = replaced = 0
    for path in files_of(dataset):
        for bucket in loads(text_of(path))["data"]:
            count += len(bucket["results"])
            start = bucket[time_key]
            if isinstance(start, int):
                start = datetime.fromtimestamp(start, UTC).isoformat()
            replaced += len(newest.get(start[:10], []))
            newest[start[:10]] = bucket["results"]
    return newest, count, replaced


@cache
def spend_logs() -> tuple[list[dict], Counter]:
    """Accepted calls of the gateway's log and what became of all other lines."""
    first: dict[str, str] = {}
    accepted, fate = [], Counter()
    for path in files_of("litellm/spend_logs"):
        for line in text_of(path).splitlines():
            fate["records"] += 1
            try:
                row = loads(line)
            except ValueError:
                fate["malformed JSON"] += 1
                continue
            if not isinstance(row, dict):
                fate["not a JSON object"] += 1
            elif "startTime" not in row:
                fate["no readable start time"] += 1
            elif min(row["prompt_tokens"], row["completion_tokens"]) < 0:
                fate["negative token count"] += 1
            elif row["request_id"] in first:
                same = first[row["request_id"]] == line
                fate["duplicates" if same else "id collision"] += 1
            else:
                first[row["request_id"]] = line
                for name in ("metadata", "request_tags"):
                    row[name] = loads(row[name]) if isinstance(row[name], str) else row[name]
                accepted.append(row)
    return accepted, fate


def call_tokens(row: dict) -> Counter:
    """Disjoint classes: the gateway counts cache reads and writes inside the prompt."""
    cached = row["metadata"]["additional_usage_values"]
    read, write = cached["cache_read_input_tokens"], cached["cache_creation_input_tokens"]
    return +Counter({
        "input_tokens": row["prompt_tokens"] - read - write, "cache_read_tokens": read,
        "cache_write_5m_tokens": write, "output_tokens": row["completion_tokens"],
    })  # fmt: skip


def is_billable(row: dict) -> bool:
    return row["status"] == "success" and str(row["cache_hit"]) != "True"


def openai_tokens(row: dict) -> Counter:
    return +Counter({
        "input_tokens": row["input_uncached_tokens"],
        "cache_read_tokens": row["input_cached_tokens"],
        "cache_write_5m_tokens": row["input_cache_write_tokens"],
        "output_tokens": row["output_tokens"],
    })  # fmt: skip


def claude_tokens(row: dict) -> Counter:
    return +Counter({
        "input_tokens": row["uncached_input_tokens"],
        "cache_read_tokens": row["cache_read_input_tokens"],
        "cache_write_5m_tokens": row["cache_creation"]["ephemeral_5m_input_tokens"],
        "cache_write_1h_tokens": row["cache_creation"]["ephemeral_1h_input_tokens"],
        "output_tokens": row["output_tokens"],
        "web_searches": row["server_tool_use"]["web_search_requests"],
    })  # fmt: skip


def message_tokens(usage: dict) -> Counter:
    total: Counter = Counter()
    for part in usage.get("iterations") or [usage]:
        split = part["cache_creation"] or {
            "ephemeral_5m_input_tokens": part["cache_creation_input_tokens"],
            "ephemeral_1h_input_tokens": 0,
        }
        total += claude_tokens(
            part | {"uncached_input_tokens": part["input_tokens"], "cache_creation": split}
        )
    return total


@cache
def messages() -> tuple[dict[str, dict], int]:
    last: dict[str, dict] = {}
    count = 0
    for path in files_of("anthropic/messages"):
        for line in text_of(path).splitlines():
            row = loads(line)
            count += 1
            last[row["response"]["id"]] = row
    return last, count


def utc_day(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).date().isoformat()


def copilot_rows() -> tuple[list[dict], Counter]:
    newest: dict[str, list[dict]] = {}
    fate: Counter = Counter()
    for path in files_of("github_copilot/billing_usage"):
        text = text_of(path)
        if not text.startswith("\ufeff"):
            fate["refused"] += 1
            continue
        assert text.count("\n") == text.count("\r\n")
        head, *lines = csv.reader(io.StringIO(text[1:]))
        by_day = defaultdict(list)
        for line in lines:
            fate["records"] += 1
            if len(line) != len(head):
                fate["too few fields"] += 1
            else:
                by_day[line[0]].append(dict(zip(head, line, strict=False)))
        for day, rows in by_day.items():
            fate["superseded"] += len(newest.get(day, []))
            newest[day] = rows
    return [row for rows in newest.values() for row in rows], fate


# ---------------------------------------------------------------------------- price seeds
def seed(name: str) -> list[dict]:
    with (ROOT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def price_book() -> dict[tuple, list[dict]]:
    book = defaultdict(list)
    for row in seed("prices/model_prices"):
        if row["context_from"] == "0":
            book[row["provider"], row["model_id"], row["meter"], row["service_tier"]].append(row)
    return book


def in_force(rows: list[dict], day: str) -> list[dict]:
    return [r for r in rows if (r["valid_from"] or "0") <= day < (r["valid_to"] or "9")]


def model_id(provider: str, name: str) -> str:
    kinds = {"equals": str.__eq__, "starts_with": str.startswith, "contains": str.__contains__,
             "ends_with": str.endswith, "regex": lambda n, p: bool(re.search(p, n))}  # fmt: skip
    rules = [r for r in seed_cached("prices/model_matches") if r["provider"] == provider]
    for rule in sorted(rules, key=lambda r: int(r["rule_order"])):
        if kinds[rule["match_kind"]](name, rule["pattern"]):
            return rule["model_id"]
    raise AssertionError(f"no price for {provider} {name}")


@cache
def seed_cached(name: str) -> list[dict]:
    return seed(name)


@cache
def unit_price(provider: str, name: str, meter: str, tier: str, day: str, own: bool) -> Decimal:
    """List or own price from the seeds, dollars for one token or one search."""
    model, factor = model_id(provider, name), D(1)
    rows = in_force(price_book()[provider, model, meter, tier], day)
    if not rows:
        rows = in_force(price_book()[provider, model, meter, "standard"], day)
        if meter != "web_searches":
            factor = next(D(t["multiplier"]) for t in seed_cached("prices/tier_multipliers")
                          if (t["provider"], t["service_tier"]) == (provider, tier))  # fmt: skip
    (row,) = rows
    value = D(row["unit_price"]) * factor
    for c in in_force(seed_cached("prices/contract_prices"), day) if own else []:
        wanted = [provider, model, meter, tier]
        have = [c["provider"], c["model_id"], c["meter"], c["service_tier"]]
        if all(h in ("", w) for h, w in zip(have, wanted, strict=True)):
            own_value = D(c["unit_price"] or value * D(c["multiplier"] or 1))
            value = own_value.quantize(D("0.00000001"), ROUND_HALF_UP)
    return value / (1000 if row["pricing_unit"] == "1000 Requests" else MILLION)


def worth(provider: str, name: str, tier: str, day: str, tokens: Counter, own=True) -> Decimal:
    return sum((unit_price(provider, name, m, tier, day, own) * n for m, n in tokens.items()), D(0))


# ---------------------------------------------------------------------------- the folder itself
@pytest.fixture(scope="module")
def twice(tmp_path_factory) -> list[dict[str, bytes]]:
    runs = []
    for name in ("one", "two"):
        out = tmp_path_factory.mktemp(name)
        sample.generate(out)
        found = sorted(p for p in out.rglob("*") if p.is_file())
        runs.append({p.relative_to(out).as_posix(): p.read_bytes() for p in found})
    return runs


def test_two_runs_write_the_same_bytes(twice):
    assert twice[0] == twice[1]


def test_the_committed_folder_is_what_the_generator_writes(twice):
    committed = {p.relative_to(LANDING).as_posix(): p.read_bytes()
                 for p in LANDING.rglob("*") if p.is_file()}  # fmt: skip
    assert sorted(committed) == sorted(twice[0])
    for name, content in committed.items():
        if "_tail__" in name:  # cut at a byte, so its end depends on the compressor
            assert unpacked(content, name)[:500] == unpacked(twice[0][name], name)[:500]
        else:
            assert unpacked(content, name) == unpacked(twice[0][name], name), name


def test_the_committed_totals_are_what_the_generator_writes(tmp_path):
    (tmp_path / "tests" / "python").mkdir(parents=True)
    sample.write_project(tmp_path)
    assert json.loads((tmp_path / "tests/python/sample_expected.json").read_text()) == EXPECTED


def test_the_folder_stays_small():
    assert sum(p.stat().st_size for p in LANDING.rglob("*") if p.is_file()) <= 2_500_000


def test_gzip_files_carry_neither_time_nor_name():
    for path in LANDING.rglob("*.gz"):
        assert path.read_bytes()[3:8] == bytes(5), path.name


def test_the_truncated_file_is_truncated_and_nobodys_only_copy():
    (tail,) = (LANDING / "litellm/spend_logs").glob("*_tail__*")
    with pytest.raises(EOFError):
        gzip.decompress(tail.read_bytes())
    whole = text_of(next((LANDING / "litellm/spend_logs").glob("spend_logs_2026-07__*")))
    lines = unpacked(tail.read_bytes(), tail.name).decode().splitlines()[:-1]
    assert len(lines) > 5 and set(lines) <= set(whole.splitlines())


def test_the_prompt_text_is_only_in_fields_that_nobody_reads():
    found = [p.name for p in LANDING.rglob("*.*") if p.is_file() and p.suffix in (".gz", ".jsonl")
             and sample.CANARY.encode() in unpacked(p.read_bytes(), p.name)]  # fmt: skip
    assert len(found) >= 3
    for row in spend_logs()[0]:
        kept = {k: v for k, v in row.items()
                if k not in ("messages", "response", "proxy_server_request")}  # fmt: skip
        assert sample.CANARY not in json.dumps(kept, default=str)


def test_the_readme_says_what_the_json_says():
    readme = (LANDING / "README.md").read_text(encoding="utf-8")
    for row in EXPECTED["billed"]:
        assert "| " + " | ".join(row.values()) + " |" in readme
    for month, facts in EXPECTED["seats"].items():
        assert f"| {month} | {facts['persons']} | {facts['business']} |" in readme
    for name, facts in EXPECTED["datasets"].items():
        assert f"| {name} | {facts['files']} | {facts['files_identical']} |" in readme
    assert f"| **total** | {EXPECTED['billed_total']} |" in readme


def test_every_planted_place_exists():
    for name, where, what in (p.values() for p in EXPECTED["planted"]):
        if "*" in name:
            continue
        path = LANDING / name
        assert path.exists(), name
        if where.startswith("line ") and what.startswith("exact duplicate"):
            lines, n = text_of(path).splitlines(), int(where.split()[1])
            assert lines[n - 1] == lines[n - 2]
        if "misspelt" in what:
            assert "custmer-suport" in text_of(path).splitlines()[int(where.split()[1]) - 1]


# ---------------------------------------------------------------------------- prices
def test_frozen_prices_equal_the_price_book():
    for (provider, model), versions in sample.PRICES.items():
        for _, prices in versions:
            for meter in prices:
                for day in (date(2026, 5, 1), date(2026, 6, 15), date(2026, 6, 16),
                            date(2026, 7, 29), date(2026, 7, 30), date(2026, 9, 30)):  # fmt: skip
                    for tier in ("standard", "batch"):
                        if tier == "batch" and (provider == "mistral" or meter == "web_search"):
                            continue
                        name = sample.BOOK_METER[meter]
                        scale = 1000 if meter == "web_search" else MILLION
                        for own, function in ((False, sample.price), (True, sample.own_price)):
                            ours = function(provider, model, meter, tier, day)
                            theirs = unit_price(provider, model, name, tier, f"{day}", own)
                            assert ours == theirs * scale, (model, meter, tier, day, own)


def test_seat_prices_equal_the_price_book():
    book = {r["plan"]: D(r["unit_price"]) for r in seed("prices/seat_prices")
            if r["service"] == "github_copilot" and r["plan"] in sample.SEAT_PRICE
            and in_force([r], "2026-05-01") == in_force([r], "2026-09-30") == [r]}  # fmt: skip
    assert book == sample.SEAT_PRICE


# ---------------------------------------------------------------------------- records
def check(dataset: str, **facts) -> None:
    for name, value in facts.items():
        assert EXPECTED["datasets"][dataset][name] == value, (dataset, name)


@pytest.mark.parametrize("dataset", sorted(EXPECTED["datasets"]))
def test_records_of_a_dataset_add_up(dataset):
    e = EXPECTED["datasets"][dataset]
    parts = e["accepted"] + e["duplicates"] + e["superseded"] + sum(e["quarantined"].values())
    assert e["records"] == parts > 0
    found = [path for path in (LANDING / dataset).rglob("*") if path.is_file()]
    assert e["files"] == len(found)
    assert e["files_identical"] == len(found) - len({p.read_bytes() for p in found})


def test_gateway_log():
    calls, fate = spend_logs()
    tokens = sum((call_tokens(c) for c in calls if is_billable(c)), Counter())
    quarantined = {k: n for k, n in fate.items() if k not in ("records", "duplicates")}
    check("litellm/spend_logs", records=fate["records"], accepted=len(calls),
          duplicates=fate["duplicates"], quarantined=quarantined, tokens=tokens,
          not_billable=sum(not is_billable(c) for c in calls),
          money={"USD": sample.plain(sum((D(c["spend"]) for c in calls), D(0)))})  # fmt: skip
    unpriced = Counter()
    for c in calls:
        if c["custom_llm_provider"] == "openai_compatible" and is_billable(c):
            for meter, n in call_tokens(c).items():
                unpriced[c["startTime"][:7], meter] += n
    stated = {(u["month"], u["meter"]): u["tokens"]
              for u in EXPECTED["unpriced"] if u["model"] == sample.IN_HOUSE}  # fmt: skip
    assert unpriced == stated


def test_gateway_payloads_are_calls_of_the_log():
    log = {c["request_id"]: c for c in spend_logs()[0]}
    rows = [loads(line) for p in files_of("litellm/standard_logging")
            for line in text_of(p).splitlines()]  # fmt: skip
    check("litellm/standard_logging", records=len(rows), accepted=len(rows))
    for row in rows:
        call = log[row["id"]]
        assert row["prompt_tokens"] == call["prompt_tokens"]
        assert row["response_cost"] == call["spend"]
        start = datetime.fromtimestamp(float(row["startTime"]), UTC)
        assert abs(start - datetime.fromisoformat(call["startTime"])).total_seconds() < 0.002


@pytest.mark.parametrize(
    ("dataset", "time_key", "tokens"),
    [("openai/usage_completions", "start_time", openai_tokens),
     ("anthropic/usage_report", "starting_at", claude_tokens)],
)  # fmt: skip
def test_usage_reports(dataset, time_key, tokens):
    newest, count, replaced = pages(dataset, time_key)
    total = sum((tokens(r) for rows in newest.values() for r in rows), Counter())
    check(dataset, records=count, superseded=replaced, tokens=total)
    assert len(newest) == 153


def test_openai_input_is_the_sum_of_its_parts():
    for rows in pages("openai/usage_completions", "start_time")[0].values():
        for r in rows:
            parts = (r["input_uncached_tokens"], r["input_cached_tokens"],
                     r["input_cache_write_tokens"])  # fmt: skip
            assert r["input_tokens"] == sum(parts) and min(parts) >= 0


def test_page_chains_are_complete():
    for dataset in ("openai/usage_completions", "anthropic/usage_report", "anthropic/cost_report"):
        for path in files_of(dataset):
            page, n = loads(text_of(path)), re.search(r"_p(\d)_", path.name)
            assert page["has_more"] == (page["next_page"] is not None)
            if n:
                after = path.name.replace(f"_p{n[1]}_", f"_p{int(n[1]) + 1}_")
                assert page["has_more"] == (path.parent / after).exists()


def test_messages():
    last, count = messages()
    billable = [r for r in last.values() if r["response"]["stop_reason"] != "refusal"]
    total = sum((message_tokens(r["response"]["usage"]) for r in billable), Counter())
    check("anthropic/messages", records=count, accepted=len(last), tokens=total,
          superseded=count - len(last), not_billable=len(last) - len(billable))  # fmt: skip


def test_copilot_usage():
    rows, fate = copilot_rows()
    check("github_copilot/billing_usage", records=fate["records"], accepted=len(rows),
          superseded=fate["superseded"], quarantined={"too few fields": fate["too few fields"]},
          files_refused=fate["refused"])  # fmt: skip
    for r in rows:
        assert D(r["gross_amount"]) == D(r["quantity"]) * D(r["applied_cost_per_quantity"])
        assert D(r["net_amount"]) == D(r["gross_amount"]) - D(r["discount_amount"]) >= 0


# ---------------------------------------------------------------------------- money
@cache
def billed_from_the_files() -> dict[tuple, Decimal]:
    """Service, scope, month, dataset, basis -> dollars, by the project's rules."""
    money: dict[tuple, Decimal] = defaultdict(Decimal)
    for day, rows in pages("openai/costs", "start_time")[0].items():
        for r in rows:
            if r["amount"]["currency"] == "usd":
                money["openai_api", "usage", day[:7], "openai/costs", "Reported"] += D(
                    r["amount"]["value"]
                )
    for day, rows in pages("anthropic/cost_report", "starting_at")[0].items():
        for r in rows:
            key = ("claude_api", "usage", day[:7], "anthropic/cost_report", "Reported")
            money[key] += D(r["amount"]) / 100
    for day, rows in pages("openai/usage_completions", "start_time")[0].items():
        for r in rows if day >= "2026-09-01" else []:
            tier = "batch" if r["batch"] else r["service_tier"].replace("default", "standard")
            key = ("openai_api", "usage", day[:7], "openai/usage_completions", "Estimated")
            money[key] += worth("openai", r["model"], tier, day, openai_tokens(r))
    for day, rows in pages("openai/usage_embeddings", "start_time")[0].items():
        for r in rows if day >= "2026-09-01" else []:
            key = ("openai_api", "usage", day[:7], "openai/usage_embeddings", "Estimated")
            tokens = Counter({"input_tokens": r["input_tokens"]})
            money[key] += worth("openai", r["model"], "standard", day, tokens)
    for day, rows in pages("anthropic/usage_report", "starting_at")[0].items():
        for r in rows if day >= "2026-09-01" else []:
            key = ("claude_api", "usage", day[:7], "anthropic/usage_report", "Estimated")
            money[key] += worth("anthropic", r["model"], r["service_tier"], day, claude_tokens(r))
    for c in spend_logs()[0]:
        if c["custom_llm_provider"] == "mistral" and is_billable(c):
            day, key = c["startTime"][:10], ("mistral_api", "usage", c["startTime"][:7])
            if c["spend"]:
                money[*key, "litellm/spend_logs", "Stated"] += D(c["spend"])
            else:
                name = c["model"].removeprefix("mistral/")
                money[*key, "litellm/spend_logs", "Estimated"] += worth(
                    "mistral", name, "standard", day, call_tokens(c)
                )
    for r in copilot_rows()[0]:
        key = ("github_copilot", "usage", r["date"][:7], "github_copilot/billing_usage", "Reported")
        money[key] += D(r["net_amount"])
    for month, facts in seat_months().items():
        key = ("github_copilot", "seat", month, "github_copilot/seats", "Estimated")
        money[key] = sum((sample.SEAT_PRICE[plan] * part for plan, part in facts.values()), D(0))
    return money


@cache
def seat_months() -> dict[str, dict[int, tuple[str, Decimal]]]:
    """Month -> assignee -> plan and share of the month."""
    rank = {"business": 0, "enterprise": 1}
    best: dict[tuple[str, int], tuple[str, int, str]] = {}
    for path in files_of("github_copilot/seats"):
        day = re.findall(r"\d{4}-\d{2}-\d{2}", path.name)[-1]
        for seat in loads(text_of(path))["seats"]:
            if seat["assignee"]:
                key, plan = (day[:7], seat["assignee"]["id"]), seat["plan_type"]
                found = (day, rank[plan], utc_day(seat["created_at"]))
                best[key] = max(best.get(key, found), found)
    months: dict[str, dict[int, tuple[str, Decimal]]] = defaultdict(dict)
    for (month, person), (_, plan, created) in best.items():
        length, part = monthrange(int(month[:4]), int(month[5:]))[1], D(1)
        if created[:7] == month:
            part = (D(length - int(created[8:]) + 1) / length).quantize(D("1e-10"), ROUND_HALF_UP)
        months[month][person] = (("business", "enterprise")[plan], part)
    return dict(months)


def test_billed_cost_of_every_service_and_month():
    stated = {
        (b["service"], b["scope"], b["month"], b["dataset"], b["basis"]): D(b["billed_cost"])
        for b in EXPECTED["billed"]
        if b["currency"] == "USD"
    }
    # What this reader does not read is held against the build only.
    found = billed_from_the_files()
    read = {dataset for _, _, _, dataset, _ in found}
    assert {key: amount for key, amount in stated.items() if key[3] in read} == found
    assert D(EXPECTED["billed_total"]) == sum(stated.values())
    by_name = defaultdict(Decimal)
    for (service, scope, _, _, basis), amount in stated.items():
        by_name[f"{service} {scope} {basis}"] += amount
    assert by_name == {k: D(v) for k, v in EXPECTED["billed_by_service_and_basis"].items()}


def test_prepaid_credits_are_those_of_the_register():
    register = {
        row["contract_commitment_id"]: (
            row["service"],
            date.fromisoformat(row["commitment_start"]),
            date.fromisoformat(row["commitment_end"]),
            D(row["commitment_cost"]),
            row["purchase_invoice_id"],
        )
        for row in seed_cached("organisation/contracts")
        if row["drawn_down"] == "true" and row["payment_model"] == "All Upfront"
    }
    assert register == sample.PREPAID


def test_seats():
    for month, facts in EXPECTED["seats"].items():
        plans = Counter(plan for plan, _ in seat_months()[month].values())
        assert plans == {"business": facts["business"], "enterprise": facts["enterprise"]}
        assert len(seat_months()[month]) == facts["persons"]
        parts = sum((part for _, part in seat_months()[month].values()), D(0))
        assert parts == D(facts["user_months"])


def test_vendor_count_of_seats_is_the_count_of_persons():
    snapshots = defaultdict(lambda: (set(), set()))
    for path in files_of("github_copilot/seats"):
        page = loads(text_of(path))
        totals, ids = snapshots[path.name.split("__")[1][:10]]
        totals.add(page["total_seats"])
        ids.update(s["assignee"]["id"] for s in page["seats"] if s["assignee"])
    for totals, ids in snapshots.values():
        assert totals == {len(ids)}


# ---------------------------------------------------------------------------- conservation
def test_openai_report_contains_the_gateway():
    """Per day, model and tier; equal for the keys of the gateway, but for the three cut lines."""
    report, log = defaultdict(Counter), defaultdict(Counter)
    for day, rows in pages("openai/usage_completions", "start_time")[0].items():
        for r in rows:
            if (r["api_key_id"] or "").startswith("key_BwGateway"):
                model = model_id("openai", r["model"])
                report[day, model, r["service_tier"] == "flex"] += openai_tokens(r)
    for c in spend_logs()[0]:
        if c["custom_llm_provider"] == "openai" and is_billable(c):
            flex = c["metadata"]["usage_object"].get("service_tier") == "flex"
            log[c["startTime"][:10], c["model"], flex] += call_tokens(c)
    different = [k for k in report if report[k] != log[k]]
    assert set(log) <= set(report) and len(different) == 3
    assert all(report[k] >= log[k] for k in different)


def test_claude_report_contains_gateway_and_help_desk():
    report, log = defaultdict(Counter), defaultdict(Counter)
    for day, rows in pages("anthropic/usage_report", "starting_at")[0].items():
        for r in rows:
            key, tier = r["api_key_id"], r["service_tier"]
            if key in ("apikey_BwGateway01", "apikey_BwDesk01") and tier == "standard":
                report[day, key, model_id("anthropic", r["model"])] += claude_tokens(r)
    for c in spend_logs()[0]:
        if c["custom_llm_provider"] == "anthropic" and is_billable(c):
            name = c["model"].removeprefix("anthropic/")
            log[c["startTime"][:10], "apikey_BwGateway01", name] += call_tokens(c)
    for m in messages()[0].values():
        if m["response"]["stop_reason"] != "refusal":
            name = model_id("anthropic", m["response"]["model"])
            key = (utc_day(m["timestamp"]), "apikey_BwDesk01", name)
            log[key] += message_tokens(m["response"]["usage"])
    assert report == log


def test_openai_bill_is_usage_times_price():
    """Per day and project, but for searches, the credit, and the June line nobody logged."""
    bill, usage, extra = defaultdict(Decimal), defaultdict(Decimal), defaultdict(Decimal)
    for day, rows in pages("openai/costs", "start_time")[0].items():
        for r in rows:
            if r["quantity"] is not None:
                bill[day, r["project_id"]] += D(r["amount"]["value"])
    for day, rows in pages("openai/usage_completions", "start_time")[0].items():
        for r in rows if day < "2026-09-01" else []:
            tier = "batch" if r["batch"] else r["service_tier"].replace("default", "standard")
            usage[day, r["project_id"]] += worth("openai", r["model"], tier, day, openai_tokens(r))
            if day[:7] == "2026-06" and r["project_id"] == "proj_BwWebsite":
                extra[day, r["project_id"]] += r["output_tokens"] * unit_price(
                    "openai", r["model"], "output_tokens", "standard", day, True)  # fmt: skip
    assert set(bill) == set(usage)
    missing = sum(bill.values()) - sum(usage.values())
    unlogged = EXPECTED["datasets"]["openai/costs"]["tokens_nobody_logged"]["output_tokens"]
    luna = unit_price("openai", "gpt-5.6-luna", "output_tokens", "standard", "2026-06-15", True)
    assert missing == unlogged * luna
    for key, amount in bill.items():
        more = amount - usage[key]
        assert (
            (extra[key] * D("0.0199") < more <= extra[key] * D("0.02")) if extra[key] else not more
        )


def test_claude_bill_is_usage_times_price():
    bill, usage = defaultdict(Decimal), defaultdict(Decimal)
    for day, rows in pages("anthropic/cost_report", "starting_at")[0].items():
        for r in rows:
            if r["cost_type"] != "code_execution":
                bill[day, r["workspace_id"]] += D(r["amount"]) / 100
    for day, rows in pages("anthropic/usage_report", "starting_at")[0].items():
        for r in rows if day < "2026-09-01" else []:
            if r["service_tier"] != "priority":
                usage[day, r["workspace_id"]] += worth(
                    "anthropic", r["model"], r["service_tier"], day, claude_tokens(r)
                )
    assert bill == usage


# ---------------------------------------------------------------------------- organisation
def test_seeds_know_everybody_in_the_files():
    names = {(r["identity_type"], r["identity"]): r["person_id"]
             for r in seed("organisation/identities")}  # fmt: skip
    in_may = {r["person_id"]: r["department_id"]
              for r in in_force(seed("organisation/people"), "2026-05-01")}  # fmt: skip
    assert in_may == {p.person_id: p.department for p in sample.people()}
    for p in sample.people():
        assert names["email", p.email] == names["gateway_user", p.gateway_user] == p.person_id
        assert names.get(("login", p.login)) == (p.person_id if p.has_seat else None)
    seen = {("login", r["username"]) for r in copilot_rows()[0] if r["username"]}
    for c in spend_logs()[0]:
        if c["user"]:
            seen.add(("email" if "@" in c["user"] else "gateway_user", c["user"]))
    assert len(seen) > 100 and seen <= set(names)


def test_seeds_name_only_what_exists():
    departments = {
        r["department_id"]: r["department_name"] for r in seed("organisation/departments")
    }
    assert departments == {d[0]: d[1] for d in sample.DEPARTMENTS}
    projects = {r["project_code"] for r in seed("organisation/projects")}
    for row in seed("organisation/attribution_rules"):
        assert row["department_id"] in departments and row["project_code"] in {*projects, ""}
    named = {r["sub_account_id"] for r in seed("organisation/sub_accounts")}
    for dataset, key in (("openai/costs", "project_id"), ("anthropic/cost_report", "workspace_id")):
        time_key = "start_time" if key == "project_id" else "starting_at"
        for rows in pages(dataset, time_key)[0].values():
            assert {r[key] for r in rows} <= named | {None}


def test_every_declared_department_but_one_is_known():
    known = {
        "".join(filter(str.isalpha, text.lower())) for d in sample.DEPARTMENTS for text in d[:2]
    }
    unknown = []
    for c in spend_logs()[0]:
        for name, value in c["metadata"]["requester_custom_headers"].items():
            if name.lower() == "x-cost-department":
                plain = "".join(filter(str.isalpha, value.lower()))
                unknown += [] if plain in known else [value]
    assert unknown == ["custmer-suport"]


@pytest.mark.parametrize(
    ("name", "key"),
    [("departments", ["department_id"]), ("people", ["person_id"]), ("projects", ["project_code"])],
)
def test_validities_do_not_overlap(name, key):
    spans = defaultdict(list)
    for row in seed(f"organisation/{name}"):
        spans[tuple(row[k] for k in key)].append((row["valid_from"], row["valid_to"] or "9999"))
    for parts in spans.values():
        parts.sort()
        assert all(a[1] <= b[0] for a, b in pairwise(parts))
        assert all(start < end for start, end in parts)
