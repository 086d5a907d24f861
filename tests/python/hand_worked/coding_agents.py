"""Local logs of coding assistants under a subscription: a value by list price, and no charge.

The logs repeat themselves in every way they can: answers by content block, histories in resumed
sessions, running totals in forks. What is left is priced.
"""

import json

from hand_worked import MILLION, Case, D, billed, priced, records

# ------------------------------------------------------------------------------- Claude Code
WRITES = {"ephemeral_5m_input_tokens": 1200, "ephemeral_1h_input_tokens": 800}


def answer(message: str, output: int, line: str, **fields) -> dict:
    usage = {
        "input_tokens": 1300,
        "cache_creation_input_tokens": 2000,
        "cache_read_input_tokens": 18000,
        "cache_creation": WRITES,
        "output_tokens": output,
        "service_tier": "standard",
    }
    return {
        "type": "assistant",
        "uuid": line,
        "timestamp": "2026-03-10T08:14:05.120Z",
        "sessionId": "cc-1",
        "isSidechain": False,
        "requestId": "req_A",
        "cwd": "/home/dev/app",
        "message": {"id": message, "model": "claude-haiku-4-5", "usage": usage},
        **fields,
    }


SYNTHETIC = answer("x", 0, "u-5")
SYNTHETIC["message"] = {
    "id": "x",
    "model": "<synthetic>",
    "usage": {"input_tokens": 0, "output_tokens": 0},
}
FIRST = [
    {"type": "user", "uuid": "u-0", "sessionId": "cc-1", "message": {"role": "user"}},
    answer("msg_A", 8, "u-1"),
    answer("msg_A", 640, "u-2"),
    answer("msg_A", 640, "u-3", isSidechain=True, requestId="req_B"),
    SYNTHETIC,
]
# The session goes on in a second file, which begins with a copy of the first.
RESUMED = [*FIRST[:3], answer("msg_C", 100, "u-9", requestId="req_C")]


# ------------------------------------------------------------------------------- Codex
def usage(tokens_in: int, cached: int, out: int) -> dict:
    return {
        "input_tokens": tokens_in,
        "cached_input_tokens": cached,
        "output_tokens": out,
        "reasoning_output_tokens": out // 2,
        "total_tokens": tokens_in + out,
    }


def codex(kind: str, second: int, **payload) -> dict:
    return {"timestamp": f"2026-03-11T09:12:{second:02}.114Z", "type": kind, "payload": payload}


def count(second: int, total: dict, last: dict) -> dict:
    info = {"total_token_usage": total, "last_token_usage": last}
    return codex("event_msg", second, type="token_count", info=info, rate_limits=None)


HEAD = [codex("session_meta", 0, id="cx-1"), codex("turn_context", 1, model="gpt-5.4")]
ONE, TWO = usage(18_211, 12_032, 742), usage(300_000, 100_000, 1_000)
BOTH = usage(318_211, 112_032, 1_742)
THREAD = [
    *HEAD,
    codex("event_msg", 2, type="token_count", info=None),
    count(3, ONE, ONE),
    count(4, ONE, ONE),
    count(9, BOTH, TWO),
]
# The fork repeats both events within a second, then uses 5,000 tokens of its own.
AFTER, OWN = usage(322_211, 112_032, 2_742), usage(4_000, 0, 1_000)
FORK = [
    codex("session_meta", 30, id="cx-2", forked_from_id="cx-1"),
    codex("turn_context", 30, model="gpt-5.4"),
    count(31, ONE, ONE),
    count(31, BOTH, TWO),
    count(55, AFTER, OWN),
]


# ------------------------------------------------------------------------------- Gemini CLI
def gemini(message: str, **tokens) -> dict:
    return {
        "id": message,
        "timestamp": "2026-03-12T10:01:11.000Z",
        "type": "gemini",
        "model": "gemini-3-pro-preview",
        "tokens": tokens or None,
    }


SESSION = {"sessionId": "gm-1", "projectHash": "a1b2", "startTime": "2026-03-12T10:00:00Z"}
CHAT = [
    SESSION,
    gemini("m-1"),
    gemini("m-1", input=12040, output=410, cached=9000, thoughts=220, tool=0, total=12670),
    {"$rewindTo": "m-1"},
    gemini("m-2", input=210_000, output=10, cached=0, thoughts=0, tool=50, total=210_060),
]
# The next export: the same session as one document, with one answer more.
DOCUMENT = SESSION | {
    "messages": [
        CHAT[2],
        CHAT[4],
        gemini("m-3", input=1000, output=10, cached=500, thoughts=0, tool=0, total=1510),
    ]
}


def lines(entries: list[dict]) -> str:
    return "".join(json.dumps(entry) + "\n" for entry in entries)


FILES = {
    "coding_agents/claude_code/ws-1/session_2026-03-10.jsonl": lines(FIRST) + '{"type": "assi',
    "coding_agents/claude_code/ws-1/session_2026-03-11.jsonl": lines(RESUMED),
    "coding_agents/codex/ws-1/sessions/rollout-2026-03-11.jsonl": lines(THREAD),
    "coding_agents/codex/ws-1/archived_sessions/rollout-2026-03-11.jsonl": lines(THREAD[:4]),
    "coding_agents/codex/ws-1/sessions/rollout-2026-03-12.jsonl": lines(FORK),
    "coding_agents/gemini_cli/ws-1/chat_2026-03-12.jsonl": lines(CHAT),
    "coding_agents/gemini_cli/ws-1/chat_2026-03-13.json": json.dumps(DOCUMENT, indent=1),
}
# claude-haiku-4-5: input 1, cache read 0.10, writes 1.25 (5 minutes) and 2 (an hour), output 5.
# gpt-5.4: 2.50, 0.25, 15; above 272,000 input tokens 5, 0.50, 22.50.
# gemini-3-pro-preview: 2, 0.20, 12; above 200,000 input tokens 4, 0.40, 18.
CLAUDE, CODEX, GEMINI = (
    f"source_dataset = 'coding_agents/{name}'" for name in ("claude_code", "codex", "gemini_cli")
)
ONCE = 1300 * D(1) + 18000 * D("0.10") + 1200 * D("1.25") + 800 * D(2)
CASES = [
    Case(
        "an answer of several lines counts once, with its last output",
        priced(f"{CLAUDE} and request_id = 'req_A'"),
        (ONCE + 640 * D(5)) / MILLION,
    ),
    Case(
        "a resumed session adds only what is new",
        priced(CLAUDE),
        (2 * ONCE + (640 + 100) * D(5)) / MILLION,
    ),
    Case("Claude Code: two calls", records("coding_agents/claude_code", "accepted"), 2),
    # Of the copies of msg_A, two state 8 output tokens and two state all of it.
    Case("Claude Code: early lines", records("coding_agents/claude_code", "superseded"), 2),
    Case("Claude Code: copies", records("coding_agents/claude_code", "duplicate"), 2),
    Case("Claude Code: the cut line", records("coding_agents/claude_code", "quarantined"), 1),
    Case("a subscription is no charge by token", billed(f"x_{CLAUDE}"), None),
    Case(
        "Codex: first response; cached input is inside input, reasoning inside output",
        priced(f"{CODEX} and context_tokens = 18211"),
        ((18_211 - 12_032) * D("2.5") + 12_032 * D("0.25") + 742 * D(15)) / MILLION,
    ),
    Case(
        "Codex: second response by difference, in the long-context band",
        priced(f"{CODEX} and context_tokens = 300000"),
        (200_000 * D(5) + 100_000 * D("0.5") + 1_000 * D("22.5")) / MILLION,
    ),
    Case(
        "Codex: a fork pays only for its own",
        priced(f"{CODEX} and session_id = 'cx-2'"),
        (4_000 * D("2.5") + 1_000 * D(15)) / MILLION,
    ),
    Case("Codex: three responses", records("coding_agents/codex", "accepted"), 3),
    # The event written twice, its two copies in the archive, and two in the fork.
    Case("Codex: repeated events", records("coding_agents/codex", "duplicate"), 4),
    Case(
        "Gemini CLI: cached is inside input, thoughts are output on top",
        priced(f"{GEMINI} and context_tokens = 12040"),
        ((12_040 - 9_000) * D(2) + 9_000 * D("0.2") + (410 + 220) * D(12)) / MILLION,
    ),
    Case(
        "Gemini CLI: tool prompts are input on top, beyond 200,000 dearer",
        priced(f"{GEMINI} and context_tokens = 210050"),
        (210_050 * D(4) + 10 * D(18)) / MILLION,
    ),
    Case(
        "Gemini CLI: cached is outside input where the total says so",
        priced(f"{GEMINI} and context_tokens = 1500"),
        (1000 * D(2) + 500 * D("0.2") + 10 * D(12)) / MILLION,
    ),
    Case("Gemini CLI: three answers", records("coding_agents/gemini_cli", "accepted"), 3),
    # m-1 without counts is superseded; m-1 and m-2 come again in the next export.
    Case("Gemini CLI: without counts yet", records("coding_agents/gemini_cli", "superseded"), 1),
    Case("Gemini CLI: delivered again", records("coding_agents/gemini_cli", "duplicate"), 2),
]
