"""The list of money faults fits the project: the faults themselves are planted on demand."""

import re
import sys
from collections import Counter

from conftest import PROJECT

sys.path.insert(0, str(PROJECT / "tests" / "mutation"))
import run as mutation

FAULTS = mutation.read_faults()


def text_of(file: str) -> str:
    return (PROJECT / file).read_text(encoding="utf-8")


def test_each_fault_stands_once_in_its_file():
    for fault in FAULTS:
        assert fault.planted(text_of(fault.file)) != text_of(fault.file), fault.id


def test_the_list_is_as_long_as_it_should_be():
    assert len(FAULTS) >= 100
    assert [name for name, count in Counter(f.id for f in FAULTS).items() if count > 1] == []


def test_every_end_of_a_validity_has_a_fault():
    """An end that is taken inclusive, in core and macros."""
    missing = []
    for folder in ("models/core", "macros"):
        for path in sorted((PROJECT / folder).rglob("*.sql")):
            file = path.relative_to(PROJECT).as_posix()
            ends = re.findall(r"< (?:coalesce\()?\w+\.valid_to", path.read_text(encoding="utf-8"))
            inclusive = [f for f in FAULTS if f.file == file and f.kind == "valid_to inclusive"]
            if len(ends) != len(inclusive):
                missing.append((file, len(ends), len(inclusive)))
    assert missing == []


def test_every_meter_of_every_reader_has_a_fault():
    """A meter that is dropped, in the models that list those of a reader."""
    entry = re.compile(r"^ +('(?:[a-z0-9_]+_tokens|\w+_searches)': '[^'\n]+',)$", re.MULTILINE)
    missing = []
    for path in sorted((PROJECT / "models" / "staging").rglob("stg_*usage.sql")):
        file = path.relative_to(PROJECT).as_posix()
        meters = entry.findall(path.read_text(encoding="utf-8"))
        dropped = [f for f in FAULTS if f.file == file and f.kind == "meter dropped"]
        if len(meters) != len(dropped):
            missing.append((file, len(meters), len(dropped)))
    assert missing == []
