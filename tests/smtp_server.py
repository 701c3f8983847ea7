"""A real mail server on loopback that can refuse, delay, and drop the connection after DATA."""

from __future__ import annotations

import asyncio
import gc
import ssl
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from monitor.settings import Settings


class Inbox:
    """What the server got, and how it answers: `rcpt` and `data` map an address to an answer (None accepts)."""

    def __init__(self) -> None:
        self.accepted: list[tuple[str, EmailMessage]] = []
        self.rcpt: Callable[[str], str | None] = lambda _address: None
        self.data: Callable[[str], str | None] = lambda _address: None
        #: Addresses after whose DATA the connection is dropped, once each; the mail is in the inbox, or it is not.
        self.drop: dict[str, bool] = {}
        self.seconds = 0.0
        self.connections = 0

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        answer = self.rcpt(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802
        address = envelope.rcpt_tos[0]
        await asyncio.sleep(self.seconds)
        kept = self.drop.get(address)
        if kept is not False and self.data(address) is None:
            mail = message_from_bytes(envelope.content, policy=policy.default)
            self.accepted.append((address, mail))
        if self.drop.pop(address, None) is not None:
            server.transport.abort()
        return self.data(address) or "250 OK"

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return responses

    @property
    def addresses(self) -> list[str]:
        return [address for address, _ in self.accepted]


@contextmanager
def mail_server(
    tls: ssl.SSLContext | None = None, implicit: bool = False, login: tuple[str, str] | None = None
):
    """(inbox, port) of a server; with `tls` it offers STARTTLS, or speaks TLS from the start."""
    inbox = Inbox()

    def check(_server, _session, _envelope, _mechanism, data):
        return AuthResult(success=(data.login.decode(), data.password.decode()) == login, handled=False)

    class Server(Controller):
        def _trigger_server(self):
            self.port = self.server.sockets[0].getsockname()[1]  # the one that the system chose
            super()._trigger_server()

        def factory(self):
            return SMTP(
                inbox,
                hostname="localhost",
                tls_context=tls if not implicit else None,
                require_starttls=bool(tls) and not implicit,
                authenticator=check if login else None,
                auth_required=bool(login) and not implicit,
                auth_require_tls=bool(tls) and not implicit,
                enable_SMTPUTF8=True,
            )

    server = Server(
        inbox, hostname="127.0.0.1", port=0, ssl_context=tls if implicit else None, ready_timeout=20
    )
    server.start()
    try:
        yield inbox, server.port
    finally:
        server.stop()
        with warnings.catch_warnings():  # aiosmtpd leaves the connections of a TLS upgrade to the collector
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


def mail_settings(port: int, **parts: object) -> Settings:
    """Settings that send to a server on this port."""
    values = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "smtp_seconds": 10,
        "smtp_connections": 2,
        "mail_from": "Wire <wire@framewire.example>",
        "base_url": "https://framewire.example",
    }
    return Settings(**(values | parts))  # type: ignore[arg-type]
