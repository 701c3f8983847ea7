"""Secrets of users: argon2 hashes, session tokens, and how many failures are too many. Contains no storage."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets
import threading
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from monitor.errors import ConfigError

#: NIST SP 800-63B §3.1.1.2 asks for eight characters at least where a second factor is not asked for; longer is better.
SHORTEST, LONGEST = 10, 512
#: How long a session lasts.
SESSION = timedelta(days=14)
#: Failures that close the door for the rest of a window: of one name from one place, of one place, of one name.
WINDOW = timedelta(minutes=15)
LIMITS = {"pair": 5, "place": 20, "name": 50}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
#: argon2's defaults (RFC 9106, low memory: 64 MiB, three passes); two at once, or sign-ins would eat the memory.
_HASHER = PasswordHasher()
_ROOM = threading.BoundedSemaphore(2)


def check_name(name: str) -> str:
    """The name, if it can be one."""
    if not _NAME.fullmatch(name):
        advice = "Use up to 64 letters, digits and . _ @ -, beginning with a letter or digit"
        raise ConfigError(name, "cannot be a user's name", advice=advice)
    return name


def hash_secret(secret: str) -> str:
    """The argon2id hash of a new secret."""
    if not SHORTEST <= len(secret) <= LONGEST:
        advice = f"Take {SHORTEST} characters or more, such as four words"
        raise ConfigError("the password", f"has {len(secret)} characters", advice=advice)
    with _ROOM:
        return _HASHER.hash(secret)


def verify_secret(known: str | None, secret: str) -> bool:
    """Whether a secret is the one behind a hash; an unknown user takes as long as a known one."""
    with _ROOM:
        try:
            right = _HASHER.verify(known or _nobody(), secret[: LONGEST + 1])
        except (Argon2Error, InvalidHashError):
            return False
    return right and known is not None


def new_token() -> str:
    """256 random bits for a session or a form."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a token: it has so much chance in it that a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def failure_keys(name: str, address: str) -> dict[str, str]:
    """The keys under which a failure is counted, by the limit that they have."""
    place = _place(address)
    low = name.lower()[:64]
    return {"pair": f"pair {low} {place}", "place": f"place {place}", "name": f"name {low}"}


def _place(address: str) -> str:
    """An address, or the network of 64 bits that one IPv6 user has to choose from."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address[:64]
    return str(ipaddress.ip_network(f"{ip}/64", strict=False)) if ip.version == 6 else str(ip)


@cache
def _nobody() -> str:
    """A hash that no secret fits."""
    return _HASHER.hash(secrets.token_urlsafe(32))
