"""Patterns of names: how they are written in the data files, and how one is matched in a text.

A pattern is one or more words; `*` at the end of a word lets any letters follow (inflection).
A pattern that begins with a small letter also matches with a capital; one with a capital matches only that.
Both match in capitals throughout (headlines) when they have at least five letters.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

#: Length-preserving folds: typographic apostrophes, hyphens and spaces; Arabic letters that vary by keyboard.
_FOLD = str.maketrans(
    {
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u200c": " ",
        "\n": " ",
        "\t": " ",
        "\r": " ",
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "`": "'",
        "‐": "-",
        "‑": "-",
        "–": "-",
        "־": "-",
        "׳": "'",
        "״": '"',
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
        "ۀ": "ه",
    }
)
#: Signs that words may carry and names are matched without: Arabic vowels, tatweel, soft hyphen, zero-width marks.
_DROPPED = re.compile(r"[\u064b-\u0655\u0670\u0640\u00ad\u200b\u200d\u200e\u200f\u2060\ufeff\u0591-\u05c7]")
_ARABIC_CLITICS = frozenset("و ف ب ل ك ال وال فال بال لل كال ول وب فل فب ولل وك فلل".split())
_HEBREW_CLITICS = frozenset("ו ה ב ל מ ש כ וה וב ול ומ וש וכ שה שב של מה בה לה כש כשה ושה שמ לכש".split())
#: Languages whose scripts set no space between words.
UNSPACED = frozenset({"zh", "ja", "th"})
#: Particles are written to the end of a word: only its beginning is checked.
_OPEN_END = frozenset({"ko"})
_CAPITALS_FROM = 5


def fold(text: str) -> tuple[str, list[int] | None]:
    """The text as patterns see it, and where each of its characters stood (None: nothing moved)."""
    folded = text.translate(_FOLD)
    if _DROPPED.search(folded) is None:
        return folded, None
    places = [i for i, sign in enumerate(folded) if not _DROPPED.match(sign)]
    return "".join(folded[i] for i in places), places


def is_letter(sign: str) -> bool:
    """Whether the sign continues a word: letters, digits and the marks that Indic vowels are."""
    return sign.isalnum() or unicodedata.category(sign)[0] == "M"


def word_end(text: str, position: int) -> int:
    """The end of the word that `position` stands in or at."""
    while position < len(text) and is_letter(text[position]):
        position += 1
    return position


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern, split at its stars: `head` is literal, `rest` follows a star each."""

    head: str
    rest: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """From the form the data files use."""
        head, *rest = fold(text)[0].split("*")
        return cls(head, tuple(rest))

    def heads(self) -> set[str]:
        """The forms of the head that are searched for: as written, capitalised, in capitals."""
        forms = {self.head}
        if self.head[:1].islower():
            forms.add(self.head[:1].upper() + self.head[1:])
        if len(self.head) >= _CAPITALS_FROM and not self.head.isupper():
            forms.add(self.head.upper())
        return forms

    def end(self, text: str, position: int) -> int:
        """Where a match ends whose head ends at `position`; -1 where the rest does not follow."""
        for part in self.rest:
            position = word_end(text, position)
            if not text.startswith(part, position):
                return -1
            position += len(part)
        return position


def starts_word(text: str, position: int, language: str) -> bool:
    """Whether a name may begin here: at a word's start, or after the clitics of Arabic and Hebrew."""
    if position == 0 or not is_letter(text[position - 1]):
        return True
    if language in UNSPACED:
        return not _both_latin(text, position)
    clitics = {"ar": _ARABIC_CLITICS, "he": _HEBREW_CLITICS}.get(language)
    if clitics is None:
        return False
    start = position
    while start > 0 and position - start < 4 and is_letter(text[start - 1]):
        start -= 1
    return text[start:position] in clitics


def ends_word(text: str, position: int, language: str) -> bool:
    """Whether a name may end here."""
    if position >= len(text) or not is_letter(text[position]):
        return True
    return (language in UNSPACED or language in _OPEN_END) and not _both_latin(text, position)


def _both_latin(text: str, position: int) -> bool:
    """Whether a word of Latin letters or digits goes on here: IS in ISO is no name, not even in Japanese."""
    pair = text[position - 1 : position + 1]
    return pair.isascii() and pair.isalnum()
