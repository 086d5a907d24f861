"""What is off in a plain `dbt build`, for it proves the code and not the data.

dbt's unit tests, and the tests of the seeds that hold the rules of FOCUS.
"""

import shutil
from concurrent.futures import ThreadPoolExecutor

from conftest import PROJECT, SAMPLE, dbt, parsed_project

MODELS = PROJECT / "models"
WITH_UNIT_TESTS = "{unit_tests: true}"
FOLDERS = sorted(path.parent for path in MODELS.rglob("*unit_tests*.yml"))
RULES = "path:seeds/focus"


def test_every_dbt_unit_test_passes(sample_build, tmp_path):
    """Two runs side by side, each with half of the folders: dbt itself keeps one core busy."""
    names = sorted({folder.relative_to(PROJECT).as_posix() for folder in FOLDERS})

    def run(half: int):
        chosen = [f"path:{name},test_type:unit" for name in names[half::2]]
        chosen += [RULES] if half == 0 else []
        arguments = ("test", "--log-level", "warn", "--select", *chosen)
        project = shutil.copytree(parsed_project(WITH_UNIT_TESTS), tmp_path / f"half{half}")
        shutil.copy2(sample_build.db, project / "target")
        return dbt(project, SAMPLE, *arguments, settings=WITH_UNIT_TESTS)

    with ThreadPoolExecutor() as pool:
        for tested in pool.map(run, (0, 1)):
            assert tested.returncode == 0, tested.output
            assert "Nothing to do" not in tested.output
