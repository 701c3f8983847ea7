"""Events to other programs: signed JSON by POST, tried again with back-off, by the conventions of Standard Webhooks.

The receiver checks `webhook-signature`: `v1,` and the base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`, the key being
what stands behind `whsec_` in the secret, base64-decoded. The same event keeps its `webhook-id` however often it is
tried. Addresses come from the operator's command line alone, so they may lie in a private network.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime

import httpx2

from monitor.alert import Event, Rule, Sending
from monitor.alerts import note_sending
from monitor.clock import Clock, utc_now
from monitor.errors import WebhookError
from monitor.store import Store
from reports.alert_mail import event_json

#: Seconds for one call (Standard Webhooks advises 15 to 30).
_SECONDS = 20.0
#: Statuses of a client error that pass by themselves.
_PASSING = (408, 425, 429)


def new_secret() -> str:
    """A key of 32 random bytes as receivers take it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, event: str, timestamp: int, body: bytes) -> str:
    """The signature of a call."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{event}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def call_webhooks(store: Store, user_agent: str, clock: Clock = utc_now, base_url: str | None = None) -> int:
    """Tell the events that wait; how many were taken."""
    waiting = store.waiting_sendings("webhook", clock())
    return asyncio.run(_call_all(store, waiting, user_agent, clock, base_url)) if waiting else 0


async def _call_all(
    store: Store,
    waiting: list[tuple[Rule, Event, Sending]],
    user_agent: str,
    clock: Clock,
    base_url: str | None,
) -> int:
    taken = 0
    headers = {"User-Agent": user_agent}
    async with httpx2.AsyncClient(timeout=_SECONDS, trust_env=False, headers=headers) as client:
        for rule, event, sending in waiting:
            try:
                await call(client, rule, event, clock(), base_url)
            except WebhookError as error:
                note_sending(store, event, sending, clock(), error.message, again=not error.permanent)
            else:
                taken += 1
                note_sending(store, event, sending, clock(), None)
    return taken


async def call(
    client: httpx2.AsyncClient, rule: Rule, event: Event, now: datetime, base_url: str | None
) -> None:
    """Tell one event; WebhookError where it is not taken."""
    assert rule.webhook is not None
    assert rule.secret is not None
    body = json.dumps(event_json(rule, event, base_url), ensure_ascii=False).encode()
    timestamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": event.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(rule.secret, event.id, timestamp, body),
    }
    try:
        answer = await client.post(rule.webhook, content=body, headers=headers)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        message = f"cannot be reached ({error or type(error).__name__})"
        raise WebhookError(rule.webhook, message, permanent=False) from error
    status = answer.status_code
    if not 200 <= status < 300:
        permanent = 400 <= status < 500 and status not in _PASSING
        raise WebhookError(rule.webhook, f"answered {status}", permanent=permanent)
