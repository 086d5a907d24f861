"""``python -m ai_spend.sample``: write landing/sample and its expected totals again."""

from pathlib import Path

from ai_spend.sample import write_project

write_project(Path(__file__).resolve().parents[2])
