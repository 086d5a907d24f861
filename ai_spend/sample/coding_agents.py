"""Logs of coding assistants from developers' machines: a value beside the seats, and no charge.

Everything here is paid by subscription, so that no row is billable; the logs repeat themselves in
the ways in which real ones do.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

from ai_spend.sample import (
    CANARY,
    EXPORTED,
    MONTHS,
    Books,
    Tokens,
    add,
    add_tokens,
    to_json,
)

ABOUT = """Coding assistants: Claude Code, Codex CLI and Gemini CLI on three developers' machines,
  all under subscriptions: accepted, never billable, their list cost is a value. An answer of Claude
  Code stands on a line per content block with growing output, sessions that were resumed begin with
  a copy, one side conversation repeats an answer. Codex writes running totals, often twice; a fork
  begins with its parent's; one session lies archived too. Gemini writes an answer first without its
  counts, and each export of a session holds the earlier ones."""

MACHINES = ("ws-014", "ws-021", "ws-033")
# Invented folders: a project, a home folder, one that repeats its owner's name.
FOLDERS = ("/home/ada.ashgrove/atlas-firmware", "/home/bram.bellfrost", "/srv/prism")
BRANCHES = ("main", "feature/ATLA-212", "spike/ada.ashgrove@brindlewick.example")


def moment(day: date, minutes: float) -> str:
    at = datetime(day.year, day.month, day.day, 8, tzinfo=UTC) + timedelta(minutes=minutes)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def accept(books: Books, name: str, tokens: Tokens) -> None:
    """An accepted call that nobody bills."""
    entry = books.dataset(name)
    entry["records"] += 1
    entry["accepted"] += 1
    entry["not_billable"] += 1
    unbilled = {"tokens": entry.setdefault("tokens_not_billable", {})}
    add_tokens(unbilled, tokens)


def repeat(books: Books, name: str, fate: str, count: int = 1) -> None:
    entry = books.dataset(name)
    entry["records"] += count
    entry[fate] += count


def refuse(books: Books, name: str, reason: str) -> None:
    entry = books.dataset(name)
    entry["records"] += 1
    add(entry["quarantined"], reason, 1)


# ------------------------------------------------------------------------------- Claude Code
CLAUDE = "coding_agents/claude_code"


def claude_line(base: dict, message: str, model: str, tokens: Tokens, out: int) -> str:
    usage = {
        "input_tokens": tokens.input,
        "cache_creation_input_tokens": tokens.written,
        "cache_read_input_tokens": tokens.cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": tokens.cache_write_5m,
            "ephemeral_1h_input_tokens": tokens.cache_write_1h,
        },
        "output_tokens": out,
        "service_tier": "standard",
    }
    content = {"type": "text", "text": base.pop("text", "")}
    body = {"id": message, "type": "message", "role": "assistant", "model": model}
    return to_json(base | {"message": body | {"content": [content], "usage": usage}})


def write_claude(books: Books, rng: random.Random) -> None:
    for month in MONTHS:
        for number, machine in enumerate(MACHINES[:2]):
            day = date.fromisoformat(f"{month}-{6 + 5 * number:02}")
            path = f"{CLAUDE}/{machine}/session_{month}__exported_{EXPORTED[month]}.jsonl.gz"
            session = f"cc-{rng.getrandbits(48):012x}"
            lines = [to_json({"type": "summary", "summary": f"{CANARY} firmware", "leafUuid": "x"})]
            copies = []
            for turn in range(10):
                message, request = (f"{p}_{rng.getrandbits(60):015x}" for p in ("msg", "req"))
                tokens = Tokens(
                    rng.randint(3, 2_500), rng.randint(0, 12) * 6_144,
                    rng.choice([0, 1_024, 3_072]), rng.choice([0, 0, 4_096]),
                    rng.randint(150, 3_000),
                )  # fmt: skip
                model = rng.choice(["claude-sonnet-5", "claude-haiku-4-5-20251001"])
                base = {
                    "type": "assistant", "uuid": f"{session}-{turn}",
                    "timestamp": moment(day, 7 * turn), "sessionId": session,
                    "isSidechain": False, "requestId": request, "version": "2.1.230",
                    "cwd": FOLDERS[number], "gitBranch": BRANCHES[turn % 3],
                }  # fmt: skip
                text = {"text": f"{CANARY} done"} if turn == 3 else {}
                user = {"type": "user", "uuid": f"{session}-u{turn}", "sessionId": session}
                lines.append(to_json(user | {"message": {"role": "user", "content": "go on"}}))
                if rng.random() < 0.6:  # an earlier content block of the same answer
                    lines.append(claude_line(base | text, message, model, tokens, 1))
                    repeat(books, CLAUDE, "superseded")
                full = claude_line(base | text, message, model, tokens, tokens.output)
                lines.append(full)
                accept(books, CLAUDE, tokens)
                if turn < 4:
                    copies.append(full)
                if turn == 7:
                    side = base | {"isSidechain": True, "requestId": "req_side"}
                    lines.append(claude_line(side, message, model, tokens, tokens.output))
                    repeat(books, CLAUDE, "duplicates")
            error = {"type": "assistant", "uuid": "e", "timestamp": moment(day, 200)}
            nothing = {"input_tokens": 0, "output_tokens": 0}
            lines.append(to_json(error | {"isApiErrorMessage": True, "message": {
                "id": "e", "model": "<synthetic>", "usage": nothing}}))  # fmt: skip
            books.plant(path, f"line {len(lines)}", "an error text: no call, and no record")
            books.put(path, "\n".join(lines) + "\n")
            if number == 0:
                resumed = path.replace("session_", "resumed_")
                if month == "2026-05":
                    resumed = resumed.removesuffix(".gz")
                books.put(resumed, "\n".join([*copies, '{"type": "assi']) + "\n")
                repeat(books, CLAUDE, "duplicates", len(copies))
                refuse(books, CLAUDE, "malformed JSON")
                books.plant(resumed, "all lines", "history of a resumed session, and a cut line")


# ------------------------------------------------------------------------------- Codex CLI
CODEX = "coding_agents/codex"


def codex_usage(tokens: Tokens) -> dict:
    return {
        "input_tokens": tokens.prompt, "cached_input_tokens": tokens.cache_read,
        "output_tokens": tokens.output, "reasoning_output_tokens": tokens.output // 2,
        "total_tokens": tokens.prompt + tokens.output,
    }  # fmt: skip


def codex_line(at: str, kind: str, **payload) -> str:
    return to_json({"timestamp": at, "type": kind, "payload": payload})


def codex_count(at: str, total: Tokens, last: Tokens) -> str:
    info = {"total_token_usage": codex_usage(total), "last_token_usage": codex_usage(last)}
    limits = {"limit_id": "codex", "plan_type": "business"}
    return codex_line(at, "event_msg", type="token_count", info=info, rate_limits=limits)


def write_codex(books: Books, rng: random.Random) -> None:
    for month in MONTHS:
        day = date.fromisoformat(f"{month}-12")
        folder = f"{CODEX}/{MACHINES[1]}"
        path = f"{folder}/sessions/rollout-{month}__exported_{EXPORTED[month]}.jsonl.gz"
        thread = f"cx-{rng.getrandbits(48):012x}"
        git = {"branch": BRANCHES[1], "repository_url": "https://git.example/prism.git"}
        head = [
            codex_line(moment(day, 0), "session_meta", id=thread, cwd=FOLDERS[2], git=git),
            codex_line(moment(day, 0), "turn_context", model="gpt-5.4", cwd=FOLDERS[2]),
            codex_line(moment(day, 0), "event_msg", type="token_count", info=None),
        ]
        lines, total, events = list(head), Tokens(), []
        for turn in range(12):
            used = Tokens(
                rng.randint(500, 20_000),
                rng.randint(0, 8) * 2_048,
                output=rng.randint(90, 2_500),
            )
            total += used
            events.append((total, used))
            lines.append(codex_count(moment(day, 3 * turn + 1), total, used))
            accept(books, CODEX, used)
            if rng.random() < 0.5:
                lines.append(codex_count(moment(day, 3 * turn + 1.01), total, used))
                repeat(books, CODEX, "duplicates")
        lines.append(codex_line(moment(day, 60), "response_item", type="message", content=CANARY))
        books.put(path, "\n".join(lines) + "\n")
        fork = f"{folder}/sessions/fork-{month}__exported_{EXPORTED[month]}.jsonl.gz"
        own = Tokens(rng.randint(500, 9_000), 4_096, output=rng.randint(90, 900))
        replay = [codex_count(moment(day, 90), *event) for event in events]
        books.put(fork, "\n".join([
            codex_line(moment(day, 90), "session_meta", id=f"{thread}-f", forked_from_id=thread),
            head[0], head[1], *replay, codex_count(moment(day, 95), total + own, own),
        ]) + "\n")  # fmt: skip
        repeat(books, CODEX, "duplicates", len(replay))
        accept(books, CODEX, own)
        books.plant(fork, f"lines 4 to {3 + len(replay)}", "the parent's events again")
        if month == "2026-07":
            archived = path.replace("/sessions/", "/archived_sessions/")
            books.put(archived, "\n".join(lines[:4]) + "\n")
            repeat(books, CODEX, "duplicates")
            books.plant(archived, "whole file", "an older state of an active session")


# ------------------------------------------------------------------------------- Gemini CLI
GEMINI = "coding_agents/gemini_cli"


def gemini_message(at: str, number: int, tokens: dict | None) -> dict:
    return {
        "id": f"m-{number}", "timestamp": at, "type": "gemini", "model": "gemini-3-pro-preview",
        "content": f"{CANARY} done" if number == 2 else "", "tokens": tokens,
    }  # fmt: skip


def write_gemini(books: Books, rng: random.Random) -> None:
    """One session a month; from July on a second export as a document, which repeats it."""
    for month in MONTHS:
        day = date.fromisoformat(f"{month}-19")
        session = {
            "sessionId": f"gm-{rng.getrandbits(48):012x}",
            "projectHash": f"{rng.getrandbits(128):032x}",
            "startTime": moment(day, 0),
        }
        path = f"{GEMINI}/{MACHINES[2]}/session_{month}__exported_{month}-20.jsonl"
        path += "" if month == "2026-05" else ".gz"
        lines, messages = [to_json(session)], []
        for number in range(9):
            fresh, read = rng.randint(300, 9_000), rng.randint(0, 5) * 1_024
            out, thoughts = rng.randint(30, 900), rng.randint(0, 600)
            tokens = {"input": fresh + read, "output": out, "cached": read, "thoughts": thoughts,
                      "tool": 0, "total": fresh + read + out + thoughts}  # fmt: skip
            at = moment(day, 5 * number)
            messages.append(gemini_message(at, number, tokens))
            if number % 3 == 0:
                lines.append(to_json(gemini_message(at, number, None)))
                repeat(books, GEMINI, "superseded")
            lines.append(to_json(messages[-1]))
            if number == 5:
                lines.append(to_json({"$rewindTo": "m-4"}))
                books.plant(path, f"line {len(lines)}", "rewound: what was used stays used")
            accept(books, GEMINI, Tokens(fresh, read, output=out + thoughts))
        books.put(path, "\n".join(lines) + "\n")
        if month >= "2026-07":
            whole = f"{GEMINI}/{MACHINES[2]}/session_{month}__exported_{EXPORTED[month]}.json.gz"
            books.put(whole, to_json(session | {"messages": messages}, "messages") + "\n")
            repeat(books, GEMINI, "duplicates", len(messages))


def write(books: Books, rng: random.Random) -> None:
    write_claude(books, rng)
    write_codex(books, rng)
    write_gemini(books, rng)
