"""The narrow shapes of macros/contract/shapes.sql, for the tests and for whoever adds a vendor."""

from __future__ import annotations

import ast
import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def read_shapes(project: Path = PROJECT) -> dict[str, dict[str, str]]:
    """Shape -> column -> SQL type, in the order of the shape.

    Raises FileNotFoundError when ``project`` is not the folder of this dbt project.
    """
    text = (project / "macros" / "contract" / "shapes.sql").read_text(encoding="utf-8")
    types = (project / "macros" / "engine" / "types.sql").read_text(encoding="utf-8")
    literal = re.search(r"set shapes = (\{.*?\n    \})\s*-?%}", text, re.DOTALL).group(1)
    for name, sql_type in re.findall(r"macro (\w+)\(\) %}(.+?){% endmacro", types):
        literal = literal.replace(f"{name}()", f"'{sql_type}'")
    return ast.literal_eval(literal)


def contract_yaml(shape: str, model: str) -> str:
    """The YAML entry of a vendor's model of a shape: enforced contract, all columns described.

    Raises KeyError when there is no such shape.
    """
    lines = [
        f"  - name: {model}",
        "    description: >",
        "      Say here: grain, unit, currency, zone, source.",
        "    config:",
        "      contract: {enforced: true}",
        "    columns:",
    ]
    for name, sql_type in read_shapes()[shape].items():
        lines += [
            f"      - name: {name}",
            f"        data_type: {sql_type.replace(', ', ',')}",
            f"        description: \"{{{{ doc('{shape}__{name}') }}}}\"",
        ]
    return "\n".join(lines) + "\n"
