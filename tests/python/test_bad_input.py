"""Bad input never disappears, and never stops the rest."""

import gzip
import re
from decimal import Decimal

import duckdb
import raw
from conftest import STRICT_AND_LENIENT, WITHOUT_RULES, rebuilt

from ai_spend import summary

GOOD = [raw.gateway_call(f"good-{n}") for n in range(3)]
GOOD_COST = Decimal("10.5")  # 3 x 3.50


def test_every_kind_of_bad_record_is_quarantined_and_the_rest_is_built(
    build, tmp_path, monkeypatch
):
    landing = tmp_path / "landing"
    raw.spend_logs(
        landing,
        *GOOD,
        '{"request_id": "cut", "spend": 0.0',  # line 4
        "[1, 2]",  # line 5
        raw.gateway_call("negative", prompt_tokens=-5),  # line 6
        {k: v for k, v in raw.gateway_call("no-time").items() if k != "startTime"},  # line 7
        raw.gateway_call("unreadable", spend="much"),  # line 8
        raw.gateway_call("unknown-model", model="nobody-knows-it"),  # line 9: unpriced
        '{"some": "other", "layout": 1}',  # line 10
        raw.gateway_call("text-tokens", prompt_tokens="a lot"),  # line 11
    )
    # gzip, cut in the middle
    whole = gzip.compress("".join(f"{n}\n" for n in range(50_000)).encode())
    (landing / "litellm" / "spend_logs" / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    (landing / "litellm" / "spend_logs" / "latin.jsonl").write_bytes(b'{"user": "J\xfcrgen"}\n')
    raw.write_page(landing, "openai/costs", '{"object": "page", "data": [')
    raw.write_page(landing, "openai/usage_completions", {"hello": "world"}, name="other.json")
    raw.write_page(
        landing,
        "openai/costs",
        raw.openai_page(
            "2026-06-10",
            raw.openai_cost(
                "gpt-4o, input", 2.5, 1_000_000, amount={"value": 2.5, "currency": "xxq"}
            ),
        ),
        name="currency.json",
    )
    raw.write_lines(landing / "github_copilot" / "billing_usage" / "odd.csv", "a,b,c", "1,2,3")
    raw.write_page(landing, "anthropic/cost_report", "not json at all")
    raw.write_page(landing, "github_copilot/seats", {"message": "Not Found"})
    raw.write_lines(landing / "nobody" / "knows" / "this.jsonl", "{}")
    raw.write_lines(landing / "stray.jsonl", "{}")
    built = build(landing, *WITHOUT_RULES)
    # Files of one's own beside the registers of the sample company, whose credits are charges
    assert re.search(r"WARN \d+ seeds_are_the_companys_own", built.output)
    monkeypatch.setenv("AI_SPEND_LANDING", str(landing))
    with duckdb.connect(built.db, read_only=True) as connection:
        assert "is still the sample company's: 5 accounts" in summary.registers(connection)[0]

    assert built.value("select sum(billed_cost) from charge") == GOOD_COST
    found = {
        (row[0], row[1]): row[2]
        for row in built.rows("select source_file, source_line, reason from quarantine")
    }
    log = "litellm/spend_logs/log.jsonl"
    expected = {
        (log, 4): "malformed JSON",
        (log, 5): "not a JSON object",
        (log, 6): "negative token count",
        (log, 7): "no readable start time",
        (log, 8): "unreadable spend",
        (log, 10): "no readable start time",
        (log, 11): "unreadable token count",
        ("litellm/spend_logs/cut.jsonl.gz", None): "truncated or damaged gzip file",
        ("litellm/spend_logs/latin.jsonl", None): "not UTF-8 text (line 1)",
        ("openai/costs/page.json", 1): "malformed JSON",
        ("openai/costs/currency.json", 1): "unknown currency XXQ",
        ("openai/usage_completions/other.json", 1): "unknown layout",
        ("github_copilot/billing_usage/odd.csv", 1): "unknown layout",
        ("anthropic/cost_report/page.json", 1): "malformed JSON",
        ("github_copilot/seats/page.json", 1): "not a page of seats",
        ("nobody/knows/this.jsonl", None): "no reader for this folder",
        ("stray.jsonl", None): "not in a <vendor>/<dataset>/ folder",
    }
    for place, reason in expected.items():
        assert found.get(place, "nothing").startswith(reason), (place, found.get(place))
    assert set(found) == set(expected)
    # The totals include what was left out: 11 lines of the log, all with a status.
    assert (
        built.value(
            "select count(*) from landing_records where source_dataset = 'litellm/spend_logs'"
        )
        == 11
    )
    assert built.rows(
        "select model, sum(quantity), any_value(reason) from unpriced_usage group by all"
    ) == [("nobody-knows-it", Decimal(1_100_000), "model not in the price book")]


def test_too_much_unpriced_usage_fails_the_build(build, tmp_path):
    landing = tmp_path / "landing"
    raw.spend_logs(landing, *GOOD, *[raw.gateway_call(f"odd-{n}", model="odd") for n in range(4)])
    needed = ("--select", "+unpriced_usage", "--indirect-selection", "cautious")
    built = build(landing, *needed, expect_failure=True)
    assert built.returncode != 0
    assert re.findall(r"FAIL \d+ (\w+)", built.output) == ["unpriced_share_is_small"]
    # 4 of 7 equal calls have no price, 0.571 of the tokens; 0.572 is allowed.
    test = ("--select", "unpriced_share_is_small")
    rebuilt(built, tmp_path / "lenient", landing, STRICT_AND_LENIENT, *test)


def test_no_files_at_all_is_said_in_one_sentence(build, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    for landing in (empty, tmp_path / "nowhere"):
        built = build(landing, *WITHOUT_RULES, expect_failure=True)
        assert built.returncode != 0
        assert f"No raw exports found in '{landing}'" in built.output
        assert "Traceback" not in built.output


def test_a_landing_folder_with_nothing_readable_still_builds(build, tmp_path):
    landing = tmp_path / "landing"
    raw.write_lines(landing / "nobody" / "knows" / "this.jsonl", "{}")
    built = build(landing)
    assert built.value("select count(*) from charge") == 0
    assert built.value("select count(*) from quarantine") == 1
