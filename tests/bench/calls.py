"""A company's calls through a LiteLLM gateway, of any number, the same each time.

What they cost is worked out from prices that the reference query knows too: its total must equal
the build's to the last digit, for a benchmark that computes something else measures nothing.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb

FIRST_DAY = date(2026, 4, 1)
DAYS = 90
USERS = 200
SEED = 20260401
# Provider, model, USD per million tokens: input, cache read, cache write, output.
MODELS = (
    ("openai", "gpt-4o", "2.5", "1.25", "0", "10"),
    ("openai", "gpt-4o-mini", "0.15", "0.075", "0", "0.6"),
    ("openai", "gpt-4.1", "2", "0.5", "0", "8"),
    ("openai", "gpt-4.1-mini", "0.4", "0.1", "0", "1.6"),
    ("openai", "gpt-4.1-nano", "0.1", "0.025", "0", "0.4"),
    ("openai", "o4-mini", "1.1", "0.275", "0", "4.4"),
    ("openai", "gpt-5", "1.25", "0.125", "0", "10"),
    ("openai", "gpt-5-mini", "0.25", "0.025", "0", "2"),
    ("anthropic", "claude-haiku-4-5", "1", "0.1", "1.25", "5"),
    ("anthropic", "claude-sonnet-4-5", "3", "0.3", "3.75", "15"),
    ("anthropic", "claude-opus-4-5", "5", "0.5", "6.25", "25"),
    ("mistral", "mistral-small-latest", "0.1", "0", "0", "0.3"),
)

# Row i of a day is drawn from hashes of i, so that every size and every day is the same each time.
DRAWN = """
    select
        i,
        hash(i, {seed}, 1) % 12 as model_number,
        hash(i, {seed}, 2) % {users} as user_number,
        cast(hash(i, {seed}, 3) % 86400000 as bigint) as millisecond,
        -- Long tail: most prompts are short, some fill the context.
        cast(40 + exp(4 + 6 * (hash(i, {seed}, 4) % 10007 / 10007.0)) as bigint) as fresh,
        cast(8 + exp(2 + 5.5 * (hash(i, {seed}, 5) % 10009 / 10009.0)) as bigint) as output,
        hash(i, {seed}, 6) % 100 as cache_draw,
        hash(i, {seed}, 7) % 5 as feature_number,
        hash(i, {seed}, 8) as session
    from range({first}, {last}) as calls (i)
"""
PRICED = """
    select
        drawn.*,
        models.*,
        case when cache_draw < 30 and cache_read_price > 0 then fresh * 2 else 0 end as cached,
        case when cache_draw < 10 and write_price > 0 then fresh else 0 end as written,
        -- At most 10 decimals, so that the JSON number holds it exactly.
        cast(
            (
                fresh * input_price + cached * cache_read_price + written * write_price
                + output * output_price
            ) * cast('0.000001' as decimal(7, 6)) as decimal(16, 10)
        ) as spend,
        user_number % 8 as team_number,
        timestamp '{day}' + to_milliseconds(millisecond) as started_at
    from drawn
    inner join models using (model_number)
"""
LITELLM = """
    select
        (if(provider = 'anthropic', 'msg_', 'chatcmpl-') || format('{{:x}}', hash(i, {seed})))
            as request_id,
        'acompletion' as call_type,
        sha256('key ' || user_number) as api_key,
        spend,
        fresh + cached + written + output as total_tokens,
        fresh + cached + written as prompt_tokens,
        output as completion_tokens,
        strftime(started_at, '%Y-%m-%dT%H:%M:%S.%gZ') as "startTime",
        strftime(started_at + to_milliseconds(300 + output), '%Y-%m-%dT%H:%M:%S.%gZ') as "endTime",
        model,
        'dep-' || model as model_id,
        model as model_group,
        provider as custom_llm_provider,
        'https://api.' || provider || '.com/v1' as api_base,
        'user' || user_number || '@example.com' as "user",
        'team-' || team_number as team_id,
        {{
            user_api_key_alias: 'key-' || user_number,
            user_api_key_team_alias: 'Team ' || team_number,
            user_api_key_user_id: 'user' || user_number || '@example.com',
            status: 'success',
            additional_usage_values: {{
                cache_read_input_tokens: cached, cache_creation_input_tokens: written
            }},
            usage_object: {{
                prompt_tokens: fresh + cached + written, completion_tokens: output,
                total_tokens: fresh + cached + written + output,
                prompt_tokens_details: {{
                    cached_tokens: cached, cache_creation_tokens: written
                }}
            }},
            cost_breakdown: {{total_cost: spend, original_cost: spend}}
        }} as metadata,
        'False' as cache_hit,
        [
            'department:'
            || ['Engineering', 'Sales', 'Support', 'Legal'][cast(team_number % 4 + 1 as bigint)],
            'feature:feature-' || feature_number, 'User-Agent: python-requests/2.32'
        ] as request_tags,
        's-' || format('{{:x}}', session % 100000) as session_id,
        'success' as status,
        map {{}} as messages,
        map {{}} as response
    from priced
    order by started_at, i
"""


def prices() -> str:
    """The models and their prices as a relation: model_number, provider, model, four prices."""
    rows = ", ".join(
        f"({n}, '{provider}', '{model}', "
        + ", ".join(f"cast('{price}' as decimal(9, 4))" for price in each)
        + ")"
        for n, (provider, model, *each) in enumerate(MODELS)
    )
    names = (
        "model_number, provider, model, input_price, cache_read_price, write_price, output_price"
    )
    return f"(values {rows}) as models ({names})"


def write(landing: Path, calls: int) -> None:
    """Writes `calls` LiteLLM spend logs as JSON lines, one file a day, without holding them."""
    folder = landing / "litellm" / "spend_logs"
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for n in range(DAYS):
            day = FIRST_DAY + timedelta(days=n)
            words = {
                "seed": SEED,
                "users": USERS,
                "first": calls * n // DAYS,
                "last": calls * (n + 1) // DAYS,
                "day": day,
            }
            connection.execute(
                f"copy (with models as (from {prices()}), drawn as ({DRAWN.format(**words)}),"
                f" priced as ({PRICED.format(**words)}) {LITELLM.format(**words)})"
                f" to '{folder}/spend_logs_{day}.jsonl' (format json)"
            )
