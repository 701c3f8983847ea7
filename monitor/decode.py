"""Bytes to text, before any parser sees them.

The order is: byte order mark, strict UTF-8, the document's own declaration, the HTTP charset, a guess.
feedparser left alone turns a UTF-8 feed with one bad byte into iso-8859-2, and believes a wrong HTTP charset.
"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""", re.IGNORECASE)
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([A-Za-z0-9._:-]+)""", re.IGNORECASE)
_HTTP = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]+)", re.IGNORECASE)
#: Characters that neither XML nor UTF-8 allows, and that real feeds hold all the same; and those that nobody sees:
#: zero-width spaces, overrides and isolates of direction, which make a line read as another. The joiners stay, which
#: spell Persian and Indic words, and the plain marks of direction.
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u202a-\u202e\u2060-\u2064\u2066-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
#: Python's own codecs, which are no encodings of the web; "undefined" raises on everything.
_NO_ENCODINGS = frozenset({"undefined", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7"})
#: A UTF-8 text with fewer bad bytes than this share is UTF-8 with a fault, not another encoding.
_FAULTS = 0.002
#: The declaration stands at the beginning.
_HEAD = 2048


def decode(body: bytes, content_type: str = "") -> str:
    """The text of a document; bytes that fit no encoding become U+FFFD, control characters go."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return clean(body[len(mark) :].decode(name, "replace"))
    try:
        return clean(body.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    if _is_faulty_utf8(body):
        return clean(body.decode("utf-8", "replace"))
    for name in _named(body, content_type):
        try:
            return clean(body.decode(name))
        except UnicodeDecodeError:
            continue
    return clean(body.decode(_guess(body), "replace"))


def is_binary(body: bytes) -> bool:
    """Whether it is no text in any encoding: NUL bytes early on (as git and grep judge), and no mark of UTF-16 or 32."""
    return b"\0" in body[:8192] and not body.startswith(tuple(mark for mark, _ in _BOMS))


def _is_faulty_utf8(body: bytes) -> bool:
    text = body.decode("utf-8", "replace")
    beyond = sum(sign > "\x7f" for sign in text)
    return (
        beyond > 0
        and text.count("\ufffd") <= max(2, _FAULTS * len(text))
        and text.count("\ufffd") * 10 < beyond
    )


def _named(body: bytes, content_type: str) -> list[str]:
    """The encodings that the document and the server name, in the order they are believed."""
    found = [m[1].decode("ascii") for m in (_DECLARED.search(body[:_HEAD]), _META.search(body[:_HEAD])) if m]
    http = _HTTP.search(content_type)
    names = filter(_is_encoding, [*found, *([http[1]] if http else [])])
    # Web practice: what calls itself latin-1 is windows-1252 (WHATWG Encoding Standard).
    return [
        "windows-1252" if name.lower() in ("iso-8859-1", "latin-1", "ascii", "us-ascii") else name
        for name in names
    ]


def _is_encoding(name: str) -> bool:
    try:
        known = codecs.lookup(name)
    except LookupError:
        return False
    # What Python decodes bytes to bytes with (hex, zip) is marked as no text encoding.
    return getattr(known, "_is_text_encoding", True) and known.name.replace("_", "-") not in _NO_ENCODINGS


def _guess(body: bytes) -> str:
    best = from_bytes(body[:50_000]).best()
    return best.encoding if best else "windows-1252"


def clean(text: str) -> str:
    """The text without control and invisible characters, half surrogates and the space before it."""
    return _CONTROL.sub("", text).lstrip("\ufeff \t\r\n")
