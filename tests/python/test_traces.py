"""Real traffic, priced to the last digit.

The Azure LLM inference traces of 2023 (Microsoft, AzurePublicDataset, CC-BY; Patel et al.,
"Splitwise", ISCA 2024) are looked for in AI_SPEND_TRACES, then in ../shared/data beside the
project. They are wrapped as LiteLLM logs of gpt-4o without stated spend. By hand, at 2.50 and
10.00 USD per million tokens:
conv: 22.361870 x 2.50 + 4.088665 x 10.00 = 55.904675 + 40.886650 = 96.791325
code: 18.059974 x 2.50 + 0.245896 x 10.00 = 45.149935 +  2.458960 = 47.608895
"""

import csv
import os
from decimal import Decimal
from pathlib import Path

import pytest
import raw
from conftest import CHARGES_ALONE, PROJECT, at_grain, run_dbt

from ai_spend.export import export

FOLDER = Path(os.environ.get("AI_SPEND_TRACES", PROJECT.parent / "shared" / "data"))
TRACES = {
    "conv": ("azure_llm_inference_trace_2023_conv.csv", 19_366, Decimal("96.791325")),
    "code": ("azure_llm_inference_trace_2023_code.csv", 8_819, Decimal("47.608895")),
}

pytestmark = pytest.mark.skipif(
    not all((FOLDER / name).exists() for name, *_ in TRACES.values()),
    reason="SKIPPED: the Azure traces are not at hand (AI_SPEND_TRACES)",
)


@pytest.fixture(scope="module")
def daily(tmp_path_factory):
    """Both traces as gateway logs, built at grain day."""
    folder = tmp_path_factory.mktemp("traces")
    landing = folder / "landing"
    for trace, (name, *_) in TRACES.items():
        with (FOLDER / name).open(encoding="utf-8") as file:
            calls = [
                raw.gateway_call(
                    f"{trace}-{number}",
                    prompt_tokens=int(row["ContextTokens"]),
                    completion_tokens=int(row["GeneratedTokens"]),
                    startTime=row["TIMESTAMP"],
                    endTime=row["TIMESTAMP"],
                    request_tags=[f"feature:{trace}"],
                )
                for number, row in enumerate(csv.DictReader(file))
            ]
        raw.spend_logs(landing, *calls, name=f"{trace}.jsonl")
    built = run_dbt(folder, landing, "build", "--log-level", "warn", *CHARGES_ALONE)
    assert built.returncode == 0, built.output
    return built


@pytest.fixture(scope="module", params=["day", "hour", "call"])
def traffic(request, daily, tmp_path_factory):
    if request.param == "day":
        return daily
    folder = tmp_path_factory.mktemp(request.param)
    landing = daily.folder.parent / "landing"
    return at_grain(daily, folder, landing, request.param, *CHARGES_ALONE)


def test_each_trace_costs_what_the_arithmetic_says(traffic):
    for version in ("1_1", "1_4"):
        found = dict(
            traffic.rows(
                'select "x_Feature", sum("ListCost") '
                f"from focus_{version}__cost_and_usage group by all"
            )
        )
        assert found == {trace: cost for trace, (_, _, cost) in TRACES.items()}


def test_every_call_is_there(traffic):
    found = dict(traffic.rows("select feature, sum(request_count) from usage group by all"))
    assert found == {trace: calls for trace, (_, calls, _) in TRACES.items()}


@pytest.mark.parametrize("fmt", ["csv", "parquet", "json"])
@pytest.mark.parametrize("spec", ["1.1", "1.4"])
def test_exports_hold_the_same_total(traffic, tmp_path, spec, fmt):
    result = export(traffic.db, spec, fmt, tmp_path / f"traces.{fmt}")
    assert result.totals["USD"]["ListCost"] == sum(cost for *_, cost in TRACES.values())
