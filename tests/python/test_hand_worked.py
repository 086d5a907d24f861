"""What invented calls of each vendor cost, against the hand-worked figures, to the last digit."""

import hand_worked
import pytest
from conftest import run_dbt

CASES = [
    pytest.param(case, id=f"{module.__name__.rpartition('.')[2]}: {case.name}")
    for module in hand_worked.modules()
    for case in module.CASES
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """One build of the invented exports of all vendors."""
    folder = tmp_path_factory.mktemp("hand_worked")
    for module in hand_worked.modules():
        for path, content in module.FILES.items():
            file = folder / "landing" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
    result = run_dbt(
        *(folder, folder / "landing", "build", "--log-level", "warn"),
        *("--exclude", "unpriced_share_is_small", "path:models/marts"),
    )
    assert result.returncode == 0, result.output
    return result


@pytest.mark.parametrize("case", CASES)
def test_costs_what_the_hand_worked_figure_says(built, case):
    assert built.value(case.query) == case.expected
