"""dbt as it runs where only requirements.txt is installed.

The tests' own environment holds more than a build may count on. Run as a program, this hides
everything that requirements.txt does not pin and then calls dbt: a package that a build needs and
requirements.txt lacks is missed here as it would be on a fresh machine.
"""

from __future__ import annotations

import re
import sys
from importlib.machinery import PathFinder
from importlib.metadata import packages_distributions
from pathlib import Path

PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", re.MULTILINE)
OWN = {"ai-spend", "pip"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def hidden_packages(requirements: str) -> set[str]:
    """Top-level names of installed packages that no line of the requirements pins."""
    pinned = {normal(name) for name in PINNED.findall(requirements)} | OWN
    return {
        package
        for package, owners in packages_distributions().items()
        if not pinned & {normal(owner) for owner in owners}
    }


class Hiding(PathFinder):
    """Finds what Python finds, except for the hidden packages."""

    hidden: frozenset[str] = frozenset()

    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if path is None and fullname in cls.hidden:
            return None
        return super().find_spec(fullname, path, target)


def hide(packages: set[str]) -> None:
    Hiding.hidden = frozenset(packages)
    sys.meta_path[sys.meta_path.index(PathFinder)] = Hiding


if __name__ == "__main__":
    requirements = Path(__file__).resolve().parents[2] / "requirements.txt"
    hide(hidden_packages(requirements.read_text(encoding="utf-8")))
    # The folder of this file must not stand on the path of dbt, that of the project must.
    sys.path[0] = str(Path.cwd())
    from dbt.cli.main import cli

    cli()
