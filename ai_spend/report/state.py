"""What has been sent: one JSON file, so that nothing is sent twice and nothing new is forgotten.

{"reports": {"ai-spend-2026-10": {"cfo@example.com": "2026-11-03T07:00:00Z"}},
 "alerts": {"<alert_key>": {"cfo@example.com": "2026-11-03T07:00:00Z"}}}

A recipient is an address, or `webhook` with the name of its format. The file is rewritten beside
its place and renamed after each message, so that a run that breaks off forgets none that has gone
out; a lock keeps two runs from sending the same.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ai_spend.report.figures import ReportError

KINDS = ("reports", "alerts")


class State:
    """The sent messages of one file."""

    def __init__(self, path: Path):
        self.path = path
        self.sent: dict[str, dict[str, dict[str, str]]] = {kind: {} for kind in KINDS}
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            self.sent.update({kind: dict(found[kind]) for kind in KINDS if kind in found})
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError) as error:
            raise ReportError(
                f"{path} cannot be read, so it is not known what has been sent: {error}. Put it "
                "back from a backup, or delete it to begin anew (everything counts as new then)."
            ) from error

    def was_sent(self, kind: str, key: str, recipient: str | None = None) -> bool:
        """Whether it went to the recipient, or to anybody."""
        to = self.sent[kind].get(key, {})
        return bool(to) if recipient is None else recipient in to

    def remember(self, kind: str, keys: Iterable[str], recipient: str) -> None:
        """Writes down that these went out now. Raises ReportError."""
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        for key in keys:
            self.sent[kind].setdefault(key, {})[recipient] = now
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        try:
            text = json.dumps(self.sent, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
            beside.write_text(text, encoding="utf-8")
            beside.replace(self.path)
        except OSError as error:
            raise ReportError(
                f"{recipient} was sent to, but {self.path} could not be written: {error.strerror}. "
                "The next run would send again."
            ) from error
        finally:
            beside.unlink(missing_ok=True)


@contextmanager
def locked(path: Path) -> Iterator[State]:
    """The state at `path`, for one run at a time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(f".{path.name}.lock").open("w")
    except OSError as error:
        raise ReportError(f"{path} cannot be written: {error.strerror}.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ReportError(
                f"Another run is sending: {path} is locked. Try again later."
            ) from error
        yield State(path)
