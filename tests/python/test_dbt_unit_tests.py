"""The dbt unit tests: off in a plain `dbt build`, for they prove the code and not the data."""

import shutil

from conftest import SAMPLE, run_dbt


def test_every_dbt_unit_test_passes(sample_build, tmp_path):
    shutil.copytree(sample_build.folder, tmp_path / "project")
    arguments = ("test", "--log-level", "warn", "--select", "test_type:unit")
    tested = run_dbt(tmp_path, SAMPLE, *arguments, "--vars", "{unit_tests: true}")
    assert tested.returncode == 0, tested.output
