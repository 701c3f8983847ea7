"""Mails over a real server: accepted, refused for now or for good, delayed, dropped, encrypted, with a login."""

from __future__ import annotations

import asyncio
import ssl
import subprocess

import pytest

from monitor.errors import ConfigError, MailError, MailServerError
from monitor.mail import Mailer, is_permanent
from reports.digest import compose
from reports.message import to_message
from tests.fakes import NOON
from tests.smtp_server import mail_server, mail_settings


def letter(to="a@reader.example"):
    return to_message(compose([], NOON.date(), None), "Wire <wire@framewire.example>", to, NOON)


def send(settings, *letters):
    async def go():
        async with Mailer(settings) as mailer:
            for one in letters:
                await mailer.send(one)

    asyncio.run(go())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 and its key, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


def context(certificate):
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(*certificate)
    return made


def test_one_connection_serves_many_mails():
    with mail_server() as (inbox, port):
        send(mail_settings(port), letter("a@reader.example"), letter("b@reader.example"))
        assert inbox.addresses == ["a@reader.example", "b@reader.example"]
        assert inbox.connections == 1
        assert inbox.accepted[0][1]["Subject"].strip() == "5 October 2026: no stories"


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [("450 4.2.0 greylisted", False), ("550 5.1.1 no such user", True), ("550 no such user", True),
     ("554 5.7.1 your address is listed", False), ("421 4.3.2 closing", False)],
)  # fmt: skip
def test_a_refused_reader_is_told_apart_from_a_refused_server(answer, permanent):
    with mail_server() as (inbox, port):
        inbox.rcpt = lambda _address: answer
        with pytest.raises(MailError) as caught:
            send(mail_settings(port), letter())
        assert caught.value.permanent is permanent
        assert answer.split()[-1] in str(caught.value)
        assert inbox.accepted == []


def test_a_refusal_of_the_data_counts_too():
    with mail_server() as (inbox, port):
        inbox.data = lambda _address: "452 4.3.1 no room"
        with pytest.raises(MailError) as caught:
            send(mail_settings(port), letter())
        assert not caught.value.permanent


def test_a_refusal_leaves_the_connection_usable():
    with mail_server() as (inbox, port):
        inbox.rcpt = lambda address: "550 5.1.1 unknown" if address.startswith("a@") else None

        async def go():
            async with Mailer(mail_settings(port)) as mailer:
                with pytest.raises(MailError):
                    await mailer.send(letter("a@reader.example"))
                await mailer.send(letter("b@reader.example"))

        asyncio.run(go())
        assert inbox.addresses == ["b@reader.example"]


def test_a_connection_that_is_dropped_after_the_data_is_no_acceptance():
    with mail_server() as (inbox, port):
        inbox.drop = {"a@reader.example": True}
        with pytest.raises(MailError) as caught:
            send(mail_settings(port), letter())
        assert not caught.value.permanent
        assert not isinstance(caught.value, MailServerError)


def test_a_server_that_keeps_silent_is_given_up():
    with mail_server() as (inbox, port):
        inbox.seconds = 1.5
        with pytest.raises(MailError) as caught:
            send(mail_settings(port, smtp_seconds=0.2), letter())
        assert not caught.value.permanent


def test_nobody_at_the_port_is_a_server_error():
    with mail_server() as (_inbox, port):
        pass
    with pytest.raises(MailServerError):
        send(mail_settings(port), letter())


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_login_travels_encrypted(certificate, tmp_path, security):
    secret = tmp_path / "password"
    secret.write_text("geheim ist geheim\n")
    with mail_server(context(certificate), implicit=security == "tls", login=("me", "geheim ist geheim")) as (
        inbox,
        port,
    ):
        settings = mail_settings(
            port,
            smtp_security=security,
            smtp_user="me",
            smtp_password_file=secret,
            smtp_ca_file=certificate[0],
        )
        send(settings, letter())
        assert len(inbox.accepted) == 1
        with pytest.raises(MailServerError) as caught:
            send(settings.model_copy(update={"smtp_user": "you"}), letter())
        assert "login" in str(caught.value)
        with pytest.raises(MailServerError):
            send(settings.model_copy(update={"smtp_ca_file": None}), letter())
        assert len(inbox.accepted) == 1


def test_a_server_without_starttls_gets_nothing():
    with mail_server() as (inbox, port):
        with pytest.raises(MailServerError):
            send(mail_settings(port, smtp_security="starttls"), letter())
        assert inbox.accepted == []


def test_a_password_never_goes_out_openly():
    with pytest.raises(ConfigError):
        Mailer(mail_settings(25, smtp_host="mail.example", smtp_password="x"))


def test_settings_that_are_missing_are_named(tmp_path):
    with pytest.raises(ConfigError) as caught:
        Mailer(mail_settings(25, smtp_host=None))
    assert "FRAMEWIRE_SMTP_HOST" in str(caught.value)
    with pytest.raises(ConfigError):
        Mailer(mail_settings(25, smtp_password_file=tmp_path / "none"))


def test_what_is_permanent():
    assert is_permanent(550, "5.1.1 unknown")
    assert is_permanent(552, "5.2.2 full")
    assert not is_permanent(550, "5.7.26 unauthenticated")
    assert not is_permanent(451, "4.7.1 later")
