"""Mails to a server by SMTP: one connection for many, time limits, and what a refusal means.

A mail counts as sent when the server has said yes to its data. What comes between that and our note of it may
send it again, with the same Message-ID; nothing is ever lost that way.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from email.message import EmailMessage
from email.utils import parseaddr
from types import TracebackType
from typing import Self

import aiosmtplib

from monitor.errors import ConfigError, MailError, MailServerError
from monitor.settings import Settings

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_LOCAL = ("localhost", "127.0.0.1", "::1")
#: Answers to one mail that take longer than so many single answers together are given up.
_ANSWERS = 4
#: Enhanced status codes (RFC 3463) that speak of the reader: X.1 the address, X.2 the mailbox. The others speak of
#: the server, the way or the policy (X.7, such as a sender that is listed somewhere): no reason to drop a reader.
_ABOUT_THE_READER = re.compile(r"^5\.[12]\.")
_ENHANCED = re.compile(r"^[245]\.\d{1,3}\.\d{1,3}\b")


class Mailer:
    """A connection to the mail server, opened with the first mail; `async with` closes it. Not for two tasks at once."""

    def __init__(self, settings: Settings) -> None:
        if settings.smtp_host is None:
            advice = "Set FRAMEWIRE_SMTP_HOST, FRAMEWIRE_SMTP_USER and FRAMEWIRE_SMTP_PASSWORD_FILE"
            raise ConfigError("smtp_host", "is not set, so no mail can be sent", advice=advice)
        self._settings, self._host = settings, settings.smtp_host
        self._password = password(settings)
        if self._password and settings.smtp_security == "none" and self._host not in _LOCAL:
            advice = "Set FRAMEWIRE_SMTP_SECURITY to starttls or tls"
            raise ConfigError("smtp_security", "is none, and a password would go out openly", advice=advice)
        self._server: aiosmtplib.SMTP | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.close()

    async def send(self, message: EmailMessage) -> None:
        """Send a mail to the reader in its To; MailError says whether trying again can help."""
        to = parseaddr(str(message["To"]))[1]
        server = await self._connected()
        try:
            async with asyncio.timeout(self._settings.smtp_seconds * _ANSWERS):
                await server.sendmail(
                    parseaddr(str(message["From"]))[1],
                    [to],
                    message.as_bytes(policy=message.policy.clone(linesep="\r\n")),
                )
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = error.recipients[0]
            raise _refusal(to, refused.code, refused.message) from error
        except aiosmtplib.SMTPSenderRefused as error:
            raise MailServerError(self._host, f"refuses the sender ({error.code} {error.message})") from error
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal(to, error.code, error.message) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            await self.close()
            raise MailError(to, f"the connection broke ({_words(error)})", permanent=False) from error

    async def close(self) -> None:
        """Say goodbye, if there is anybody to say it to."""
        server, self._server = self._server, None
        if server is None:
            return
        try:
            async with asyncio.timeout(2):
                await server.quit()
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            server.close()

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._server is not None and self._server.is_connected:
            return self._server
        settings, safe = self._settings, self._settings.smtp_security
        server = aiosmtplib.SMTP(
            hostname=self._host,
            port=settings.smtp_port or _PORTS[safe],
            use_tls=safe == "tls",
            start_tls=safe == "starttls",
            tls_context=_context(settings) if safe != "none" else None,
            timeout=settings.smtp_seconds,
            username=settings.smtp_user if self._password else None,
            password=self._password,
        )
        try:
            await server.connect()
        except aiosmtplib.SMTPAuthenticationError as error:
            server.close()
            raise MailServerError(self._host, f"refuses the login ({error.code} {error.message})") from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            server.close()
            raise MailServerError(self._host, f"cannot be used ({_words(error)})") from error
        self._server = server
        return server


def password(settings: Settings) -> str | None:
    """The password of the mail server, from its variable or its file; None where none is set."""
    if settings.smtp_password is not None:
        return settings.smtp_password.get_secret_value()
    if settings.smtp_password_file is None:
        return None
    try:
        return settings.smtp_password_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        name = str(settings.smtp_password_file)
        raise ConfigError(name, f"cannot be read ({_words(error)})") from error


def is_permanent(code: int, message: str) -> bool:
    """Whether a refusal says that this reader can never be reached."""
    enhanced = _ENHANCED.match(message)
    return 500 <= code < 600 and (enhanced is None or bool(_ABOUT_THE_READER.match(enhanced[0])))


def _refusal(to: str, code: int, message: str) -> MailError:
    words = " ".join(message.split())[:200]
    return MailError(to, f"the server answered {code} {words}", permanent=is_permanent(code, message))


def _context(settings: Settings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.smtp_ca_file is not None:
        try:
            context.load_verify_locations(cafile=settings.smtp_ca_file)
        except OSError as error:
            raise ConfigError(str(settings.smtp_ca_file), f"cannot be read ({_words(error)})") from error
    return context


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
