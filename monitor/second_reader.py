"""An optional second reader of blame frames: a language model behind any OpenAI-compatible endpoint.

    text → actors found in it → llm_prompt → POST …/chat/completions → llm_answer → Reading

Nothing needs it: it is there to compare (`framewire evaluate frames GOLD --reader llm`). Texts leave this machine
only when its endpoint is set. What it answers is checked against the text; what it costs is counted.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

import httpx2

from classifiers.actors import actors, name_of
from classifiers.document import analyse
from classifiers.language import identify
from monitor.errors import AnswerError, ConfigError, ReaderError
from monitor.headers import retry_after
from monitor.llm_answer import Checked, Completion, check
from monitor.llm_prompt import MAX_TEXT, MAX_TITLE, VERSION, request_body
from monitor.model import Reading, Text
from monitor.settings import Settings

#: Bytes of an answer; sixty frames with long quotes take 100,000.
MAX_ANSWER = 2_000_000
#: The longest pause between two tries, whatever the server wishes.
MAX_PAUSE = 60.0
#: Statuses besides 5xx after which the same question may be answered.
_AGAIN = (408, 425, 429)
_ADVICE = {
    401: "Check FRAMEWIRE_LLM_KEY or FRAMEWIRE_LLM_KEY_FILE",
    403: "Check FRAMEWIRE_LLM_KEY or FRAMEWIRE_LLM_KEY_FILE",
    404: "Check FRAMEWIRE_LLM_URL (most end in /v1) and FRAMEWIRE_LLM_MODEL",
}
_BUSY = "Wait and try again; what is set is right"
_REACH = "Check FRAMEWIRE_LLM_URL, and that the server runs"
_MOVED = "Set FRAMEWIRE_LLM_URL to the address that it points to; the key is sent nowhere else"
_FORM = "The model must take `response_format: json_schema`; set FRAMEWIRE_LLM_MODEL to one that does"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """What a reader asked for and what came of it."""

    requests: int = 0
    retries: int = 0
    #: Texts that a run went past because their answer could not be used.
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    #: Frames thrown away, by reason: form, actor, roles, quote.
    refused: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        """One line for people."""
        why = ", ".join(f"{reason} {count}" for reason, count in sorted(self.refused.items()))
        return (
            f"{self.requests} requests, {self.retries} retries, {self.failed} texts failed, "
            f"{self.refused.total()} frames refused{f' ({why})' if why else ''}, "
            f"{self.prompt_tokens} + {self.completion_tokens} tokens"
        )


class LlmReader:
    """Keeps the contract of `classifiers.blame.Reader`; close it, or use it in a `with`."""

    def __init__(
        self,
        url: str,
        model: str,
        key: str | None = None,
        *,
        seconds: float = 120.0,
        tries: int = 5,
        pause: float = 1.0,
    ) -> None:
        self._url = _endpoint(url)
        #: The endpoint as messages show it: a query may hold what nobody should read.
        self.endpoint = str(self._url.copy_with(query=None))
        self.name = f"llm-{model}-{VERSION}"
        self.counts = Counts()
        self._model, self._key = model, _plain_key(key)
        self._seconds, self._tries, self._pause = seconds, tries, pause
        self._without: set[str] = set()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        self._client = httpx2.Client(headers=headers, timeout=seconds, trust_env=False)

    def __enter__(self) -> Self:
        """The reader itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def read(self, text: Text) -> Reading:
        """The frames of one text, strongest first; ReaderError where the endpoint gives none."""
        language = _language(text)
        seen = replace(text, text=text.text[:MAX_TEXT], title=text.title[:MAX_TITLE])
        if not any(map(str.isalpha, seen.title + seen.text)):
            return Reading(classifier=self.name, language=language)
        found = {mention.actor: name_of(mention.actor) for mention in analyse(seen, language).mentions}
        body = request_body(self._model, seen, language, dict(sorted(found.items())))
        checked = self._ask(body, seen, found.keys() | _states())
        self.counts.refused += checked.refused
        return Reading(classifier=self.name, language=language, frames=checked.frames)

    def read_many(self, texts: Sequence[Text]) -> list[Reading]:
        """The readings in order; a text whose answer is of no use is logged, counted, and read as without frames."""
        readings = []
        for text in texts:
            try:
                readings.append(self.read(text))
            except AnswerError as error:
                log.warning("Text %s: %s", text.id, error)
                self.counts.failed += 1
                readings.append(Reading(classifier=self.name, language=_language(text)))
        return readings

    def _ask(self, body: dict[str, Any], text: Text, known: set[str]) -> Checked:
        """Ask until there is an answer of use, at most `tries` times."""
        tried = 0
        while True:
            tried += 1
            try:
                return self._once(body, text, known)
            except ReaderError as error:
                if not self._yields(body, error):
                    if not error.again or tried >= self._tries:
                        raise
                    self._wait(tried, error)
                self.counts.retries += 1

    def _once(self, body: dict[str, Any], text: Text, known: set[str]) -> Checked:
        question = {name: value for name, value in body.items() if name not in self._without}
        # ASCII, so that half surrogates in a text travel as escapes instead of ending the run.
        answer = self._post(json.dumps(question).encode())
        try:
            completion = Completion.model_validate_json(answer)
        except ValueError as error:
            raise AnswerError(
                self.endpoint, "the answer is no chat completion", again=True, advice=_REACH
            ) from error
        if completion.usage:
            self.counts.prompt_tokens += completion.usage.prompt_tokens
            self.counts.completion_tokens += completion.usage.completion_tokens
        if completion.declined:
            raise AnswerError(self.endpoint, f"the model declined to read {text.id}")
        try:
            return check(completion.content, text, known)
        except ValueError as error:
            if completion.cut:  # the same question would be cut again
                advice = "Let the server give more tokens to an answer"
                raise AnswerError(
                    self.endpoint, f"the answer for {text.id} is cut off", advice=advice
                ) from error
            message = f"the answer for {text.id} is not the JSON that was asked for"
            raise AnswerError(self.endpoint, message, again=True) from error

    def _yields(self, body: dict[str, Any], error: ReaderError) -> bool:
        """Whether to ask once more without `temperature`, which reasoning models do not take."""
        if "temperature" in error.message and "temperature" in body.keys() - self._without:
            self._without.add("temperature")
            return True
        return False

    def _wait(self, tried: int, error: ReaderError) -> None:
        """Twice as long after each try, with jitter; the server's wish where it has one."""
        pause = self._pause * 2 ** (tried - 1) * random.uniform(0.75, 1.25)  # noqa: S311 (jitter)
        pause = min(MAX_PAUSE, pause if error.retry_after is None else max(pause, error.retry_after))
        log.info("%s; try %d of %d in %.1f s", error, tried + 1, self._tries, pause)
        time.sleep(pause)

    def _post(self, body: bytes) -> bytes:
        self.counts.requests += 1
        try:
            with self._client.stream("POST", self._url, content=body) as response:
                answer = self._body(response)
        except httpx2.TimeoutException as error:
            raise self._late() from error
        except httpx2.HTTPError as error:
            message = f"cannot be reached ({self._clean(str(error)) or type(error).__name__})"
            raise ReaderError(self.endpoint, message, again=True, advice=_REACH) from error
        if not response.is_success:
            raise self._status(response, answer)
        return answer

    def _body(self, response: httpx2.Response) -> bytes:
        """The whole body, within its size and the time of one try: the client's limit is for each piece alone."""
        until, size, pieces = time.monotonic() + self._seconds, 0, []
        for piece in response.iter_bytes():
            size += len(piece)
            if size > MAX_ANSWER:
                raise AnswerError(self.endpoint, f"the answer is larger than {MAX_ANSWER:,} bytes")
            if time.monotonic() > until:
                raise self._late()
            pieces.append(piece)
        return b"".join(pieces)

    def _late(self) -> ReaderError:
        return ReaderError(
            self.endpoint, f"did not answer within {self._seconds:g} s", again=True, advice=_BUSY
        )

    def _status(self, response: httpx2.Response, answer: bytes) -> ReaderError:
        status = response.status_code
        again = status >= 500 or status in _AGAIN
        advice = _ADVICE.get(status, _BUSY if again else _FORM if status >= 400 else _MOVED)
        # What a server says of a key may hold a piece of it.
        words = "" if status in (401, 403) else self._clean(answer[:2000].decode(errors="replace"))
        message = f"the server answered {status}{f' ({words})' if words else ''}"
        wish = retry_after(response.headers.get("retry-after"))
        return ReaderError(self.endpoint, message, again=again, retry_after=wish, advice=advice)

    def _clean(self, words: str) -> str:
        """Some words of the server on one line, without the key."""
        if self._key:
            words = words.replace(self._key, "[key]")
        return "".join(c if c.isprintable() else " " for c in " ".join(words.split()))[:300]


def open_llm_reader(settings: Settings) -> LlmReader:
    """The reader that the settings name."""
    for name, value in (("FRAMEWIRE_LLM_URL", settings.llm_url), ("FRAMEWIRE_LLM_MODEL", settings.llm_model)):
        if not value:
            advice = (
                "Set it to an OpenAI-compatible endpoint and a model there, or do without the second reader"
            )
            raise ConfigError(name, "is not set", advice=advice)
    return LlmReader(settings.llm_url or "", settings.llm_model or "", _secret(settings))


def _secret(settings: Settings) -> str | None:
    if settings.llm_key and settings.llm_key.get_secret_value().strip():
        return settings.llm_key.get_secret_value()
    if settings.llm_key_file is None:
        return None
    try:
        return settings.llm_key_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        name = str(settings.llm_key_file)
        raise ConfigError(name, "cannot be read", advice="FRAMEWIRE_LLM_KEY_FILE names it") from error


def _plain_key(key: str | None) -> str | None:
    """The key without white space around it; one that no header can hold is refused without being shown."""
    key = (key or "").strip()
    if not all(33 <= ord(c) <= 126 for c in key):
        advice = "Write the key alone, on one line"
        raise ConfigError("FRAMEWIRE_LLM_KEY", "holds characters that no key has", advice=advice)
    return key or None


def _endpoint(url: str) -> httpx2.URL:
    """The address that questions go to; `…/v1` and `…/v1/chat/completions` mean the same."""
    advice = "Write one such as http://localhost:11434/v1"
    try:
        found = httpx2.URL(url.strip())
    except httpx2.InvalidURL as error:
        raise ConfigError("FRAMEWIRE_LLM_URL", "is no address", advice=advice) from error
    if found.scheme not in ("http", "https") or not found.host:
        raise ConfigError("FRAMEWIRE_LLM_URL", "is no http(s) address", advice=advice)
    if found.userinfo:
        raise ConfigError("FRAMEWIRE_LLM_URL", "holds a password", advice="Put it into FRAMEWIRE_LLM_KEY")
    path = found.path.rstrip("/")
    return found.copy_with(path=path if path.endswith("/chat/completions") else f"{path}/chat/completions")


def _language(text: Text) -> str:
    return identify(f"{text.title}\n{text.text}", text.language)


def _states() -> set[str]:
    return {id for id, actor in actors().items() if actor.kind == "state"}
