"""OpenAI: a billed month told by API and CSV, and a month of which only usage is known.

All of it is one organisation, org-hw. January 2026 has a bill, February has none.
"""

import json
from datetime import UTC, datetime

from hand_worked import MILLION, Case, D, billed, priced, records

DAY = 86_400


def page(kind: str, day: str, *results: dict) -> str:
    """A page of one daily bucket, with results of organization.<kind>.result."""
    start = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
    named = [{"object": f"organization.{kind}.result", **result} for result in results]
    bucket = {"object": "bucket", "start_time": start, "end_time": start + DAY, "results": named}
    return json.dumps({"object": "page", "data": [bucket], "has_more": False, "next_page": None})


def cost(item: str, value, quantity=None) -> dict:
    return {
        "amount": {"value": value, "currency": "usd"},
        "line_item": item,
        "project_id": "proj_hw",
        "quantity": quantity,
        "quantity_unit": "tokens" if quantity else None,
    }


def usage(model: str, tokens: tuple[int, int, int, int], batch=False, tier="default") -> dict:
    """Uncached, cached, written and output tokens; OpenAI's input holds the first three."""
    uncached, cached, written, output = tokens
    return {
        "input_tokens": uncached + cached + written,
        "input_uncached_tokens": uncached,
        "input_cached_tokens": cached,
        "input_cache_write_tokens": written,
        "output_tokens": output,
        "num_model_requests": 1,
        "project_id": "proj_hw",
        "model": model,
        "batch": batch,
        "service_tier": tier,
    }


COST_HEADER = (
    "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,"
    "quantity_unit,line_item,user_id,api_key_id,project_id,organization_id,project_name,"
    "organization_name,user_email,api_source\n"
)
USAGE_HEADER = (
    "start_time,end_time,project_id,num_model_requests,model,batch,service_tier,input_tokens,"
    "output_tokens,input_cached_tokens,input_uncached_tokens\n"
)
FIRST = [
    cost("gpt-5.4-2026-03-05, input", "1.00", 400_000),
    cost("gpt-5.4-2026-03-05, output, long context", 2.25, 100_000),
]
SECOND = [*FIRST, cost("web search tool calls", 0.12), cost("incident credit", "-0.5")]
FILES = {
    "openai/costs/account=org-hw/costs__exported_2026-02-01.json": page(
        "costs", "2026-01-05", *FIRST
    ),
    "openai/costs/account=org-hw/costs__exported_2026-02-05.json": page(
        "costs", "2026-01-05", *SECOND
    ),
    "openai/costs_csv/costs__exported_2026-02-05.csv": COST_HEADER
    + "1767571200,1767657600,2026-01-05T00:00:00,2026-01-06T00:00:00,"
    + '1.0000000000000000,usd,400000,tokens,"gpt-5.4-2026-03-05, input",,,proj_hw,org-hw,,,,\n'
    + "1767657600,1767744000,2026-01-06T00:00:00,2026-01-07T00:00:00,,,,,,,,,,,,,\n",
    "openai/usage_completions/account=org-hw/usage__exported_2026-03-01.json": page(
        "usage.completions",
        "2026-02-03",
        usage("gpt-5.4", (400_000, 800_000, 0, 96_000)),
        usage("gpt-5.6-luna", (100_000, 50_000, 10_000, 20_000)),
        usage("gpt-4o-mini", (1_000_000, 200_000, 0, 100_000), batch=True),
        usage("gpt-4o-mini", (2_000_000, 0, 0, 300_000), tier="flex"),
        usage("gpt-4o-mini", (5_000, 0, 0, 700), tier="priority"),
    ),
    "openai/usage_csv/account=org-hw/usage__exported_2026-03-01.csv": USAGE_HEADER
    + "1770076800,1770163200,proj_hw,1.0,gpt-5.4,FALSE,default,"
    + "1200000.0,96000.0,800000.0,400000.0\n"
    + "1770163200,1770249600,,,,,,,,,\n",
    "openai/usage_embeddings/account=org-hw/first__exported_2026-02-20.json": page(
        "usage.embeddings",
        "2026-02-03",
        {"input_tokens": 2_500_000, "num_model_requests": 1, "model": "text-embedding-3-small"},
    ),
    "openai/usage_embeddings/account=org-hw/second__exported_2026-03-01.json": page(
        "usage.embeddings",
        "2026-02-03",
        {"input_tokens": 3_000_000, "num_model_requests": 9, "model": "text-embedding-3-small"},
    ),
    "openai/usage_moderations/account=org-hw/moderations.json": page(
        "usage.moderations",
        "2026-02-03",
        {"input_tokens": 700, "num_model_requests": 7, "model": "omni-moderation-latest"},
    ),
    "openai/usage_audio_speeches/account=org-hw/speeches.json": page(
        "usage.audio_speeches",
        "2026-02-03",
        {"characters": 9_000, "num_model_requests": 3, "model": "tts-1"},
    ),
    "openai/usage_audio_transcriptions/account=org-hw/transcriptions.json": page(
        "usage.audio_transcriptions",
        "2026-02-03",
        {"seconds": 61, "num_model_requests": 1, "model": "whisper-1"},
    ),
    "openai/usage_web_search_calls/account=org-hw/searches.json": page(
        "usage.web_searches",
        "2026-02-03",
        {"num_requests": 12, "num_model_requests": 10, "model": "gpt-5.4"},
    ),
}


def of(dataset: str, condition: str = "true") -> str:
    return f"source_dataset = 'openai/{dataset}' and account_id = 'org-hw' and {condition}"


# gpt-5.4: input 2.50, cache read 0.25, output 15 per million tokens.
STANDARD = (400_000 * D("2.5") + 800_000 * D("0.25") + 96_000 * D(15)) / MILLION
# gpt-5.6-luna before 2026-07-30: 1, 0.10, cache write 1.25, output 6.
WRITES = (100_000 * D(1) + 50_000 * D("0.1") + 10_000 * D("1.25") + 20_000 * D(6)) / MILLION
# gpt-4o-mini: 0.15, 0.075, output 0.60; batch and flex cost half.
BATCH = (1_000_000 * D("0.15") + 200_000 * D("0.075") + 100_000 * D("0.6")) / 2 / MILLION
FLEX = (2_000_000 * D("0.15") + 300_000 * D("0.6")) / 2 / MILLION
EMBEDDINGS = 3_000_000 * D("0.02") / MILLION
SPEECH = 9_000 * D(15) / MILLION
SEARCHES = 12 * D(10) / 1000
JANUARY = "and charge_period_start < '2026-02-01'"
FEBRUARY = "and charge_period_start >= '2026-02-01'"
CASES = [
    Case(
        "cached tokens are inside input",
        priced(of("usage_completions", "model = 'gpt-5.4'")),
        STANDARD,
    ),
    Case(
        "written tokens are inside input",
        priced(of("usage_completions", "model = 'gpt-5.6-luna'")),
        WRITES,
    ),
    Case("batch", priced(of("usage_completions", "service_tier = 'batch'")), BATCH),
    Case("flex", priced(of("usage_completions", "service_tier = 'flex'")), FLEX),
    Case(
        "priority has no price in February: unpriced, not free",
        f"select sum(quantity) from unpriced_usage where {of('usage_completions')}",
        D(5_000 + 700),
    ),
    Case("embeddings as told last", priced(of("usage_embeddings")), EMBEDDINGS),
    Case("speech by characters", priced(of("usage_audio_speeches")), SPEECH),
    Case("web searches", priced(of("usage_web_search_calls")), SEARCHES),
    Case(
        "transcription has a price by the hour only: unpriced seconds",
        f"select sum(quantity) from unpriced_usage where {of('usage_audio_transcriptions')}",
        D(61),
    ),
    Case(
        "moderation is free and not unpriced",
        f"select count(*) from unpriced_usage where {of('usage_moderations')}",
        0,
    ),
    Case(
        "all endpoints add up where there is no bill, and the CSV does not add to them",
        billed(
            f"service = 'openai_api' and sub_account_id is not distinct from 'proj_hw' {FEBRUARY}"
        ),
        STANDARD + WRITES + BATCH + FLEX,
    ),
    Case(
        "endpoints without a project add up too",
        billed(
            "x_source_dataset in ('openai/usage_embeddings', 'openai/usage_audio_speeches', "
            f"'openai/usage_web_search_calls') {FEBRUARY}"
        ),
        EMBEDDINGS + SPEECH + SEARCHES,
    ),
    Case(
        "a month told by API and CSV is billed once, as the API told it last",
        billed(f"service = 'openai_api' and x_source_dataset like 'openai/costs%' {JANUARY}"),
        D("1.00") + D("2.25") + D("0.12") - D("0.50"),
    ),
    Case(
        "long context has a price of its own",
        "select list_unit_price from bill_charges where source_dataset = 'openai/costs' "
        "and charge_description = 'gpt-5.4-2026-03-05, output, long context'",
        D("22.5"),
    ),
    Case("costs replaced", records("openai/costs", "superseded"), 2),
    Case("costs that count", records("openai/costs", "accepted"), 4),
    Case("an empty day is no record", records("openai/costs_csv", "accepted"), 1),
    Case("embeddings replaced", records("openai/usage_embeddings", "superseded"), 1),
    Case("rows of the usage file", records("openai/usage_csv", "accepted"), 1),
]
