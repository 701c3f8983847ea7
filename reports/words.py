"""Words and marks for people: names of languages, stances and times, clean text, safe addresses. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from functools import cache

from babel import Locale

from monitor.model import FRAME_KINDS, FrameKind, OutletKind, Stance
from monitor.urls import is_web_address

STANCE_WORDS: dict[Stance, str] = {"blames": "blames", "denies": "denies", "accepts": "accepts blame"}
OUTLET_WORDS: dict[OutletKind, str] = {
    "state_media": "state media",
    "government": "government",
    "public": "public broadcaster",
    "independent": "independent",
    "exile": "exile outlet",
    "agency": "news agency",
}
#: What each kind of responsibility says of its target (BLAME.md).
KIND_WORDS: dict[FrameKind, str] = {
    "negligence": "failed to act, let it happen, was incompetent, lax or indifferent",
    "aggression": "attacked, invaded, occupies, started or provoked violence or war",
    "atrocity": "killed or harmed civilians, war crimes, genocide, torture, banned weapons",
    "terrorism": "committed, sponsored, armed or sheltered terrorism",
    "repression": "abused rights, persecuted, jailed, censored",
    "subversion": "interfered, plotted a coup, spied, hacked, sabotaged, incited",
    "deception": "lied, fabricated, staged, spread propaganda, has double standards",
    "violation": "broke a law, treaty, ceasefire, agreement, airspace or sovereignty",
    "obstruction": "blocked talks, aid, an inquiry or peace; acted in bad faith",
    "coercion": "put pressure by sanctions, blockade, blackmail or threats",
    "corruption": "crime for gain: graft, trafficking, fraud",
    "other": "none of these",
}
#: Gravest first, by the rule of BLAME.md for several kinds in one frame.
GRAVITY: tuple[FrameKind, ...] = (
    "atrocity",
    "terrorism",
    "aggression",
    "repression",
    *(kind for kind in FRAME_KINDS if kind not in ("atrocity", "terrorism", "aggression", "repression")),
)
DOUBT = "the text itself doubts this"

_RTL = frozenset("ar arc ckb dv fa he ks ku-arab ps sd ug ur uz-arab yi".split())
#: Controls that end lines or reorder what stands around them. Joiners (Persian, Hindi) and the marks that only
#: order their neighbours stay.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_SPACE = re.compile(r"\s+")


def clean(text: str) -> str:
    """Text that can stand in a line: no line ends, controls or bidi overrides, single spaces."""
    return _SPACE.sub(" ", _UNSAFE.sub("", _SPACE.sub(" ", text))).strip()


def printable(text: str) -> str:
    """The text without controls and bidi overrides, its spaces and line ends kept."""
    return _UNSAFE.sub("", text)


def shorten(text: str, length: int) -> str:
    """Clean text of at most `length` characters, cut at a space where one is near."""
    text = clean(text)
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    space = cut.rfind(" ")
    return f"{cut[:space] if space > length * 3 // 4 else cut}…"


def direction(language: str) -> str:
    """The writing direction of a language: `rtl` or `ltr`."""
    low = language.lower()
    return "rtl" if low in _RTL or low.split("-")[0] in _RTL else "ltr"


@cache
def language_name(language: str | None) -> str:
    """The English name of a language; its code where Babel knows none."""
    if not language:
        return "unknown language"
    names = Locale("en").languages
    return str(names.get(language.replace("-", "_")) or names.get(language.split("-")[0]) or language)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: `1 report`, `2 reports`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listing(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def day_words(day: date) -> str:
    """`5 October 2026`."""
    return f"{day.day} {day:%B %Y}"


def moment_words(moment: datetime) -> str:
    """`5 Oct 2026, 07:30 UTC`."""
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def span_words(first: datetime, last: datetime) -> str:
    """The days from first to last: `5 October 2026`, `5–6 October 2026`, `30 September – 2 October 2026`."""
    if first.date() == last.date():
        return day_words(first.date())
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day_words(last.date())}"
    start = f"{first.day} {first:%B}" if first.year == last.year else day_words(first.date())
    return f"{start} – {day_words(last.date())}"


def later_words(gap: timedelta) -> str:
    """How much later: `+0 min`, `+50 min`, `+5 h 45 min`, `+2 d 3 h`."""
    minutes = max(0, int(gap.total_seconds() // 60))
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    big, small = ((days, "d"), (hours, "h")) if days else ((hours, "h"), (minutes, "min"))
    return "+" + (" ".join(f"{number} {unit}" for number, unit in (big, small) if number) or "0 min")


def upper_first(text: str) -> str:
    """The text with a capital at its start, the rest as it is."""
    return text[:1].upper() + text[1:]


def safe_link(url: str) -> str | None:
    """The address where it is an http(s) one; None for anything that must stay text."""
    return url if is_web_address(url) and not _UNSAFE.search(url) else None


def slug(title: str) -> str:
    """The words of a title as the readable end of an address; empty where it has no Latin letters."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:60].strip("-")
