"""What kind of page an article is: a report of one event, or one that would glue events together.

Live blogs, op-eds, round-ups and index pages speak of many events or of none; each stands alone, outside the
stories. Judged by the words that outlets put into titles and addresses for their readers (`genres.tsv`), because
these are promises; nothing is guessed from the text. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

#: Patterns by (genre, where).
_Markers = dict[tuple[str, str], re.Pattern[str]]
Genre = Literal["report", "live", "opinion", "roundup", "index", "empty"]
MARKERS = Path(__file__).with_name("genres.tsv")
#: Fewer letters than this in title and text together tell no event: "Breaking", "Без имени".
LEAST_LETTERS = 12
#: The same for scripts that write a word in one or two signs.
LEAST_DENSE = 6
#: A name of an outlet beside the name of an index page has at most so many words.
_NAME_WORDS = 4

_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
#: What stands between the parts of a title. A hyphen counts only between spaces.
_BREAK = re.compile(
    r"\s*(?:[:：|｜¦–—―‒•·/\\\[\]【】〖〗「」『』()（）«»‹›“”\"!！]|\s[-~]\s|[,，、](?=\s))\s*"
)
_COLON = re.compile("[:：]")
#: Languages that share another's words.
_SAME = {"hr": "sr", "bs": "sr", "cnr": "sr", "sh": "sr", "iw": "he", "be": "ru"}
#: Words in addresses, by genre; a segment of the path must be the word, or the word must be one of a slug's ends.
_LIVE = re.compile(
    r"/(?:live|liveblogs?|live-blogs?|live-news|live-updates?|liveticker|en-direct|direct|en-vivo|ao-vivo|aovivo|"
    r"online-translyaciya)/|[-/](?:live-updates?|liveblog|live-blog|liveticker|newsblog)(?:[-/.]|$)"
)
_OPINION = re.compile(
    r"/(?:opinions?|op-?ed|commentisfree|editorials?|columnists?|columns?|letters|viewpoints?|opinie|opiniao|opinione?|"
    r"opinioni|opinion-?pieces|editoriali|meinung|kommentare?|kolumnen?|gastbeitraege|leitartikel|tribunes?|idees|"
    r"chroniques|editos?|columnas?|tribuna|firmas|mnenie|mneniya|opinions-[a-z]+|kolonka|kolonki|dumka|dumky|blogs?/opinion|"
    r"komentarze|felietony|kolumne|komentari|stavovi|yazarlar|kose-yazilari|gorus|yorum|opinyon|ray|shasetsu|shasetu|"
    r"editorial-page|sasul|column)/"
)
_ROUNDUP = re.compile(
    r"/(?:briefings?|newsletters?|morning-briefing|press-review|revue-de-presse|rassegna-stampa|presseschau|"
    r"przeglad-prasy|digest|obzor-pressy)/"
)
_SECTION = re.compile(
    r"/(?:tags?|topics?|themen?|themes?|temas?|temi|categor(?:y|ies)|categorie|categoria|rubrics?|rubriques?|rubrik|"
    r"rubrika|sections?|authors?|auteurs?|autores?|archives?|archiv|arhiv|search|suche|etiqueta|etiquetas|dossiers?|"
    r"konu|etiket|kategori|page)/[^/]*/?$"
)
_FRONT = re.compile(r"/(?:[a-z]{2}(?:-[a-z]{2})?/)?(?:[a-z]{2})?(?:(?:index|default|home)(?:\.\w+)?/?)?")
#: A slug of this many words is a headline, even below /category/.
_HEADLINE_WORDS = 5


def genre_of(
    title: str, *, language: str = "en", url: str = "", flags: Iterable[str] = (), length: int = 0
) -> Genre:
    """The kind of an article by its title, its address, its flags and the length of its text in characters.

    A language without markers of its own is read with the English ones.
    """
    path = _path(url)
    if path and _FRONT.fullmatch(path):
        return "index"
    # Behind a consent wall the text, if there is one, is the wall's.
    if _too_little(title, 0 if "consent" in flags and "feed_only" not in flags else length):
        return "empty"
    plain = _plain(title)
    parts = [part for part in _BREAK.split(plain) if part]
    for genre in ("live", "roundup", "opinion", "index"):
        if _says(plain, parts, _markers(language), genre):
            return genre
    return _by_address(path)


def _says(plain: str, parts: Sequence[str], markers: _Markers, genre: Genre) -> bool:
    anywhere, part, tail, whole = (markers.get((genre, where)) for where in ("any", "part", "tail", "whole"))
    if anywhere and anywhere.search(plain):
        return True
    if part and parts and (part.fullmatch(parts[0]) or part.fullmatch(parts[-1])) and len(parts) > 1:
        return True
    if tail and any(tail.search(one) for one in parts[:-1]):
        return True
    return bool(whole and parts and whole.fullmatch(parts[0]) and _names_outlet(plain, parts[1:]))


def _names_outlet(plain: str, rest: Sequence[str]) -> bool:
    """Whether what follows an index page's name can be an outlet's name: few words, and no colon before them."""
    words = sum(len(part.split()) for part in rest)
    return words <= _NAME_WORDS and not (rest and _COLON.search(plain))


def _by_address(path: str) -> Genre:
    if _LIVE.search(path):
        return "live"
    if _OPINION.search(path):
        return "opinion"
    if _ROUNDUP.search(path):
        return "roundup"
    last = path.rstrip("/").rpartition("/")[2]
    if (
        _SECTION.search(path)
        and len(re.split("[-_]", last)) < _HEADLINE_WORDS
        and not re.search(r"\d{4}", last)
    ):
        return "index"
    return "report"


def _path(url: str) -> str:
    """The path of an address, decoded and in small letters; empty for none, and for a front page with a query.

    `/?p=123` is an article of many a small site.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    path = unquote(parts.path or "/").casefold()
    return "" if not parts.netloc or (parts.query and _FRONT.fullmatch(path)) else path


def _letters(text: str) -> int:
    return sum(character.isalpha() for character in text)


def _too_little(title: str, length: int) -> bool:
    """Whether title and text together are too little to tell an event; a text may only repeat the title."""
    if length > max(len(title), LEAST_LETTERS):
        return False
    dense = len(_DENSE.findall(title))
    if dense > len(title) / 3:
        return _letters(title) < LEAST_DENSE
    return len(title.split()) < 2 or _letters(title) < LEAST_LETTERS


def _plain(text: str) -> str:
    """Folded, in one form, with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("’", "'").split())


@cache
def _markers(language: str) -> _Markers:
    """A pattern by (genre, where): the language's own markers and the English ones."""
    base = language.split("-")[0].casefold()
    wanted = {_SAME.get(base, base), "en"}
    words: dict[tuple[str, str], list[str]] = {}
    for row_language, genre, where, marker in _rows():
        if row_language in wanted:
            words.setdefault((genre, where), []).append(_pattern(marker))
    return {
        key: re.compile("|".join(found) if key[1] != "tail" else f"(?:{'|'.join(found)})$")
        for key, found in words.items()
    }


def _pattern(marker: str) -> str:
    plain = re.escape(_plain(marker))
    return plain if _DENSE.search(marker) else rf"(?<!\w){plain}(?!\w)"


@cache
def _rows() -> tuple[tuple[str, str, str, str], ...]:
    lines = MARKERS.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return tuple((language, genre, where, marker) for language, genre, where, marker in rows)
