"""A build counts on nothing but what requirements.txt pins (runtime_only.py runs all builds)."""

import subprocess
import sys
from pathlib import Path

from conftest import PROJECT
from runtime_only import hidden_packages

REQUIREMENTS = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
# A function of ours that DuckDB calls, on many rows at once: this is what needs numpy.
CALLED_BY_DUCKDB = """
import sys
sys.path[:0] = [{tests!r}, {project!r}]
from runtime_only import hidden_packages, hide
hide(hidden_packages({requirements!r}))
import duckdb
from ai_spend import functions
connection = duckdb.connect()
functions.register(connection)
query = "select matches_json_schema('[' || i || ']', '{{}}') from range(3) as t (i)"
print(connection.execute(query).fetchall())
"""


def called(requirements: str) -> subprocess.CompletedProcess:
    tests = str(Path(__file__).parent)
    code = CALLED_BY_DUCKDB.format(tests=tests, project=str(PROJECT), requirements=requirements)
    run = [sys.executable, "-c", code]
    return subprocess.run(run, capture_output=True, text=True, check=False)


def test_what_only_the_tests_need_is_hidden_and_what_a_build_needs_is_not():
    hidden = hidden_packages(REQUIREMENTS)
    assert {"pytest", "sqlfluff", "focus_validator", "pandas", "pyarrow"} <= hidden
    assert not {"dbt", "duckdb", "numpy", "jsonschema", "click", "yaml", "mashumaro"} & hidden


def test_a_package_that_requirements_txt_lacks_is_missed():
    """Without numpy DuckDB cannot call a Python function: the fault that a fresh machine had."""
    assert called(REQUIREMENTS).returncode == 0
    lines = REQUIREMENTS.splitlines(keepends=True)
    without = "".join(line for line in lines if not line.startswith("numpy=="))
    assert without != REQUIREMENTS
    broken = called(without)
    assert broken.returncode != 0
    assert "numpy" in broken.stderr
