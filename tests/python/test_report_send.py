"""Reports and alerts on their way: a real SMTP server with STARTTLS, failing ones, webhooks."""

from __future__ import annotations

import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
from decimal import Decimal
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import duckdb
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from click.testing import CliRunner
from report_data import NAMES, changed, one_line, pdf_text, renamed, shown

from ai_spend import cli
from ai_spend.report import ReportError, alerts, mail, make
from ai_spend.report.state import State, locked

USER, PASSWORD = "report", "correct horse battery"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A folder with key and certificate of a server called localhost."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here: apt-get install openssl (.ci/run does)")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder


class Inbox:
    """Takes mail; refuses recipients as it is told: answers by recipient, used up one by one."""

    def __init__(self):
        self.mails, self.attempts, self.answers = [], [], {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.attempts.append(address)
        waiting = self.answers.get(address, [])
        answer = waiting.pop(0) if waiting else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        assert session.ssl is not None and session.authenticated
        found = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos, found))
        return "250 kept"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return found.getsockname()[1]


def _authenticate(server, session, envelope, mechanism, given):
    expected = (USER.encode(), PASSWORD.encode())
    success = (given.login, given.password) == expected
    # handled=False: the server itself answers 535.
    return AuthResult(success=success, handled=success)


@pytest.fixture
def inbox(certificate, monkeypatch):
    """A server that takes nothing without STARTTLS and login, and the settings that lead there."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    handler = Inbox()
    server = Controller(
        handler,
        hostname="localhost",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=_authenticate,
    )
    server.start()
    settings = {
        "SMTP_HOST": "localhost", "SMTP_PORT": str(server.port), "SMTP_USER": USER,
        "SMTP_PASSWORD": PASSWORD, "SMTP_FROM": "reports@example.com",
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(f"AI_SPEND_{name}", value)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    yield handler
    server.stop()


@pytest.fixture(autouse=True)
def waited(monkeypatch) -> list[float]:
    """Pauses that were made, without the time they take."""
    pauses: list[float] = []
    monkeypatch.setattr(mail.time, "sleep", pauses.append)
    return pauses


@pytest.fixture(scope="module")
def made():
    """make, which remembers what it has made: these tests send the same report many times."""
    known = {}

    def make_once(db, project, period, department, say):
        key = (db, period, department)
        known[key] = known.get(key) or make(db, project, period, department)
        return known[key]

    return make_once


@pytest.fixture
def run(marts, made, monkeypatch, tmp_path):
    monkeypatch.setattr("ai_spend.report.make", made)
    monkeypatch.setenv("AI_SPEND_DB", str(marts))
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "no-target"))

    def invoke(*arguments: str):
        return CliRunner().invoke(cli.main, [*arguments, "--state", str(tmp_path / "sent.json")])

    return invoke


def test_a_report_arrives_once_with_its_pdf(run, inbox, tmp_path, marts):
    to = tmp_path / "board.txt"
    to.write_text("# the board\nchair@example.com\ncfo@example.com  # Ada\n\n", encoding="utf-8")
    sent = run("report", "send", "--period", "2026-09", "--to", str(to))
    assert sent.exit_code == 0, sent.output
    assert "chair@example.com: sent" in sent.output and "cfo@example.com: sent" in sent.output
    assert [to for to, _ in inbox.mails] == [["chair@example.com"], ["cfo@example.com"]]
    _, arrived = inbox.mails[0]
    # Nobody sees who else gets it.
    assert arrived["To"] == "chair@example.com" and "cfo" not in str(arrived)[:2000]
    assert arrived["Subject"] == "AI spend, September 2026, whole company"
    assert arrived["From"] == "reports@example.com"
    with duckdb.connect(marts, read_only=True) as connection:
        (total,) = connection.execute(
            "select sum(effective_cost) from chargeback where billing_month = '2026-09-01'"
        ).fetchone()
    text = arrived.get_body(("plain",)).get_content()
    page = arrived.get_body(("html",)).get_content()
    (attached,) = arrived.iter_attachments()
    assert attached.get_filename() == "ai-spend-2026-09.pdf"
    assert attached.get_content_type() == "application/pdf"
    for form in (text, page, one_line(pdf_text(attached.get_content()))):
        assert f"USD {shown(total)}" in form
    to.write_text("Chair@Example.com\ncfo@example.com\n", encoding="utf-8")
    again = run("report", "send", "--period", "2026-09", "--to", f"{to}")
    assert again.exit_code == 0 and again.output.count("has it already") == 2
    assert len(inbox.mails) == 2
    # Another month, or another edition, is another report.
    run("report", "send", "--period", "2026-08", "--to", "cfo@example.com")
    run("report", "send", "--period", "2026-09", "--department", "Sales", "--to", "cfo@example.com")
    assert len(inbox.mails) == 4
    forced = run("report", "send", "--period", "2026-09", "--to", "cfo@example.com", "--force")
    assert forced.exit_code == 0 and len(inbox.mails) == 5


def test_a_dry_run_sends_nothing_and_needs_no_server(run, tmp_path, monkeypatch):
    for name in ("HOST", "USER", "PASSWORD", "FROM"):
        monkeypatch.delenv(f"AI_SPEND_SMTP_{name}", raising=False)
    dry = run("report", "send", "--period", "2026-09", "--to", "a@example.com", "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "a@example.com: would get AI spend, September 2026, whole company" in dry.output
    assert not (tmp_path / "sent.json").exists()
    real = run("report", "send", "--period", "2026-09", "--to", "a@example.com")
    assert real.exit_code == 1 and "AI_SPEND_SMTP_HOST is not set" in real.output


def test_what_may_pass_is_tried_again(run, inbox, waited):
    inbox.answers["late@example.com"] = ["451 try again", "421 busy"]
    result = run("report", "send", "--period", "2026-09", "--to", "late@example.com")
    assert result.exit_code == 0, result.output
    assert inbox.attempts == ["late@example.com"] * 3 and waited == [1, 4]
    assert len(inbox.mails) == 1


def test_one_that_fails_keeps_no_other_from_theirs(run, inbox, waited, tmp_path):
    inbox.answers["gone@example.com"] = ["550 no such mailbox"] * 9
    to = "first@example.com,gone@example.com,last@example.com"
    result = run("report", "send", "--period", "2026-09", "--to", to)
    assert result.exit_code == 1 and waited == []
    assert "Not sent to 1 of 3" in result.output and "550 no such mailbox" in result.output
    assert PASSWORD not in result.output and "Traceback" not in result.output
    assert [to for to, _ in inbox.mails] == [["first@example.com"], ["last@example.com"]]
    kept = json.loads((tmp_path / "sent.json").read_text(encoding="utf-8"))
    assert set(kept["reports"]["ai-spend-2026-09"]) == {"first@example.com", "last@example.com"}
    inbox.answers.clear()
    run("report", "send", "--period", "2026-09", "--to", to)
    assert [to for to, _ in inbox.mails][2:] == [["gone@example.com"]]


def test_nothing_goes_without_tls_trust_or_login(run, inbox, certificate, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    untrusted = run("report", "send", "--period", "2026-09", "--to", "a@example.com")
    assert untrusted.exit_code == 1 and "is not trusted" in untrusted.output
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    monkeypatch.setenv("AI_SPEND_SMTP_PASSWORD", "wrong")
    refused = run("report", "send", "--period", "2026-09", "--to", "a@example.com")
    assert "does not accept AI_SPEND_SMTP_USER" in refused.output
    assert "wrong" not in refused.output
    plain = Controller(Inbox(), hostname="localhost", port=free_port())
    plain.start()
    try:
        monkeypatch.setenv("AI_SPEND_SMTP_PORT", str(plain.port))
        clear = run("report", "send", "--period", "2026-09", "--to", "a@example.com")
        assert clear.exit_code == 1 and "nothing was sent in the clear" in clear.output
        assert plain.handler.attempts == []
    finally:
        plain.stop()
    assert inbox.mails == []


def test_a_server_that_is_not_there(run, inbox, waited, monkeypatch):
    monkeypatch.setenv("AI_SPEND_SMTP_PORT", "1")
    result = run("report", "send", "--period", "2026-09", "--to", "a@example.com")
    assert result.exit_code == 1 and "localhost:1 cannot be reached" in result.output
    assert waited == [1, 4, 16]


def test_tls_from_the_first_byte(inbox, certificate, monkeypatch):
    """Port 465 speaks TLS at once: told by the class in use, for 465 is not ours to listen on."""
    used = []

    class Spy(mail.smtplib.SMTP_SSL):
        def __init__(self, host, port, **options):
            used.append((port, options["context"].verify_mode))
            raise ConnectionRefusedError("spied")

    monkeypatch.setattr(mail.smtplib, "SMTP_SSL", Spy)
    smtp = mail.Smtp("localhost", 465, USER, PASSWORD, "reports@example.com")
    with pytest.raises(ReportError, match="localhost:465 cannot be reached: spied"):
        mail.hand_over(smtp, mail.message("a@example.com", "b@example.com", "s", "t"))
    assert used == [(465, ssl.CERT_REQUIRED)] * 4


def test_recipients_and_settings_are_checked_before_mail_goes(run, inbox, tmp_path, monkeypatch):
    lists = {
        "a@example.com, b@example.com;a@example.com": ["a@example.com", "b@example.com"],
    }
    for text, expected in lists.items():
        assert mail.recipients(text) == expected
    wrong = run("report", "send", "--to", "a@example.com,not an address@")
    assert wrong.exit_code == 1 and "No mail address: 'not'" in wrong.output
    assert "neither an address nor a file" in run("report", "send", "--to", "nobody").output
    (tmp_path / "empty.txt").write_text("# nobody\n", encoding="utf-8")
    assert "names no recipient" in run("report", "send", "--to", str(tmp_path / "empty.txt")).output
    assert run("report", "send").exit_code == 2
    for name, value, words in (
        ("PORT", "many", "must be a number"),
        ("FROM", "nobody", "is no address"),
        ("PASSWORD", "", "is set without AI_SPEND_SMTP_PASSWORD"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(f"AI_SPEND_SMTP_{name}", value)
            assert words in run("report", "send", "--to", "a@example.com").output
    # A new line in a name cannot become a header.
    for name in ("to\r\nBcc: x@example.com", "a@example.com\nBcc: x@example.com"):
        assert not mail.ADDRESS.fullmatch(name)
    with pytest.raises(ValueError):
        mail.message("a@example.com", "b@example.com", "s\r\nBcc: c@example.com", "t")
    assert inbox.mails == []


def test_an_empty_month_is_not_sent(run, inbox):
    """A build that has not run yet must not mail the board that nothing was spent."""
    empty = run("report", "send", "--period", "2031-01", "--to", "a@example.com")
    assert empty.exit_code == 1 and "nothing was sent: has the month been built?" in empty.output
    assert inbox.mails == []
    forced = run("report", "send", "--period", "2031-01", "--to", "a@example.com", "--force")
    assert forced.exit_code == 0 and len(inbox.mails) == 1


def test_a_long_or_hostile_department_is_a_subject(run, inbox, marts, tmp_path, monkeypatch):
    name = NAMES["html"]
    db = changed(marts, tmp_path / "m.duckdb", *renamed("Sales", name),
                 *renamed("Finance", NAMES["long"]))  # fmt: skip
    monkeypatch.setenv("AI_SPEND_DB", str(db))
    for department in (name, NAMES["long"]):
        result = run("report", "send", "--department", department, "--to", "a@example.com")
        assert result.exit_code == 0, result.output
    first, second = (found for _, found in inbox.mails)
    assert first["Subject"] == f"AI spend, September 2026, {name}"
    assert len(second["Subject"]) <= 150 and second["Subject"].startswith("AI spend, September")
    assert "<img" not in first.get_body(("html",)).get_content()


# --- webhooks ------------------------------------------------------------------------------------


@pytest.fixture
def hook(monkeypatch):
    """A webhook: what it was sent, and the answers that it gives first."""

    class Told:
        bodies: list = []  # noqa: RUF012
        answers: list = []  # noqa: RUF012

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            Told.bodies.append(json.loads(body))
            self.send_response(Told.answers.pop(0) if Told.answers else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    Told.bodies, Told.answers = [], []
    server = HTTPServer(("localhost", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AI_SPEND_WEBHOOK_URL", f"http://localhost:{server.server_port}/secret-path")
    yield Told
    server.shutdown()


def test_a_webhook_gets_the_three_numbers_once(run, hook):
    for form in ("slack", "teams"):
        for _ in range(2):
            result = run("report", "send", "--period", "2026-09", "--webhook", form)
            assert result.exit_code == 0, result.output
    slack, teams = hook.bodies
    words = [block["text"]["text"] for block in slack["blocks"]]
    assert words[0] == "AI spend, September 2026, whole company" and len(words) == 4
    assert [text.split(":")[0] for text in words[1:]] == [
        "Total AI spend", "Change on August 2026", "Recoverable waste a month",
    ]  # fmt: skip
    assert all(block["text"]["type"] == "plain_text" for block in slack["blocks"])
    card = teams["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    read = [re.sub(r"\\(.)", r"\1", block["text"]) for block in card["content"]["body"]]
    assert read == words


def test_a_webhook_that_fails_is_no_secret_told(run, hook, waited, monkeypatch):
    hook.answers += [503, 429]
    result = run("report", "send", "--period", "2026-09", "--webhook", "slack")
    assert result.exit_code == 0 and waited == [1, 4]
    hook.answers += [404]
    failed = run("report", "send", "--period", "2026-08", "--webhook", "slack")
    assert failed.exit_code == 1 and "The webhook answered 404" in failed.output
    assert "secret-path" not in failed.output
    monkeypatch.setenv("AI_SPEND_WEBHOOK_URL", "http://hooks.example.com/secret-path")
    clear = run("report", "send", "--period", "2026-08", "--webhook", "slack")
    assert "must begin with https" in clear.output and "secret-path" not in clear.output
    monkeypatch.delenv("AI_SPEND_WEBHOOK_URL")
    assert "AI_SPEND_WEBHOOK_URL is not set" in run("report", "send", "--webhook", "teams").output


def test_names_are_no_commands_of_a_chat():
    name = "<!channel> *bold* [x](http://evil) @here"
    slack = mail.payload("slack", name, [name])
    assert slack["text"] == "&lt;!channel&gt; *bold* [x](http://evil) @here"
    teams = mail.payload("teams", name, [name])["attachments"][0]["content"]["body"][0]["text"]
    assert r"\[x\]\(http" in teams and r"\*bold\*" in teams


# --- alerts --------------------------------------------------------------------------------------


def test_alerts_are_those_of_the_mart_in_words(marts, tmp_path):
    with duckdb.connect(marts, read_only=True) as connection:
        rows = connection.execute(
            "select alert_key, alert_type, severity, scope_value, billing_currency, actual_cost, "
            "expected_cost from alerts"
        ).fetchall()
        forecasts = connection.execute(
            "select scope_value, forecast_cost, not_yet_invoiced from budget_status "
            "where verdict in ('Over', 'Forecast over', 'At risk')"
        ).fetchall()
        people = connection.execute(
            "select distinct driver_user_pseudonym from anomalies "
            "where driver_user_pseudonym is not null"
        ).fetchall()
    found = {of.key: of for of in alerts.read(marts, tmp_path)}
    assert set(found) == {row[0] for row in rows} and len(rows) > 20 and forecasts
    for key, kind, severity, scope, currency, actual, expected in rows:
        alert = found[key]
        assert alert.severity == severity and (scope or "all spend") in alert.subject
        assert f"Known: {currency} {shown(actual)}" in alert.text
        assert f"{currency} {shown(expected)}" in alert.text
        assert ("Estimated: " in alert.text) or kind == "anomaly"
    for scope, forecast, not_invoiced in forecasts:
        (alert,) = [of for of in found.values() if of.subject.startswith("Budget")
                    and f"({scope})" in of.subject]  # fmt: skip
        assert f"Estimated: USD {shown(forecast)} at the end" in alert.text
        assert f"USD {shown(not_invoiced)} of it on no invoice yet" in alert.text
    told = " ".join(alerts.lines(list(found.values())))
    assert people and not [person for (person,) in people if person in told]
    severities = [of.severity for of in alerts.read(marts, tmp_path)]
    assert severities == sorted(severities, key=alerts.SEVERITIES.index)


def test_alerts_are_sent_once_in_one_message(run, inbox, hook, marts, tmp_path, monkeypatch):
    assert run("alerts", "--check").exit_code == 1
    count = len(alerts.read(marts, tmp_path))
    dry = run("alerts", "--send", "--to", "a@example.com", "--dry-run")
    assert dry.exit_code == 0 and f"would get AI spend: {count} new alerts" in dry.output
    assert run("alerts", "--check").exit_code == 1
    sent = run("alerts", "--send", "--to", "a@example.com", "--webhook", "slack")
    assert sent.exit_code == 0, sent.output
    assert len(inbox.mails) == 1 and len(hook.bodies) == 1
    body = one_line(inbox.mails[0][1].get_body(("plain",)).get_content())
    for alert in alerts.read(marts, tmp_path):
        assert alert.subject in body and alert.text in body
    quiet = run("alerts", "--check", "--send", "--to", "a@example.com")
    assert quiet.exit_code == 0 and f"0 new of {count} alerts." in quiet.output
    assert len(inbox.mails) == 1
    # A new recipient gets all of them, a new alert goes to both and alone.
    run("alerts", "--send", "--to", "b@example.com")
    assert len(inbox.mails) == 2
    later = changed(
        marts,
        tmp_path / "m.duckdb",
        "insert into anomalies select * replace ('new' as anomaly_id, 'Ops' as scope_value) "
        "from anomalies limit 1",
        "insert into alerts select * replace ('new' as alert_key, 'Ops' as scope_value) "
        "from alerts where alert_type = 'anomaly' limit 1",
    )
    monkeypatch.setenv("AI_SPEND_DB", str(later))
    assert run("alerts", "--check").exit_code == 1
    run("alerts", "--send", "--to", "a@example.com,b@example.com")
    assert [to for to, _ in inbox.mails][2:] == [["a@example.com"], ["b@example.com"]]
    assert "Ops" in inbox.mails[-1][1]["Subject"]
    assert run("alerts", "--check").exit_code == 0
    assert run("alerts", "--to", "a@example.com").exit_code == 2
    assert run("alerts", "--send").exit_code == 2


def test_a_long_list_of_alerts_fits_a_chat():
    lines = [f"WARNING  alert {at}. Known: USD {Decimal(at):,.2f}" for at in range(90)]
    blocks = mail.payload("slack", "AI spend", lines)["blocks"]
    # Slack takes fifty blocks: 39 of 90 lines and what is not told.
    assert len(blocks) == 41 and blocks[-1]["text"]["text"] == "51 more."


# --- what was sent -------------------------------------------------------------------------------


def test_what_was_sent_is_never_half_written(tmp_path):
    path = tmp_path / "deep" / "sent.json"
    with locked(path) as state:
        state.remember("alerts", ["one"], "a@example.com")
        with pytest.raises(ReportError, match="Another run is sending"), locked(path):
            pass
    assert State(path).was_sent("alerts", "one", "a@example.com")
    assert not State(path).was_sent("alerts", "one", "b@example.com")
    assert State(path).was_sent("alerts", "one") and not State(path).was_sent("reports", "one")
    path.write_text('{"alerts": ', encoding="utf-8")
    with pytest.raises(ReportError, match="it is not known what has been sent"):
        State(path)
