"""Faults that were planted are found, and nothing else is: a table planted / found / false.

Gateway calls in October 2026. Mistral has no bill, so the log carries its money, per million tokens
0.50 in and, by contract, 1.20 out for mistral-large-2512, in batch 0.25 and 0.75. OpenAI has a bill
for one day that two teams share by the log. claude-haiku-4-5 costs 1.00 in and 1.25 to write to a
cache.
"""

import shutil
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import raw
from conftest import WITHOUT_RULES, parsed_project, run_dbt

D = Decimal
MISTRAL = {
    "model": "mistral/mistral-large-2512",
    "custom_llm_provider": "mistral",
    "prompt_tokens": 100_000,
    "completion_tokens": 10_000,
    "total_tokens": 110_000,
}


def at(clock: str, day: str = "2026-10-20") -> dict:
    return {"startTime": f"{day}T{clock}Z", "endTime": f"{day}T{clock}Z"}


def mistral(name: str, clock: str, tokens: int = 100_000, **changes) -> dict:
    sizes = {"prompt_tokens": tokens, "total_tokens": tokens + 10_000}
    return raw.gateway_call(name, **(MISTRAL | sizes | at(clock) | changes))


def claude(name: str, clock: str, read: int = 0, write: int = 0, **changes) -> dict:
    usage = {"cache_read_input_tokens": read, "cache_creation_input_tokens": write}
    prompt = 50_000 + read + write
    return raw.gateway_call(
        name,
        model="anthropic/claude-haiku-4-5",
        custom_llm_provider="anthropic",
        prompt_tokens=prompt,
        completion_tokens=10_000,
        total_tokens=prompt + 10_000,
        metadata={"additional_usage_values": usage, "usage_object": usage},
        **(at(clock) | changes),
    )


CALLS = [
    # A call that is tried three times and billed each time: 0.065 as stated, then 0.065 for good.
    mistral("retry-1", "08:00:00", session_id="s1", status="failure", spend=0.065),
    mistral("retry-2", "08:00:10", session_id="s1", status="failure", spend=0.065),
    mistral("retry-3", "08:00:20", session_id="s1", status="failure", spend=0.065),
    mistral("retry-4", "08:00:30", session_id="s1", spend=0.065),
    # Failed without a charge.
    mistral("free-1", "08:10:00", session_id="s2", status="failure"),
    mistral("free-2", "08:10:10", session_id="s2"),
    # The same call again after 60 seconds, and once more after 61.
    mistral("again-1", "09:00:00", 200_000, session_id="s3"),
    mistral("again-2", "09:01:00", 200_000, session_id="s3"),
    mistral("again-3", "09:02:01", 200_000, session_id="s3"),
    # Work that can wait, at full price; and the same of a team whose work cannot.
    mistral("label-1", "10:00:00", request_tags=["feature:labelling", "department:data-science"]),
    mistral("label-2", "10:00:00", request_tags=["feature:labelling", "department:sales"]),
    # A session that ended in a merged pull request; one whose ticket was opened again.
    mistral("merged", "11:00:00", 300_000, session_id="s-merged", api_key="key-merged"),
    mistral("reopened", "11:30:00", 300_000, session_id="s-reopened"),
    # A cache that is read after 5 minutes, and one that is read a second too late. The first call
    # is the only one of its key.
    claude("unread-1", "12:00:00", write=40_000, api_key="key-one"),
    claude("read-1", "13:00:00", write=40_000, api_key="key-two"),
    claude("read-2", "13:05:00", read=40_000, api_key="key-two"),
    claude("late-1", "14:00:00", write=40_000, api_key="key-two"),
    claude("late-2", "14:05:01", read=40_000, api_key="key-two"),
    # OpenAI bills 5.00 for the input of that day; Engineering's call failed and is on the bill.
    raw.gateway_call("eng", **at("08:00:00"), team_id="team-eng", status="failure", spend=3.5),
    raw.gateway_call("sales", **at("08:00:00"), team_id="team-sales"),
    # Calls booked to a project, by its key: its last day was the 21st.
    mistral("inside", "", api_key="key-ended", **at("23:00:00", "2026-10-21")),
    mistral("after", "", api_key="key-ended", **at("00:00:00", "2026-10-22")),
    # The last record: a cache that might still be read.
    claude("open-1", "", write=40_000, api_key="key-three", **at("01:00:00", "2026-10-22")),
]
# Finding -> requests that were planted. What each costs is worked out below.
PLANTED = {
    "billed failure": {"retry-1", "retry-2", "retry-3", "eng"},
    "repeated call": {"again-2"},
    "batchable at full price": {"label-1"},
    "outcome of the session": {"merged"},
    "unread cache write": {"unread-1", "late-1"},
}


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("waste")
    landing = folder / "landing"
    raw.spend_logs(landing, *sorted(CALLS, key=lambda call: call["startTime"]))
    page = raw.openai_page("2026-10-20", raw.openai_cost("gpt-4o, input", 5.0, 2_000_000))
    raw.write_page(landing, "openai/costs", page)
    raw.write_lines(
        landing / "outcomes" / "events" / "events.csv",
        "outcome_id,outcome_type,occurred_at,status,department,feature,user_id,correlation_key,"
        "correlation_value,source_system,reported_at",
        "o-1,pr_merged,2026-10-22T08:00:00Z,confirmed,,,,session_id,s-merged,github,",
        "o-2,ticket_resolved,2026-10-22T08:00:00Z,reversed,,,,session_id,s-reopened,desk,",
    )
    organisation = shutil.copytree(parsed_project(), folder / "project") / "seeds/organisation"
    with (organisation / "projects.csv").open("a", encoding="utf-8") as projects:
        projects.write("ENDED,A project of the past,sales,,,,,2026-01-01,2026-10-22\n")
    with (organisation / "attribution_rules.csv").open("a", encoding="utf-8") as rules:
        rules.write("500,,credential,key-ended,sales,,ENDED,2026-01-01,,its only key\n")
    built = run_dbt(folder, landing, "build", "--log-level", "warn", *WITHOUT_RULES)
    assert built.returncode == 0, built.output
    return built


def found(built, finding: str) -> set[str]:
    return {
        row[0]
        for row in built.rows(
            "select distinct usage.request_id from usage_findings inner join usage using (usage_id)"
            f" where usage_findings.finding = '{finding}'"
        )
    }


def test_what_was_planted_is_found_and_nothing_else(planted):
    kinds = {row[0] for row in planted.rows("select distinct finding from usage_findings")}
    table = {kind: found(planted, kind) for kind in kinds}
    assert table == PLANTED


def costs(built) -> dict[str, Decimal]:
    return dict(
        built.rows(
            "select coalesce(finding, 'rest'), sum(effective_cost) from investment_vs_waste"
            " group by all"
        )
    )


def test_each_finding_costs_what_was_planted(planted):
    cost = costs(planted)
    # 3 x 0.065 as the gateway states; Engineering's half of the bill of 5.00
    assert cost.pop("billed failure") == 3 * D("0.065") + D("2.50")
    # 200,000 x 0.50 + 10,000 x 1.20 per million
    assert cost.pop("repeated call") == D("0.112")
    # 100,000 x (0.50 - 0.25) + 10,000 x (1.20 - 0.75)
    assert cost.pop("batchable at full price") == D("0.0295")
    # 300,000 x 0.50 + 10,000 x 1.20
    assert cost.pop("outcome of the session") == D("0.162")
    # twice 40,000 x (1.25 - 1.00)
    assert cost.pop("unread cache write") == D("0.02")
    # 100,000 x 0.50 + 10,000 x 1.20, on the day after the last
    assert cost.pop("usage after project end") == D("0.062")
    # The sample's register has a credit of 1.00 at DeepSeek until 15 September, which nobody used
    assert cost.pop("idle commitment") == 1
    found = D("2.695") + D("0.112") + D("0.0295") + D("0.162") + D("0.02") + D("0.062") + 1
    total = planted.value("select sum(effective_cost) from charge")
    assert cost == {"rest": total - found}


def test_focus_has_one_word_per_charge(planted):
    rows = planted.rows(
        """
        select "x_Classification", "Tags"->>'ai_spend:classification', count(*)
        from focus_1_4__cost_and_usage group by all
        """
    )
    assert {row[:2] for row in rows} == {
        ("Waste", "Waste"), ("Investment", "Investment"), ("Unclassified", None),
    }  # fmt: skip


# ------------------------------------------------------------------------------------ the sample
def test_failed_attempts_of_the_sample_cost_nothing(sample_build):
    """They were refused before any output: counted, shown, and no waste of money."""
    failed = "select count(*), sum(stated_cost) from priced_usage where status = 'failure'"
    attempts, cost = sample_build.rows(failed)[0]
    assert attempts > 0 and not cost
    assert not sample_build.value("select count(*) from billed_failures")


def test_the_one_call_that_the_sample_has_twice_is_found(sample_build):
    """Cursor delivers one chargeable event twice, at 0.1979 each, in every field the same."""
    found = "select distinct source_dataset, evidence from usage_findings where finding = '{}'"
    (dataset, original), *others = sample_build.rows(found.format("repeated call"))
    assert (dataset, others) == ("cursor/usage_events", [])
    twice = f"select stated_cost from usage where record_id = '{original}' and stated_cost > 0"
    assert sample_build.rows(twice) == [(D("0.1979"),)]
    cost = sample_build.value(
        "select sum(effective_cost) from investment_vs_waste where finding = 'repeated call'"
    )
    # Four meters, each rounded down to ten digits.
    assert D("0.1979") - 4 * D("1e-10") < cost <= D("0.1979")


def test_unread_caches_of_the_sample_by_looking_at_each(sample_build):
    """Every write against every later read with the same key: none within five minutes."""
    calls = sample_build.rows(
        """
        select
            source_dataset, service, account_id, sub_account_id, credential_id, model,
            record_id, started_at,
            coalesce(sum(quantity) filter (where meter = 'cache_read_tokens'), 0),
            coalesce(sum(quantity) filter (where meter like 'cache_write%'), 0),
            max(contracted_unit_price) filter (where meter like 'cache_write%'),
            max(contracted_unit_price) filter (where meter = 'input_tokens'),
            bool_or(meter = 'cache_write_1h_tokens')
        from priced_usage
        where is_billable and ended_at - started_at < interval '1 hour'
            and source_dataset in ('litellm/spend_logs', 'litellm/standard_logging')
        group by all
        """
    )
    ends = defaultdict(lambda: datetime.min)
    reads = defaultdict(list)
    for *key, _, start, read, _, _, _, _ in calls:
        ends[key[0]] = max(ends[key[0]], start)
        if read:
            reads[tuple(key)].append(start)
    unread = set()
    for *key, record, start, _, written, write_price, plain_price, long in calls:
        end = start + (timedelta(hours=1) if long else timedelta(minutes=5))
        if not written or write_price is None or plain_price is None or write_price <= plain_price:
            continue
        if end <= ends[key[0]] and not any(start < at <= end for at in reads[tuple(key)]):
            unread.add((key[0], record))
    assert unread
    found = sample_build.rows(
        "select distinct source_dataset, evidence from usage_findings"
        " where finding = 'unread cache write' and source_dataset like 'litellm/%'"
    )
    assert set(found) == unread


def test_the_classes_of_the_sample_sum_to_what_was_charged(sample_build):
    rows = sample_build.rows(
        "select currency, classification, sum(effective_cost) from investment_vs_waste group by all"
    )
    charged = sample_build.rows(
        "select billing_currency, sum(effective_cost) from charge group by all"
    )
    sums = defaultdict(Decimal)
    for currency, _, cost in rows:
        sums[currency] += cost
    assert dict(sums) == dict(charged)
    assert {"Investment", "Waste", "Unclassified"} == {row[1] for row in rows}
