"""Rows of users, of their sessions, and of sign-ins that failed. Secrets are kept as hashes only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor.errors import NotFoundError
from monitor.store.base import StoreBase, to_text, to_time


class UserRows(StoreBase):
    """Who may write."""

    def save_user(self, name: str, secret: str, now: datetime) -> None:
        """Add a user, or give one another secret (an argon2 hash); open sessions of that name end."""
        self.put("users", [{"name": name, "secret": secret, "created": to_text(now)}])
        self.run("delete from sessions where user = ?", [name])

    def remove_user(self, name: str) -> None:
        """Forget a user, and end what sessions they have."""
        if not self.run("delete from users where name = ?", [name]):
            raise NotFoundError(name, "is no user", advice="`framewire users list` shows them")
        self.run("delete from sessions where user = ?", [name])

    def users(self) -> list[tuple[str, datetime]]:
        """Names, and since when."""
        found = []
        for row in self.rows("select name, created from users order by name"):
            created = to_time(row["created"])
            assert created is not None
            found.append((str(row["name"]), created))
        return found

    def has_users(self) -> bool:
        """Whether anybody was given a sign-in."""
        return bool(self.value("select 1 from users limit 1"))

    def user_secret(self, name: str) -> str | None:
        """The hash of a user's secret; None where there is no such user."""
        found = self.value("select secret from users where name = ?", [name])
        return str(found) if found else None

    # --- sessions --------------------------------------------------------------------------------------------

    def save_session(self, token: str, user: str, now: datetime, expires: datetime) -> None:
        """Keep a session by the hash of its token, and drop those that ran out."""
        self.run("delete from sessions where expires <= ?", [to_text(now)])
        row = {"token": token, "user": user, "created": to_text(now), "expires": to_text(expires)}
        self.put("sessions", [row])

    def session_user(self, token: str, now: datetime) -> str | None:
        """Whose session a token's hash is; None for none, or one that ran out."""
        sql = "select user from sessions where token = ? and expires > ?"
        found = self.value(sql, [token, to_text(now)])
        return str(found) if found else None

    def end_session(self, token: str) -> None:
        """Forget a session."""
        self.run("delete from sessions where token = ?", [token])

    # --- failures --------------------------------------------------------------------------------------------

    def record_sign_in_failure(self, keys: Iterable[str], now: datetime, forget: datetime) -> None:
        """Count a failure under each key, and drop what is older than `forget`."""
        self.run("delete from sign_in_failures where at < ?", [to_text(forget)])
        self.put("sign_in_failures", [{"key": key, "at": to_text(now)} for key in keys])

    def sign_in_failures(self, key: str, since: datetime) -> int:
        """How many sign-ins failed under a key."""
        sql = "select count(*) from sign_in_failures where key = ? and at >= ?"
        return int(self.value(sql, [key, to_text(since)]))

    def forget_sign_in_failures(self, key: str) -> None:
        """A sign-in succeeded: what failed under its key before no longer counts."""
        self.run("delete from sign_in_failures where key = ?", [key])
