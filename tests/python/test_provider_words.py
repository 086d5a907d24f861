"""One table of provider words for all readers: what each word, and a name alone, comes to."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest
from conftest import SAMPLE, dbt, parsed_project

PROJECT = Path(__file__).resolve().parents[2]
WORDS = Path(__file__).with_name("data") / "provider_words.csv"
READERS = (
    "langfuse/base_langfuse__observations",
    "helicone/base_helicone__requests",
    "portkey/base_portkey__logs",
    "litellm/base_litellm__records",
    "litellm/base_litellm__rollups",
    "opentelemetry/base_opentelemetry__traces",
)
ASKED = """
select
    word, name,
    {{ service_of('word', 'name') }} as service,
    {{ unknown_provider_notice('word', 'name') }} as notice
from asked
"""


def resolved(rows: list[tuple]) -> dict[tuple, tuple]:
    """(word, model) -> (service, notice), by the macros as dbt compiles them."""
    compiled = dbt(parsed_project(), SAMPLE, "compile", "--quiet", "--inline", ASKED)
    assert compiled.returncode == 0, compiled.output
    with duckdb.connect() as connection:
        connection.execute("create table asked (word varchar, name varchar)")
        connection.executemany("insert into asked values (?, ?)", rows)
        found = connection.execute(compiled.output).fetchall()
    assert len(found) == len(rows)
    return {row[:2]: row[2:] for row in found}


def cases() -> list[dict[str, str]]:
    with WORDS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def answers() -> dict[tuple, tuple]:
    return resolved([(row["word"] or None, row["model"] or None) for row in cases()])


def test_every_listed_word_comes_to_its_service(answers):
    wanted = {
        (row["word"] or None, row["model"] or None): (
            row["service"],
            f"unknown provider {row['unknown']}, taken as {row['service']}"
            if row["unknown"]
            else None,
        )
        for row in cases()
    }
    assert len(wanted) == len(cases()) >= 200
    assert {k: answers[k] for k in wanted} == wanted


def test_services_with_a_price_list_are_those_of_the_seed():
    """A word that leads to a service of our list leads to a key that the list has."""
    with (PROJECT / "seeds/reference/services.csv").open(encoding="utf-8", newline="") as file:
        known = {row["service"] for row in csv.DictReader(file)}
    mapped = {row["service"] for row in cases() if row["kind"] == "priced"}
    assert mapped <= known


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_uses_the_one_table(reader):
    text = (PROJECT / f"models/staging/{reader}.sql").read_text(encoding="utf-8")
    where = "stg_litellm__usage" if reader.endswith("litellm__records") else reader
    used = text + (PROJECT / "models/staging/litellm/stg_litellm__usage.sql").read_text("utf-8") * (
        where == "stg_litellm__usage"
    )
    assert "service_of(" in used
    assert "unknown_provider_notice(" in text
    assert "'openai'" not in text, "a list of its own"
