"""SQL functions that the build offers besides DuckDB's own."""

from __future__ import annotations

import json
from functools import lru_cache

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from jsonschema import Draft202012Validator


@lru_cache(maxsize=16)
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema))


@lru_cache(maxsize=4096)
def matches_json_schema(text: str, schema: str) -> bool:
    """Whether the text is JSON that meets a JSON schema (draft 2020-12, itself JSON text).

    What is no JSON meets none. Rows repeat their objects, so verdicts are remembered.
    """
    try:
        value = json.loads(text)
    except ValueError:
        return False
    return _validator(schema).is_valid(value)


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Offers the functions on a connection and its cursors; null in, null out."""
    connection.create_function(
        "matches_json_schema", matches_json_schema, ["VARCHAR", "VARCHAR"], "BOOLEAN"
    )


class Plugin(BasePlugin):
    """dbt-duckdb's entry point."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        register(conn)
