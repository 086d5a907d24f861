"""docs/tokens.md: which classes of tokens each reader of logs reads, from the readers."""

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PAGE = "docs/tokens.md"
READ, ABSENT = "read", "not in the format"

HEAD = """# What token counts mean

Written by `ai-spend docs tokens`; a test keeps it true.

Emitters name the same counts and mean different things by them. One macro decides for every
reader of logs how a record's counts relate (`macros/landing/token_reading.sql`): it takes the
counts by their names and returns disjoint classes. Of the readings that leave no count below zero
the first of these is taken, and `reading_certainty` of the record says which:

| certainty | the reading is |
| --- | --- |
| certain | the one whose parts make the stated total, or there is nothing to decide |
| known | the habit of the emitter or of its version, or what the format documents |
| assumed | what is usual for the format |
| contradictory | as for known or assumed, and no reading makes the stated total |

What a total states beyond the parts is in no class and in no charge: the record has a notice, and
`unexplained_tokens`, `notices` and the summary show the tokens and, where they have a price, what
they would cost. `token_readings` counts records by log and certainty. A cost that a gateway states
is no proof of a reading: gateways price the counts as they misread them.

## Known habits

"""

UNWRITTEN = """
## What emitters do not write

What an emitter leaves out cannot be read and is no notice either.

| emitter | it leaves out | so that |
| --- | --- | --- |
"""

CLASSES = """
## What is read

A class that a format can hold is read or flagged: flagged counts are named by a notice, or show in
a total that the parts do not make.

"""

# The habits of emitters, how they are known, and what they put where.
HABITS = (
    (
        "LiteLLM, about 1.66 to 1.79, Anthropic's models",
        "details of the prompt without cache writes",
        "reads inside the prompt, writes beside it",
    ),
    (
        "LiteLLM, newer",
        "details of the prompt with cache writes",
        "reads and writes inside the prompt",
    ),
    (
        "LiteLLM, Anthropic's endpoint",
        "the vendor's own input beside the prompt",
        "by what the prompt adds to it",
    ),
    (
        "Langfuse from Pydantic AI",
        "its scope, or the convention's attribute with the same input",
        "reads, writes and reasoning inside",
    ),
    (
        "Langfuse from LangChain",
        "a total that holds the cache once more",
        "cached tokens taken from an input without them: added again",
    ),
    (
        "AI SDK before 6, Anthropic or Bedrock",
        "scope `ai` and their provider, without details of the input",
        "reads and writes beside the input",
    ),
    (
        "AI SDK before 6, Google",
        "scope `ai` and their provider, without details of the input",
        "reasoning beside the output",
    ),
    (
        "AI SDK 6",
        "scope `ai` with details of the input",
        "all inside",
    ),
    (
        "AI SDK, Anthropic",
        "the vendor's own input in the provider's metadata beside the AI SDK's",
        "the same: reads and writes beside the input; another: all inside",
    ),
    (
        "OpenLLMetry, Bedrock",
        "scope `opentelemetry.instrumentation.bedrock`",
        "reads and writes beside the input",
    ),
    (
        "xAI",
        "provider or model",
        "reasoning beside the output",
    ),
    (
        "Claude Code, Anthropic, Bedrock",
        "the format",
        "reads and writes beside the input",
    ),
    (
        "Gemini at Google, Gemini CLI",
        "the format",
        "reads inside the prompt, thoughts beside the answer",
    ),
    (
        "OpenAI, Azure, Codex, OpenRouter, OpenTelemetry",
        "the format",
        "all inside",
    ),
    (
        "the company's own, OpenTelemetry",
        "the var `exclusive_input_scopes`",
        "reads and writes beside the input",
    ),
)

# What an emitter leaves out, and what comes of it.
MISSING = (
    (
        "Langfuse's own client of OpenAI",
        "the service tier (langfuse/langfuse#13780)",
        "its calls are of the standard tier, unless the metadata or the usage map names another",
    ),
    (
        "AI SDK before 6, others than Anthropic and Bedrock",
        "cache writes",
        "they are part of the input",
    ),
    (
        "AI SDK 5, Bedrock",
        "how long a cache write lives",
        "it lives five minutes",
    ),
    (
        "Portkey",
        "what was read from or written to a cache",
        "where no cost is stated, all of it has the price of plain input",
    ),
    (
        "Azure OpenAI",
        "what of its counts is audio or pictures",
        "tokens of models that take them are unclassified and unpriced",
    ),
    (
        "AI SDK, OpenAI's chat completions",
        "the service tier (the Responses API has it)",
        "its calls are of the standard tier",
    ),
)

# Column of the page: its dataset, and the files that read it.
READERS = {
    "LiteLLM logs": ("litellm/base_litellm__records", "litellm/stg_litellm__usage"),
    "LiteLLM days": ("litellm/base_litellm__rollups",),
    "Langfuse": ("langfuse/base_langfuse__observations",),
    "Helicone": ("helicone/base_helicone__requests",),
    "Portkey": ("portkey/base_portkey__logs",),
    "OpenTelemetry": ("opentelemetry/base_opentelemetry__traces",),
    "OpenRouter": ("openrouter/base_openrouter__generations",),
    "Anthropic messages": ("anthropic/base_anthropic__messages",),
    "Bedrock": (
        "aws_bedrock/base_aws_bedrock__invocation_logs",
        "aws_bedrock/stg_aws_bedrock__usage",
    ),
    "Vertex": ("google_vertex/base_google_vertex__request_logs",),
    "Azure OpenAI": ("azure_openai/base_azure_openai__requests",),
    "Claude Code": ("coding_agents/base_coding_agents__claude_code",),
    "Codex": ("coding_agents/base_coding_agents__codex",),
    "Gemini CLI": ("coding_agents/base_coding_agents__gemini_cli",),
}

# Row of the page: the counts of token_reading that it is, or text that only a reader of it has.
COUNTS = {
    "input": ("input",),
    "cache read": ("cache_read",),
    "cache write, 5 minutes or unsaid": ("cache_write", "cache_write_5m"),
    "cache write, 1 hour": ("cache_write_1h",),
    "output": ("output",),
    "reasoning": ("reasoning",),
    "input of tools": ("tool_input",),
    "audio in": ("input_audio",),
    "audio out": ("output_audio",),
    "audio cached": ("cache_read_audio",),
    "image in": ("input_image",),
    "image out": ("output_image",),
    "image cached": ("cache_read_image",),
    "video in": ("input_video",),
    "video out": ("output_video",),
    "video cached": ("cache_read_video",),
    "stated total": ("total",),
}
WORDS = {
    "searches": r"web_search",
    "iterations": r"anthropic_iterations\(",
    "speed": r"'fast'",
    "region": r"as inference_geo|cross_region",
    "tier": r"service_tier\(|latency-optimized",
}

# What a format can hold and has no count of its own: how it is read or flagged all the same.
FLAGGED = {
    "Portkey": {
        name: "flagged by the total"
        for name in (
            "cache read",
            "cache write, 5 minutes or unsaid",
            "cache write, 1 hour",
            "reasoning",
            "audio in",
            "audio out",
            "image in",
            "image out",
        )
    },
    "LiteLLM logs": {
        name: "flagged by a notice" for name in ("audio cached", "image cached", "video cached")
    },
    "Helicone": {name: "flagged by a notice" for name in ("image in", "image out")},
    "OpenTelemetry": {
        name: "flagged by a notice"
        for name in (
            "audio cached",
            "image cached",
            "video in",
            "video out",
            "video cached",
            "searches",
            "input of tools",
        )
    },
    "OpenRouter": {"cache write, 5 minutes or unsaid": "flagged by a notice"},
    "Anthropic messages": {"reasoning": "read inside the output"},
    "Claude Code": {"reasoning": "read inside the output"},
    "Bedrock": {"reasoning": "read inside the output"},
    "Azure OpenAI": {
        "reasoning": "read inside the output",
        **{
            name: "unclassified, unpriced"
            for name in ("audio in", "audio out", "audio cached", "image in", "image out")
        },
    },
    "Langfuse": {"input of tools": "read as input"},
}


def _source(name: str, project: Path) -> str:
    return (project / "models/staging" / f"{name}.sql").read_text(encoding="utf-8")


def counts_read(name: str, project: Path = PROJECT) -> set[str]:
    """Counts that a model hands to token_reading."""
    call = re.search(r"token_reading\(\s*'\w+',\s*\{(.*?)\n?\s*\},", _source(name, project), re.S)
    return set(re.findall(r"'(\w+)':", call.group(1))) if call else set()


def cell(reader: str, row: str, project: Path = PROJECT) -> str:
    """What becomes of a class (row) in a log (reader): read, flagged, or not in the format."""
    files = READERS[reader]
    if row in COUNTS:
        is_read = bool(counts_read(files[0], project) & set(COUNTS[row]))
    else:
        is_read = any(re.search(WORDS[row], _source(name, project)) for name in files)
    flag = FLAGGED.get(reader, {}).get(row)
    if is_read:
        return READ
    return flag or ABSENT


def page(project: Path = PROJECT) -> str:
    """The text of docs/tokens.md."""
    habits = ["| emitter | how it is known | its counts |", "| --- | --- | --- |"]
    habits += ["| " + " | ".join(habit) + " |" for habit in HABITS]
    lines = ["| class | " + " | ".join(READERS) + " |", "| --- " * (len(READERS) + 1) + "|"]
    for row in [*COUNTS, *WORDS]:
        cells = (cell(reader, row, project) for reader in READERS)
        lines.append("| " + " | ".join([row, *cells]) + " |")
    missing = "\n".join("| " + " | ".join(entry) + " |" for entry in MISSING)
    parts = (HEAD, "\n".join(habits) + "\n", UNWRITTEN, missing + "\n", CLASSES)
    return "".join(parts) + "\n".join(lines) + "\n"


def write(project: Path = PROJECT) -> Path:
    """Write docs/tokens.md and return its path."""
    target = project / PAGE
    target.write_text(page(project), encoding="utf-8")
    return target
