"""The mail round: asks new readers for their yes, sends the digests that are due, and tells what alerts found.

The store is the queue. A digest's delivery is noted once the server has accepted it: a crash between the two may send
it again with the same Message-ID, and never loses one. What was refused for now is tried again with back-off within
the day; what was refused for good pauses the subscription.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import quote

from monitor.alerts import alert_mails
from monitor.clock import Clock, utc_now
from monitor.due import due_moment, is_due, retry_at
from monitor.editions import Editions, ask_of
from monitor.errors import FramewireError, MailError
from monitor.mail import Mailer
from monitor.outbox import Job, Posted, send_all
from monitor.settings import Settings
from monitor.store import Store
from monitor.subscription import Delivery, DeliveryState, Subscription
from monitor.webhooks import call_webhooks
from reports.digest import for_reader
from reports.message import Leave, confirmation, to_message

log = logging.getLogger(__name__)
#: Seconds between two rounds.
ROUND_SECONDS = 60
#: A request from the page that nobody confirms is forgotten after so long.
UNCONFIRMED = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A digest to send now, and how often it was tried."""

    subscription: Subscription
    day: date
    moment: datetime
    tried: int


def due_digests(
    subscriptions: Sequence[Subscription], deliveries: Mapping[tuple[str, date], Delivery], now: datetime
) -> list[Due]:
    """The digests to send now, longest due first. Pure."""
    found = []
    for one in subscriptions:
        day = is_due(one.schedule, one.since, now) if one.state == "active" else None
        if day is None:
            continue
        delivery = deliveries.get((one.id, day))
        if delivery and (delivery.state != "waiting" or (delivery.retry_at and delivery.retry_at > now)):
            continue
        moment = due_moment(one.schedule, day)
        assert moment is not None
        found.append(
            Due(subscription=one, day=day, moment=moment, tried=delivery.attempts if delivery else 0)
        )
    return sorted(found, key=lambda due: (due.moment, due.subscription.id))


class Post:
    """One round over a store."""

    def __init__(self, store: Store, settings: Settings, clock: Clock = utc_now) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._editions = Editions(store, settings.base_url)
        self.posted = Posted()

    def run(self) -> Posted:
        """Send what is to be sent; MailServerError where the server cannot be used. Digests first, alerts after them."""
        now = self._clock()
        with self._store.write():
            self._store.forget_unconfirmed(now - UNCONFIRMED)
        asyncio.run(send_all(self._jobs(now), self._settings))
        return self.posted

    def _jobs(self, now: datetime) -> Iterator[Job]:
        if self._settings.base_url is not None:
            yield from (self._question(one) for one in self._store.unasked())
        known = self._store.deliveries((now - timedelta(days=3)).date())
        for due in due_digests(self._store.subscriptions(state="active"), known, now):
            job = self._digest(due)
            if job is not None:
                yield job
        yield from alert_mails(self._store, self._settings, self._clock, self.posted)

    # --- confirmations ---------------------------------------------------------------------------------------

    def _question(self, one: Subscription) -> Job:
        def make() -> EmailMessage:
            assert self._settings.base_url is not None
            return confirmation(one, self._settings.mail_from, self._settings.base_url, self._clock())

        def accepted() -> None:
            self.posted.asked += 1
            with self._store.write():
                self._store.note_asked(one.id, self._clock())

        def refused(error: MailError) -> None:
            self.posted.refused += 1
            log.warning("%s", error)
            if error.permanent:
                with self._store.write():
                    self._store.remove_subscription(one.id)

        return Job(make=make, accepted=accepted, refused=refused)

    # --- digests ---------------------------------------------------------------------------------------------

    def _digest(self, due: Due) -> Job | None:
        """The job of a digest; None for an empty one whose reader wants no mail then, and for who left meanwhile."""
        one = due.subscription
        if not self._store.is_active(one.id):
            return None
        digest, told = self._editions.digest(ask_of(one, due.day))
        if not told and not one.empty:
            self.posted.skipped += 1
            self._note(due, "skipped")
            return None
        leave = Leave(token=one.token, base_url=self._settings.base_url)

        def make() -> EmailMessage:
            return to_message(
                for_reader(digest, leave.page or _mail_link(self._settings.mail_from, one.token)),
                self._settings.mail_from,
                one.address,
                self._clock(),
                key=one.id,
                leave=leave,
                text_only=one.form == "text",
            )

        def accepted() -> None:
            self.posted.sent += 1
            self._note(due, "sent")

        return Job(make=make, accepted=accepted, refused=lambda error: self._refused(due, error))

    def _refused(self, due: Due, error: MailError) -> None:
        now, words = self._clock(), error.message
        if error.permanent:
            self.posted.refused += 1
            log.warning("%s is paused: %s", due.subscription.address, words)
            with self._store.write():
                self._store.pause_subscription(due.subscription.id, words)
                self._note(due, "lost", words)
            return
        again = retry_at(due.moment, due.tried + 1, now)
        if again is None:
            self.posted.lost += 1
            log.error("%s gets no digest of %s: %s", due.subscription.address, due.day, words)
            self._note(due, "lost", words)
        else:
            self.posted.waiting += 1
            log.info("%s waits until %s: %s", due.subscription.address, again, words)
            self._note(due, "waiting", words, again)

    def _note(self, due: Due, state: DeliveryState, error: str = "", again: datetime | None = None) -> None:
        delivery = Delivery(
            subscription=due.subscription.id,
            day=due.day,
            state=state,
            at=self._clock(),
            attempts=due.tried + 1,
            retry_at=again,
            error=error,
        )
        with self._store.write():
            self._store.save_delivery(delivery)


def send_now(message: EmailMessage, settings: Settings) -> None:
    """Send one mail, such as a preview; MailError where it is not taken."""

    async def go() -> None:
        async with Mailer(settings) as mailer:
            await mailer.send(message)

    asyncio.run(go())


def post_forever(settings: Settings, stop: threading.Event) -> None:
    """Rounds until `stop` is set, in a thread with its own store; what an operator can mend is logged."""
    while not stop.is_set():
        try:
            with closing(Store(settings.db)) as store:
                call_webhooks(store, settings.user_agent, base_url=settings.base_url)
                if settings.smtp_host is None:
                    stop.wait(ROUND_SECONDS)
                    continue
                posted = Post(store, settings).run()
            if posted != Posted():
                log.info("mail: %s", posted)
        except FramewireError as error:
            log.error("%s", error)
        stop.wait(ROUND_SECONDS)


def _mail_link(sender: str, token: str) -> str:
    """The way off the list where there are no pages: a mail to the sender."""
    return f"mailto:{parseaddr(sender)[1]}?subject={quote(f'unsubscribe {token}')}"
