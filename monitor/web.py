"""The web application as the command line and the service start it: what it may do is settled here."""

from __future__ import annotations

import ipaddress
from functools import partial

from fastapi import FastAPI

from monitor.preview import look
from monitor.settings import Settings
from reports.web.app import create_app
from reports.web.desk import Desk


def open_app(settings: Settings, host: str) -> FastAPI:
    """The pages over the store, for a server that listens on `host`."""
    desk = Desk(
        feeds=settings.feeds,
        look=partial(look, settings=settings),
        closed=settings.reading == "closed",
        loopback=is_loopback(host),
    )
    return create_app(settings.db, desk, mail=settings.mails)


def is_loopback(host: str) -> bool:
    """Whether a server on this address can be reached from its own machine only."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
