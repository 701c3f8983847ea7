"""Texts as the word index sees them, so that a search finds a word however it is written. Pure.

Case, accents, vowel points and presentation forms are dropped; scripts that put no spaces between words are
split into their signs, which a search asks for as a phrase. What stands in the index was folded by this module:
a change here needs a migration that indexes every text anew.
"""

from __future__ import annotations

import re
import unicodedata

#: Arabic and Hebrew points, tatweel, and the dot that İ leaves behind when it is folded.
_DROPPED = re.compile(
    "[\u064b-\u0652\u0670\u0640\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0307\u200c\u200d]"
)
#: Letters that writers of one language use for each other: alef, yeh and kaf of Arabic and Persian, Russian ё.
_SAME = str.maketrans("أإآٱىیېةکёı", "اااايييهكеi")
#: Han, kana, Thai, Lao, Myanmar, Khmer.
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f])"
)


def fold(text: str) -> str:
    """The text with one form for each word; words stand between spaces or signs that are no letters."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _UNSPACED.sub(r" \1 ", _DROPPED.sub("", plain).translate(_SAME))
