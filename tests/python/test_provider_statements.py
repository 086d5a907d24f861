"""What a provider states against FOCUS is told apart from what the project makes itself.

The macros are rendered as dbt renders them, on a few rows.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import jinja2
import pytest

from ai_spend import summary

PROJECT = Path(__file__).resolve().parents[2]
STATED = """coalesce("x_SourceDataset" in ('aws_bedrock/focus'), false)"""
ROWS = """
    create table charges as from (values
        ('EC2', 'Compute', 'aws_bedrock/focus', 'byte', -1, 'C1'),
        ('EC2', 'Storage', 'aws_bedrock/focus', 'B', 1, null),
        ('GPT', 'AI', 'litellm/spend_logs', 'byte', -1, 'C2'),
        ('GPT', 'Other', 'litellm/spend_logs', 'B', 1, null),
        ('One', 'AI', null, 'B', 1, null)
    ) as t("ServiceName", "ServiceCategory", "x_SourceDataset", "ConsumedUnit", "Quantity", "Id")
"""


def rule(kind: str, violation: str, is_stated: bool = True) -> dict:
    return {"rule_id": kind, "check_kind": kind, "violation": violation, "is_stated": is_stated}


@pytest.fixture(scope="module")
def macros():
    source = (PROJECT / "macros" / "focus" / "evaluate_rules.sql").read_text(encoding="utf-8")
    return jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(source).module


@pytest.fixture
def found(macros):
    """(violations, example, stated_violations, stated_example) of rules, by check_kind."""

    def evaluate(*rules: dict) -> dict[str, tuple]:
        siblings = {"cost_and_usage": {"all": "charges", "stated": STATED}}
        with duckdb.connect() as engine:
            engine.execute(ROWS)
            query = macros.rule_counts(
                list(rules), "charges", '"ServiceName"', [], siblings, STATED
            )
            return {
                row[0]: row[1:]
                for row in engine.execute(
                    "select rule_id, violations, example, stated_violations, stated_example"
                    f" from ({query})"
                ).fetchall()
            }

    return evaluate


def test_a_row_is_the_providers_where_its_bill_says_so(found):
    assert found(rule("row", '"Quantity" < 0')) == {"row": (2, "GPT", 1, "EC2")}


def test_a_group_is_the_providers_where_a_row_of_its_bill_is_in_it(found):
    kind = "group:ServiceName"
    assert found(rule(kind, 'count(distinct "ServiceCategory") <> 1')) == {
        kind: (2, "GPT", 1, "EC2")
    }


def test_values_are_counted_by_row(found):
    kind = "values:ConsumedUnit"
    assert found(rule(kind, "\"ConsumedUnit\" = 'byte'")) == {kind: (2, "GPT", 1, "EC2")}


def test_what_a_query_finds_without_the_bills_is_no_statement_of_theirs(found):
    query = 'select "Id" as example from {cost_and_usage} where "Id" is not null'
    assert found(rule("query", query)) == {"query": (2, "C1", 1, "C1")}


def test_a_column_that_the_project_makes_is_never_the_providers(found):
    assert found(rule("row", '"Quantity" < 0', is_stated=False)) == {"row": (2, "EC2", 0, None)}


def test_the_queries_without_providers_are_as_they_were(macros):
    rules = [rule("row", '"Quantity" < 0'), rule("query", "select 1 as example where false")]
    query = str(macros.rule_counts(rules, "charges", '"ServiceName"'))
    assert "stated" not in query


def test_the_summary_of_a_build_that_stopped_says_what_is_missing(tmp_path):
    """An empty database, then one with the files alone: no traceback, and the tables are named."""
    database = tmp_path / "red.duckdb"
    with duckdb.connect(database):
        pass
    assert "The last build stopped before it had made landing_files" in summary.text(database, None)
    with duckdb.connect(database) as connection:
        connection.execute(
            """
            create table landing_files (status varchar, source_file varchar, problem varchar);
            create table focus_rule_coverage (focus_version varchar);
            insert into focus_rule_coverage values ('1.4');
            """
        )
    text = summary.text(database, None)
    assert "focus_rule_results" in text
    assert text.endswith("red.duckdb")


def test_the_summary_names_rule_file_and_line(tmp_path):
    database = tmp_path / "green.duckdb"
    with duckdb.connect(database) as connection:
        connection.execute(
            """
            create table focus_rule_coverage as select '1.4' as focus_version;
            create table focus_rule_results as
            select '1.4' as focus_version, 'violated by the provider' as verdict, 'MUST' as keyword;
            create table provider_statements as from (values
                ('1.4', 'CAU-ServiceName-C-005-C', 'ServiceName', 'MUST', 1, 'aws/f.csv', 3, 'x')
            ) as t(focus_version, rule_id, column_name, keyword, violations, source_file,
                   source_line, example)
            """
        )
    text = summary.text(database, None)
    assert "FOCUS 1.4 1 rules, 0 checks pass, 0 MUST and 0 SHOULD fail, 1 violated by the" in text
    assert "CAU-ServiceName-C-005-C (MUST, ServiceName): 1, aws/f.csv line 3" in text
