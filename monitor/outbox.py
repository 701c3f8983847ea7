"""Sends many mails over a few connections; each outcome is noted before its connection takes up the next mail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage

from monitor.errors import MailError, MailServerError
from monitor.mail import Mailer
from monitor.settings import Settings

#: After so many broken connections in a row the server is left alone until the next round.
_BREAKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One mail: how to make it, and what to note of its fate. All three are called on the loop's own thread."""

    make: Callable[[], EmailMessage]
    accepted: Callable[[], None]
    refused: Callable[[MailError], None]


@dataclass(slots=True, kw_only=True)
class Posted:
    """What a round did."""

    asked: int = 0
    sent: int = 0
    waiting: int = 0
    refused: int = 0
    lost: int = 0
    skipped: int = 0


async def send_all(jobs: Iterable[Job], settings: Settings) -> None:
    """Send every mail once; MailServerError where the server cannot be used, its mails not even tried then."""
    left = iter(jobs)
    workers = [asyncio.create_task(_work(left, settings)) for _ in range(settings.smtp_connections)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


async def _work(jobs: Iterator[Job], settings: Settings) -> None:
    broken = 0
    async with Mailer(settings) as mailer:
        for job in jobs:
            try:
                await mailer.send(job.make())
            except MailServerError:
                raise
            except MailError as error:
                job.refused(error)
                broken = broken + 1 if "the connection broke" in error.message else 0
                if broken == _BREAKS:
                    message = f"broke the connection {_BREAKS} times in a row"
                    raise MailServerError(settings.smtp_host or "", message) from error
            else:
                broken = 0
                job.accepted()
