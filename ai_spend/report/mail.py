"""Sends messages by SMTP with TLS, and the three numbers to a webhook of Slack or Teams.

Settings come from the environment: AI_SPEND_SMTP_HOST, AI_SPEND_SMTP_PORT (587; 465 is TLS from the
first byte, every other port STARTTLS), AI_SPEND_SMTP_USER and AI_SPEND_SMTP_PASSWORD (none: no
login), AI_SPEND_SMTP_FROM (else the user), AI_SPEND_WEBHOOK_URL. Nothing is ever sent in the clear:
a server without TLS, or with a certificate that does not fit, gets nothing. Each recipient gets a
message of their own, so that no address is shown to another.
"""

from __future__ import annotations

import json
import os
import re
import smtplib
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from urllib.parse import urlsplit

from ai_spend.report.figures import ReportError

ADDRESS = re.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"()]+\.[^@\s,;<>\"()]+|[^@\s,;<>\"()]+@localhost")
# Seconds between one attempt and the next.
PAUSES = (1, 4, 16)
# Slack takes fifty blocks in a message.
LINES = 40
TIMEOUT = 30


@dataclass(frozen=True)
class Smtp:
    """Where and as whom mail is handed over."""

    host: str
    port: int
    user: str | None
    password: str | None
    sender: str

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Smtp:
        """The settings of the environment. Raises ReportError, naming what is missing."""
        host = environment.get("AI_SPEND_SMTP_HOST", "").strip()
        port = environment.get("AI_SPEND_SMTP_PORT", "").strip() or "587"
        user = environment.get("AI_SPEND_SMTP_USER") or None
        password = environment.get("AI_SPEND_SMTP_PASSWORD") or None
        sender = environment.get("AI_SPEND_SMTP_FROM", "").strip() or user or ""
        if not host:
            raise ReportError(
                "AI_SPEND_SMTP_HOST is not set, so there is no mail server. Set it, with "
                "AI_SPEND_SMTP_USER and AI_SPEND_SMTP_PASSWORD (docs/report.md)."
            )
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise ReportError(f"AI_SPEND_SMTP_PORT is {port!r}; it must be a number, such as 587.")
        if user and not password:
            raise ReportError("AI_SPEND_SMTP_USER is set without AI_SPEND_SMTP_PASSWORD.")
        if not ADDRESS.fullmatch(sender):
            raise ReportError(
                f"The sender {sender!r} is no address. Set AI_SPEND_SMTP_FROM to one."
            )
        return cls(host, int(port), user, password, sender)


def recipients(to: str) -> list[str]:
    """Addresses of a list (a@x.org,b@x.org) or of a file with one a line; # begins a comment.

    Raises ReportError: no file and no address, an address that is none, an empty list.
    """
    path = Path(to)
    if "@" in to and not path.is_file():
        words = re.split(r"[,;\s]+", to)
    else:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ReportError(
                f"{to!r} is neither an address nor a file with one on each line."
            ) from error
        words = [word for line in lines for word in re.split(r"[,;\s]+", line.partition("#")[0])]
    found = list(dict.fromkeys(word for word in words if word))
    wrong = [word for word in found if not ADDRESS.fullmatch(word)]
    if wrong:
        raise ReportError(f"No mail address: {', '.join(map(repr, wrong[:5]))}. Nothing was sent.")
    if not found:
        raise ReportError(f"{to} names no recipient.")
    return found


def message(
    sender: str,
    recipient: str,
    subject: str,
    text: str,
    page: str | None = None,
    attachment: tuple[str, bytes] | None = None,
) -> EmailMessage:
    """A mail with a plain text, the same as HTML, and a PDF."""
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, recipient
    # A name can be longer than any line of a mail, and a subject is read in one.
    mail["Subject"] = subject if len(subject) <= 150 else f"{subject[:149]}…"
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    # Keeps replies of absent people's mailboxes away (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    if page is not None:
        mail.add_alternative(page, subtype="html")
    if attachment is not None:
        name, content = attachment
        mail.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return mail


def hand_over(smtp: Smtp, mail: EmailMessage) -> None:
    """Hands a mail to the server; tries again after PAUSES what may pass.

    What may pass: no connection, one that breaks off, an answer of 4xx. Raises ReportError.
    """
    for pause in (*PAUSES, None):
        try:
            _hand_over(smtp, mail)
            return
        except ssl.SSLError as error:
            raise ReportError(
                f"{smtp.host}:{smtp.port} is not trusted: {error}. Nothing was sent to it; its "
                "certificate must be valid, or its issuer stand in the file SSL_CERT_FILE."
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            raise ReportError(
                f"{smtp.host}:{smtp.port} offers no TLS or no login ({error}): nothing was sent in "
                "the clear."
            ) from error
        except smtplib.SMTPException as error:
            if pause is None or not _may_pass(error):
                raise ReportError(
                    f"{smtp.host}:{smtp.port} refused the mail: {_told(error)}"
                ) from error
        except OSError as error:
            if pause is None:
                raise ReportError(f"{smtp.host}:{smtp.port} cannot be reached: {error}") from error
        time.sleep(pause)


def _hand_over(smtp: Smtp, mail: EmailMessage) -> None:
    trusted = ssl.create_default_context()
    if smtp.port == 465:
        server = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=TIMEOUT, context=trusted)
    else:
        server = smtplib.SMTP(smtp.host, smtp.port, timeout=TIMEOUT)
    with server:
        if smtp.port != 465:
            server.starttls(context=trusted)
        if smtp.user and smtp.password:
            server.login(smtp.user, smtp.password)
        server.send_message(mail)


def _may_pass(error: smtplib.SMTPException) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(400 <= code < 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return True
    return isinstance(error, smtplib.SMTPResponseException) and 400 <= error.smtp_code < 500


def _told(error: smtplib.SMTPException) -> str:
    """What the server said, without anything of the login."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "it does not accept AI_SPEND_SMTP_USER with AI_SPEND_SMTP_PASSWORD"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(
            f"{to}: {code} {answer.decode(errors='replace')}"
            for to, (code, answer) in error.recipients.items()
        )
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        words = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
        return f"{error.smtp_code} {words}"
    return str(error)


# --- webhooks ------------------------------------------------------------------------------------


def payload(form: str, title: str, lines: Iterable[str]) -> dict:
    """What Slack (blocks) or Teams (an adaptive card) is told: a title and lines of plain text."""
    lines = list(lines)
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], f"{len(lines) - LINES + 1} more."]
    if form == "slack":
        blocks = [{"type": "header", "text": {"type": "plain_text", "text": title[:150]}}]
        blocks += [
            # plain_text: nothing in a name is a mention, a link or a format.
            {"type": "section", "text": {"type": "plain_text", "text": line[:3000], "emoji": False}}
            for line in lines
        ]
        return {"text": _plain(title), "blocks": blocks}
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": [
                        {"type": "TextBlock", "size": "Large", "weight": "Bolder", "wrap": True,
                         "text": _unformatted(title)},
                        *(
                            {"type": "TextBlock", "wrap": True, "text": _unformatted(line)}
                            for line in lines
                        ),
                    ],
                },
            }
        ],
    }  # fmt: skip


def _plain(text: str) -> str:
    """Slack's `text` reads three signs as commands."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unformatted(text: str) -> str:
    """A text block of a card reads Markdown: every sign of it is escaped."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~<>])", r"\\\1", text)


def webhook_url(environment: Mapping[str, str] = os.environ) -> str:
    """The address of the environment. Raises ReportError; it is a secret, so no error shows it."""
    url = environment.get("AI_SPEND_WEBHOOK_URL", "").strip()
    if not url:
        raise ReportError("AI_SPEND_WEBHOOK_URL is not set: the address of the webhook, a secret.")
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1"):
        raise ReportError("AI_SPEND_WEBHOOK_URL must begin with https://.")
    return url


def post(url: str, content: dict) -> None:
    """Posts to a webhook; tries again like hand_over. Raises ReportError without the address."""
    request = urllib.request.Request(
        url,
        json.dumps(content).encode(),
        {"Content-Type": "application/json"},
    )
    for pause in (*PAUSES, None):
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT):
                return
        except urllib.error.HTTPError as error:
            if pause is None or not (error.code == 429 or error.code >= 500):
                raise ReportError(f"The webhook answered {error.code} {error.reason}.") from None
        except OSError as error:
            if pause is None:
                reason = getattr(error, "reason", None) or error.strerror
                raise ReportError(f"The webhook cannot be reached: {reason}.") from None
        time.sleep(pause)
