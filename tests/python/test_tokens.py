"""How token counts are read: the page that says so, and the one macro that decides it."""

import random
import re

import duckdb
import pytest
from conftest import PROJECT, SAMPLE, dbt, parsed_project

from ai_spend import tokens

BITS = {"reads": 1, "writes": 2, "reasoning": 4}


def test_the_page_is_what_the_readers_read():
    committed = (PROJECT / tokens.PAGE).read_text(encoding="utf-8")
    assert committed == tokens.page(), "run `ai-spend docs tokens`"


def test_every_reader_of_logs_asks_the_one_place():
    text = (PROJECT / "models/quality/token_readings.sql").read_text(encoding="utf-8")
    counted = set(re.findall(r"'(base_\w+)'", text))
    shown = {names[0].split("/")[1] for names in tokens.READERS.values()}
    assert counted == shown
    for names in tokens.READERS.values():
        assert {"input", "output"} <= tokens.counts_read(names[0]), names[0]


def test_a_flag_is_no_second_word_for_what_is_read():
    for reader, flags in tokens.FLAGGED.items():
        for row, flag in flags.items():
            assert tokens.cell(reader, row) == flag, f"{reader} reads {row}: drop the flag"


@pytest.fixture(scope="module")
def reading_sql() -> str:
    """The macro's query over a table `calls`, as a gateway's reader asks it."""
    counts = {
        name: name
        for name in (
            *("input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning"),
            *("input_audio", "output_image", "total"),
        )
    }
    asked = f"'calls', {counts}, may_change=['reads', 'writes', 'reasoning'], habit='habit'"
    inline = "{{ token_reading(" + asked + ") }}"
    result = dbt(parsed_project(), SAMPLE, "compile", "--inline", inline, "--quiet")
    assert result.returncode == 0, result.output
    return result.output[result.output.index("select") :]


def emitted(rng: random.Random) -> tuple[dict, dict]:
    """What a call used, and what an emitter of some habit writes about it."""
    used = {
        "input_tokens": rng.randrange(50, 3000),
        "cache_read_tokens": rng.choice([0, rng.randrange(1, 200_000)]),
        "cache_write_5m_tokens": rng.choice([0, rng.randrange(1, 9000)]),
        "cache_write_1h_tokens": rng.choice([0, 0, rng.randrange(1, 9000)]),
        "input_audio_tokens": rng.choice([0, rng.randrange(1, 50)]),
        "output_tokens": rng.randrange(1, 4000),
        "output_image_tokens": rng.choice([0, 0, rng.randrange(1, 1500)]),
    }
    reasoning = rng.choice([0, rng.randrange(0, used["output_tokens"])])
    habit = rng.randrange(8)
    written = used["cache_write_5m_tokens"] + used["cache_write_1h_tokens"]
    stated = {
        "input": used["input_tokens"]
        + used["input_audio_tokens"]
        + (0 if habit & BITS["reads"] else used["cache_read_tokens"])
        + (0 if habit & BITS["writes"] else written),
        "output": used["output_tokens"]
        + used["output_image_tokens"]
        - (reasoning if habit & BITS["reasoning"] else 0),
        "cache_read": used["cache_read_tokens"],
        "cache_write": written,
        "cache_write_1h": used["cache_write_1h_tokens"],
        "reasoning": reasoning,
        "input_audio": used["input_audio_tokens"],
        "output_image": used["output_image_tokens"],
        "total": sum(used.values()),
        "habit": habit,
    }
    return used, stated


def read(reading_sql: str, rows: list[dict]) -> list[dict]:
    with duckdb.connect() as connection:
        columns = ", ".join(f"{name} bigint" for name in rows[0])
        connection.execute(f"create table calls (number integer, {columns})")
        connection.executemany(
            f"insert into calls values ({', '.join('?' * (len(rows[0]) + 1))})",
            [[number, *row.values()] for number, row in enumerate(rows)],
        )
        found = connection.execute(f"select * from ({reading_sql}) order by number")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_the_habit_of_an_emitter_gives_back_what_was_used(reading_sql):
    rng = random.Random(11)
    calls = [emitted(rng) for _ in range(600)]
    rows = [{**stated, "total": rng.choice([0, stated["total"]])} for _, stated in calls]
    for (used, stated), found in zip(calls, read(reading_sql, rows), strict=True):
        assert {name: found[name] for name in used} == used, stated
        assert found["all_tokens"] == sum(used.values())
        assert found["reading_certainty"] in ("certain", "known")
        assert found["unexplained_tokens"] is None and found["reading_notice"] is None


def test_a_total_gives_back_all_tokens_whatever_the_emitter_is(reading_sql):
    rng = random.Random(12)
    calls = [emitted(rng) for _ in range(600)]
    rows = [{**stated, "habit": None} for _, stated in calls]
    for (used, stated), found in zip(calls, read(reading_sql, rows), strict=True):
        assert found["all_tokens"] == sum(used.values()), stated
        assert found["reading_certainty"] == "certain"


def test_classes_add_up_and_what_is_left_of_a_total_is_said(reading_sql):
    rng = random.Random(13)
    rows = []
    for _ in range(1200):
        _, stated = emitted(rng)
        stated["total"] = rng.choice([0, stated["total"], stated["total"] + rng.randrange(-99, 99)])
        stated["habit"] = rng.choice([None, rng.randrange(8)])
        rows.append(stated)
    for stated, found in zip(rows, read(reading_sql, rows), strict=True):
        classes = {n: v for n, v in found.items() if re.fullmatch(r"\w+_tokens", n)}
        sums = ("all_tokens", "context_tokens", "unexplained_tokens")
        assert sum(v for n, v in classes.items() if n not in sums) == found["all_tokens"]
        assert all(v >= 0 for n, v in classes.items() if n not in sums), stated
        if found["reading_certainty"] == "contradictory":
            assert found["all_tokens"] + found["unexplained_tokens"] == stated["total"]
            assert found["reading_notice"]
        elif stated["total"]:
            assert found["all_tokens"] == stated["total"]
