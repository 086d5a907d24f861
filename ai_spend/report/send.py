"""Sends a report, or alerts, to recipients and a webhook, each once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ai_spend.report import Made
from ai_spend.report.figures import ReportError
from ai_spend.report.mail import Smtp, hand_over, message, payload, post, webhook_url
from ai_spend.report.state import State, locked


@dataclass(frozen=True)
class Parcel:
    """What goes out under one key: one message for those who have not got it."""

    kind: str
    keys: tuple[str, ...]
    subject: str
    text: str
    lines: tuple[str, ...]
    page: str | None = None
    attachment: tuple[str, bytes] | None = None


def of_report(made: Made) -> Parcel:
    """A report as a mail with its PDF, and its three numbers for a webhook."""
    lines = tuple(
        f"{title}: {figure} ({aside})"
        for _, tiles in made.numbers
        for title, figure, aside in tiles
    )
    return Parcel(
        "reports",
        (made.name,),
        made.title,
        "\n".join([made.title, "", *lines, "", "The whole report is attached."]) + "\n",
        lines,
        made.mail,
        (f"{made.name}.pdf", made.pdf),
    )


def deliver(
    state_file: Path,
    to: Sequence[str],
    webhook: str | None,
    parcel_for: Callable[[State, str], Parcel | None],
    say: Callable[[str], object],
    dry_run: bool = False,
) -> None:
    """Sends to each recipient what parcel_for has for them, and notes it at once.

    parcel_for: what a recipient has not got yet; None where there is nothing. A recipient that
    fails keeps no other from theirs; all failures are told at the end in one ReportError.
    """
    # Whoever only looks needs no server; whoever sends hears of a missing one before anything goes.
    smtp = Smtp.of() if to and not dry_run else None
    url = webhook_url() if webhook and not dry_run else None
    failed = []
    with locked(state_file) as state:
        for recipient in [*to, *([f"webhook {webhook}"] if webhook else [])]:
            # An address is the same one in any case.
            known_as = recipient.casefold()
            parcel = parcel_for(state, known_as)
            if parcel is None:
                say(f"  {recipient}: has it already")
                continue
            if dry_run:
                say(f"  {recipient}: would get {parcel.subject}")
                continue
            try:
                if recipient in to:
                    assert smtp is not None
                    hand_over(
                        smtp,
                        message(
                            smtp.sender,
                            recipient,
                            parcel.subject,
                            parcel.text,
                            parcel.page,
                            parcel.attachment,
                        ),
                    )
                else:
                    assert url is not None and webhook is not None
                    post(url, payload(webhook, parcel.subject, parcel.lines))
            except ReportError as error:
                failed.append(f"{recipient}: {error}")
                say(f"  {recipient}: not sent")
                continue
            state.remember(parcel.kind, parcel.keys, known_as)
            say(f"  {recipient}: sent")
    if failed:
        raise ReportError(
            f"Not sent to {len(failed)} of {len(to) + bool(webhook)}. {' '.join(failed)} The same "
            "command sends to them again and to nobody else."
        )
