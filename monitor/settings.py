"""Settings of one installation: environment variables `FRAMEWIRE_*` over defaults."""

from __future__ import annotations

import re
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from monitor import __version__


class Settings(BaseSettings):
    """Every field is a variable: `FRAMEWIRE_DB`, `FRAMEWIRE_FEEDS`, `FRAMEWIRE_ENCODER` …"""

    model_config = SettingsConfigDict(env_prefix="FRAMEWIRE_", extra="ignore")

    db: Path = Field(default_factory=lambda: user_data_path("framewire") / "framewire.db")
    feeds: Path = Path("feeds.yaml")
    #: `default`, or a sentence-transformers model by hub name or folder.
    encoder: str = "default"
    #: Shown to servers, so that their operators can reach the person behind the crawl.
    contact: str = "set FRAMEWIRE_CONTACT to your address"
    #: Hosts (with port where it is not the default) that may lie at private addresses.
    private_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    #: host=address:port pairs that are connected to instead of what DNS says (the sample world).
    resolve: Annotated[tuple[str, ...], NoDecode] = ()
    #: Worker processes, and threads of the models; one a processor where it is not set.
    workers: int | None = Field(default=None, ge=1)
    #: Seconds that one page may take to extract.
    extract_seconds: float = Field(default=20.0, gt=0)
    #: Seconds from the request to the last byte, redirects included, and of it for the header and for the body.
    fetch_seconds: float = Field(default=30.0, gt=0)
    header_seconds: float = Field(default=15.0, gt=0)
    body_seconds: float = Field(default=20.0, gt=0)
    #: Bytes of a body after unpacking.
    max_bytes: int = Field(default=8_000_000, gt=0)
    #: Seconds between two requests for pages of one host.
    host_interval: float = Field(default=5.0, ge=0)
    respect_robots: bool = True
    #: Days that pages are kept as fetched, so that `framewire extract --again` can read them anew; 0 keeps none.
    keep_pages_days: float = Field(default=30.0, ge=0)
    #: `closed`: the pages and the API show nothing to anybody who has not signed in (`framewire users add`).
    reading: Literal["open", "closed"] = "open"
    #: An OpenAI-compatible endpoint (`http://localhost:11434/v1`) for the optional second reader of frames.
    #: Without it no text is ever sent to anybody.
    llm_url: str | None = None
    #: The model's name at that endpoint.
    llm_model: str | None = None
    #: Its key, or the file that holds it (the variable wins); most servers on one's own machine want none.
    llm_key: SecretStr | None = None
    llm_key_file: Path | None = None
    #: The mail server of the digests; without it no mail is sent.
    smtp_host: str | None = None
    #: 587 for STARTTLS, 465 for TLS, 25 for none, where it is not set.
    smtp_port: int | None = Field(default=None, ge=1, le=65535)
    #: How the connection is kept from others' eyes; `none` is for a server on the same machine.
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    #: Its password, or the file that holds it (the variable wins).
    smtp_password: SecretStr | None = None
    smtp_password_file: Path | None = None
    #: Certificates to trust beside the system's, for a server of one's own.
    smtp_ca_file: Path | None = None
    #: Seconds that one answer of the mail server may take (RFC 5321 §4.5.3.2 allows minutes after DATA).
    smtp_seconds: float = Field(default=60.0, gt=0)
    #: Connections to the mail server at once.
    smtp_connections: int = Field(default=4, ge=1, le=50)
    #: The sender of every mail; `mailto:` requests to unsubscribe go there.
    mail_from: str = "Framewire <framewire@localhost>"
    #: Where readers reach the pages, such as `https://framewire.example`: for links and one-click unsubscribing.
    base_url: str | None = None

    @field_validator("private_hosts", "resolve", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        """A variable holds several values with commas or spaces between them."""
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("contact")
    @classmethod
    def _header(cls, value: str) -> str:
        """It travels in a header, which is one line of ASCII."""
        if not (value.isascii() and value.isprintable()):
            raise ValueError("write an address in plain letters, on one line")
        return value

    @field_validator("base_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
            raise ValueError("write an address such as https://framewire.example")
        return value.rstrip("/") if value else None

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        if not value.isprintable() or "@" not in parseaddr(value)[1]:
            raise ValueError("write an address such as Framewire <news@example.org>")
        return value

    @field_validator("resolve")
    @classmethod
    def _pairs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            if not re.fullmatch(r"[^=]+=[^=]+:[0-9]{1,5}", item):
                raise ValueError(f"{item!r} is not of the form host=address:port")
        return value

    @property
    def mails(self) -> bool:
        """Whether digests can be sent to readers who subscribe on the page."""
        return self.smtp_host is not None and self.base_url is not None

    @property
    def user_agent(self) -> str:
        """Name, version and contact, as crawl etiquette asks."""
        return f"Framewire/{__version__} (news research; {self.contact})"
