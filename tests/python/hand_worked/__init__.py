"""Invented exports of each vendor with what they cost, worked out by hand.

A module per vendor holds ``FILES`` (landing path -> text or bytes) and ``CASES``. All files of all
modules are built once, together; each case is one figure of that build. Write the arithmetic, not
its result: ``D(1000) * 3 / MILLION`` says where the figure comes from.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from decimal import Decimal as D

MILLION = 1_000_000


@dataclass(frozen=True)
class Case:
    """One figure: ``query`` yields a single value in the build; ``expected`` is worked out."""

    name: str
    query: str
    expected: D | int | str | None


def priced(condition: str) -> str:
    """What the price book makes of the usage rows that meet a condition, in their currency."""
    return f"select sum(list_cost) from priced_usage where {condition}"


def billed(condition: str) -> str:
    """What is charged on the rows of ``charge`` that meet a condition."""
    return f"select sum(billed_cost) from charge where {condition}"


def records(dataset: str, status: str) -> str:
    """How many records of a dataset have a status."""
    return (
        "select count(*) from landing_records "
        f"where source_dataset = '{dataset}' and record_status = '{status}'"
    )


def modules() -> list:
    """The vendors' modules, in order of their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [importlib.import_module(f"{__name__}.{name}") for name in names]


__all__ = ["MILLION", "Case", "D", "billed", "modules", "priced", "records"]
