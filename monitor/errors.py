"""Everything that Framewire raises on purpose.

Each error names the thing it is about (`key`) and says what to do (`advice`); the cause is chained.

    FramewireError
    ├── ConfigError            feeds.yaml or a setting is wrong (line number in the message)
    │   └── FileChangedError   the file changed underneath; nothing was overwritten
    ├── QueryError             the text of a search cannot be read     · start, end
    ├── FetchError             a request brought no usable answer        · weight, retry_after
    │   ├── RefusedAddressError    the address is not public, or no http(s) address
    │   ├── TimedOutError          headers, body or the whole took too long
    │   ├── TooLargeError          the body passed its cap, packed or unpacked
    │   ├── RedirectError          too many redirects, or a loop
    │   ├── BadAnswerError         the answer breaks HTTP, or its own packing
    │   ├── StatusError            an HTTP status that is no success      · status
    │   │   └── BlockedError           the server turns crawlers away
    │   ├── RobotsError            robots.txt says no, or could not be had
    │   └── BusyHostError          the host is to be left alone for a while; nothing was asked
    ├── ParseError             the document is no feed we can read
    ├── ExtractError           the page gave no article
    ├── TimeLimitError         a page or a document outlasted its time limit
    ├── WorkerDiedError        the process that worked on an item died of it
    ├── EncoderError           the encoder could not be built or loaded
    ├── ClassifierError        weights or data of the classifier do not fit
    ├── ReaderError            a second reader's endpoint gave no reading · again, retry_after
    │   └── AnswerError            it answered, but with nothing that can be used
    ├── StoreError             the database cannot be opened, migrated or written
    │   ├── NotFoundError          no such story, article, feed or actor
    │   ├── StoryChangeError       stories that cannot be merged or split so
    │   └── CursorError            a place in a list that is not one of this list
    ├── MailError              the server took no mail                    · permanent
    │   └── MailServerError        no mail can be sent at all: connection, TLS, login, sender
    └── WebhookError           a receiver of alerts took no event         · permanent
"""

from __future__ import annotations


class FramewireError(Exception):
    """The root: `key` names the thing (a URL, a path, an id), `advice` the way out."""

    advice = ""

    def __init__(self, key: str, message: str, *, advice: str | None = None) -> None:
        super().__init__(key, message)
        self.key = key
        self.message = message
        if advice is not None:
            self.advice = advice

    def __str__(self) -> str:
        text = f"{self.key}: {self.message}" if self.key else self.message
        return f"{text}. {self.advice}" if self.advice else text

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions cross process borders; keep every attribute a subclass added.
        return (_rebuild, (type(self), self.key, self.message, dict(self.__dict__)))


def _rebuild(kind: type[FramewireError], key: str, message: str, state: dict[str, object]) -> FramewireError:
    error = kind.__new__(kind)
    Exception.__init__(error, key, message)
    error.__dict__.update(state)
    return error


class ConfigError(FramewireError):
    """feeds.yaml or a setting is wrong."""


class FileChangedError(ConfigError):
    """The file changed underneath; nothing was overwritten."""

    advice = "Read it again and repeat the change"


class QueryError(FramewireError):
    """The text of a search cannot be read; what is wrong stands at `key[start:end]`, in code points."""

    def __init__(self, key: str, message: str, *, start: int, end: int, advice: str | None = None) -> None:
        super().__init__(key, message, advice=advice)
        self.start = start
        self.end = end


class FetchError(FramewireError):
    """A request brought no usable answer.

    `weight` is how much it counts against a feed: hard 1, soft 0.5, temporary 0.25
    (the weights of Media Cloud's rss-fetcher, learned on 180,000 feeds).
    `retry_after` is the server's wish in seconds, where it gave one.
    """

    weight = 0.5

    def __init__(
        self, key: str, message: str, *, retry_after: float | None = None, advice: str | None = None
    ) -> None:
        super().__init__(key, message, advice=advice)
        self.retry_after = retry_after


class RefusedAddressError(FetchError):
    """The address is not public, or no http(s) address."""

    weight = 1.0
    advice = "List the host under `private_hosts` in the settings if it is yours"


class TimedOutError(FetchError):
    """Headers, body or the whole took too long."""

    weight = 0.25


class TooLargeError(FetchError):
    """The body passed its cap."""

    weight = 1.0


class RedirectError(FetchError):
    """Too many redirects, or a loop."""

    weight = 1.0


class BadAnswerError(FetchError):
    """The answer breaks HTTP, or its own packing."""


class StatusError(FetchError):
    """An HTTP status that is no success."""

    def __init__(self, key: str, status: int, *, retry_after: float | None = None) -> None:
        super().__init__(key, f"the server answered {status}", retry_after=retry_after)
        self.status = status
        self.weight = 0.25 if status in (408, 425, 429, 500, 502, 503, 504, 522, 524) else 1.0


class BlockedError(StatusError):
    """The server turns crawlers away: a rule, a login, a challenge for browsers."""

    advice = "Write to its operator; Framewire does not go round a block"

    def __init__(self, key: str, status: int, who: str, *, retry_after: float | None = None) -> None:
        super().__init__(key, status, retry_after=retry_after)
        self.message = f"the server answered {status}: {who}"
        self.weight = 1.0


class RobotsError(FetchError):
    """robots.txt says no; where it could not be had (RFC 9309: that means no), `retry_after` is set."""

    weight = 0.0


class BusyHostError(FetchError):
    """The host asked to be left alone until later (429, Retry-After), or its turn is far off; nothing was asked."""

    weight = 0.0


class ParseError(FramewireError):
    """The document is no feed we can read."""

    advice = "Open the address in a browser: is it the feed itself, or a page about it?"


class ExtractError(FramewireError):
    """The page gave no article."""


class TimeLimitError(FramewireError):
    """A page or a document outlasted its time limit."""


class WorkerDiedError(FramewireError):
    """The process that worked on an item died of it: it crashed, or hung and was ended."""


class EncoderError(FramewireError):
    """The encoder could not be built or loaded."""


class ClassifierError(FramewireError):
    """Weights or data of the classifier do not fit."""


class ReaderError(FramewireError):
    """A second reader's endpoint gave no reading.

    `again` says whether asking again can help, `retry_after` is the server's wish in seconds, where it gave one.
    """

    advice = "Frames are read without it too: leave out `--reader llm`"

    def __init__(
        self,
        key: str,
        message: str,
        *,
        again: bool = False,
        retry_after: float | None = None,
        advice: str | None = None,
    ) -> None:
        super().__init__(key, message, advice=advice)
        self.again = again
        self.retry_after = retry_after


class AnswerError(ReaderError):
    """The endpoint answered, but with nothing that can be used."""

    advice = "Try another model: it must follow a JSON schema"


class StoreError(FramewireError):
    """The database cannot be opened, migrated or written."""


class NotFoundError(StoreError):
    """No such story, article, feed or actor."""


class StoryChangeError(StoreError):
    """Stories that cannot be merged or split so."""


class CursorError(StoreError):
    """A place in a list that is not one of this list."""


class MailError(FramewireError):
    """The server took no mail; `permanent` says whether trying again can help."""

    def __init__(self, key: str, message: str, *, permanent: bool) -> None:
        super().__init__(key, message)
        self.permanent = permanent


class MailServerError(MailError):
    """No mail can be sent at all now: connection, TLS, login or sender; no reader is to blame."""

    def __init__(self, key: str, message: str, *, advice: str | None = None) -> None:
        super().__init__(key, message, permanent=False)
        self.advice = advice or "Check the settings FRAMEWIRE_SMTP_*"


class WebhookError(FramewireError):
    """A receiver of alerts took no event; `permanent` says whether trying again can help."""

    def __init__(self, key: str, message: str, *, permanent: bool) -> None:
        super().__init__(key, message)
        self.permanent = permanent
