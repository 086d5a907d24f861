"""docs/correctness.md: what is guaranteed of each kind of input, and the cases that show it."""

from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parent.parent
PAGE = Path("docs") / "correctness.md"
CASES = Path("tests") / "cases"
KINDS = CASES / "kinds.yml"

HEAD = """# What is guaranteed, and how it is shown

Written by `ai-spend docs correctness`; a test keeps it true.

Each case is a small landing folder, in the formats of the vendors and with invented numbers, and
the money and tokens that it must come to: worked out by hand, with the arithmetic beside them
([how cases are written](../tests/cases/README.md)). A test builds every case and compares to the
last digit. A case begins as an input that came out wrong; it is kept so that it cannot do so again.

| kind | cases | what is guaranteed | what is said where it cannot be |
| --- | --- | --- | --- |
"""


def kinds(project: Path = PROJECT) -> dict[str, dict[str, str]]:
    """Kind (folder of cases) -> its name, what is guaranteed, what is said otherwise."""
    return yaml.safe_load((project / KINDS).read_text(encoding="utf-8"))


def cases(kind: str, project: Path = PROJECT) -> dict[str, dict]:
    """Folder of each case of a kind -> the case, in the order of the folders."""
    return {
        path.parent.name: yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
        for path in sorted((project / CASES / kind).glob("*/case.yml"))
    }


def page(project: Path = PROJECT) -> str:
    """The text of docs/correctness.md."""
    rows, lists, total = [], [], 0
    for kind, words in sorted(kinds(project).items()):
        found = cases(kind, project)
        total += len(found)
        cells = (words[key].strip() for key in ("guaranteed", "otherwise"))
        link = f"[{words['name']}](#{kind})"
        rows.append("| " + " | ".join([link, str(len(found)), *cells]) + " |")
        lists += [f"\n## {kind}\n", f"{words['name']}.\n"]
        for folder, case in found.items():
            not_yet = f" (not right yet: {case['mended_by']})" if "mended_by" in case else ""
            lists.append(f"- [{case['title']}](../{CASES}/{kind}/{folder}/case.yml){not_yet}")
    rows.append(f"\n{total} cases of {len(rows)} kinds.")
    return HEAD + "\n".join(rows + lists) + "\n"


def write(project: Path = PROJECT) -> Path:
    """Write docs/correctness.md and return its path."""
    target = project / PAGE
    target.write_text(page(project), encoding="utf-8")
    return target
