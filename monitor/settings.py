"""Settings of one installation: environment variables `FRAMEWIRE_*` over defaults."""

from __future__ import annotations

import re
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
    #: Seconds from the request to the last byte.
    fetch_seconds: float = Field(default=30.0, gt=0)
    #: Bytes of a body after unpacking.
    max_bytes: int = Field(default=8_000_000, gt=0)
    #: Seconds between two requests for pages of one host.
    host_interval: float = Field(default=5.0, ge=0)
    respect_robots: bool = True
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

    @field_validator("resolve")
    @classmethod
    def _pairs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            if not re.fullmatch(r"[^=]+=[^=]+:[0-9]{1,5}", item):
                raise ValueError(f"{item!r} is not of the form host=address:port")
        return value

    @property
    def user_agent(self) -> str:
        """Name, version and contact, as crawl etiquette asks."""
        return f"Framewire/{__version__} (news research; {self.contact})"
