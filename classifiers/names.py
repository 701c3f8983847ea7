"""Names a text introduces itself: "Hungary's foreign minister Tibor Halmosy said … Halmosy added".

Only scripts with capitals show where a name begins, so only they are read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from classifiers.actors import Mention

#: Stems of offices in the languages with capitals; a name directly after one is its holder.
_OFFICE = re.compile(
    r"(?i)(?:minist|präsident|presid|prezid|prezyd|présid|premier|kanzler|chancell|cancil|spokes|sprecher|woordvoerder|"
    r"porte-parole|portavoz|portavoce|porta-voz|rzeczni|sözcü|bakan|başkan|cumhurbaşkan|elçi|ambassad|ambasad|botschaft|"
    r"embaja|embaixa|general|admiral|amiral|secretar|sekret|kommand|command|komutan|chief|chef|leider|leader|lider|líder|"
    r"envoy|gezant|gesandt|delegat|vertreter|vertegenwoordig|represent|koning|king|emir|"
    r"министр|міністр|президент|председател|голова|глав[аы]|премьер|прем'єр|канцлер|спикер|речни|портпарол|"
    r"представител|посол|посл|генерал|секретар|командующ|шеф|лидер|лідер|министар|амбасадор|председник)\w*\s*,?\s*$"
)
_NAME = re.compile(
    r"((?:[A-ZÀ-ÖØ-ÞĀ-ŽȘȚİŞĞÇÖÜА-ЯЁІЇЄҐЂЈЉЊЋЏ][\w'’-]+|(?:al|el|van|von|de|der|den|bin|ibn|da|dos|di|du|le|la)(?=\s))\s+){1,3}"
    r"[A-ZÀ-ÖØ-ÞĀ-ŽȘȚİŞĞÇÖÜА-ЯЁІЇЄҐЂЈЉЊЋЏ][\w'’-]+"
)
#: Between the actor and the office: "Hungary's foreign minister", "Ungarns Außenminister", "président du Tchad".
_REACH = 60
#: Letters that a surname may take at its end in the inflecting languages.
_ENDING = {"ru": 3, "uk": 3, "pl": 3, "sr": 3}


def learned_mentions(text: str, mentions: Sequence[Mention], language: str) -> list[Mention]:
    """Mentions of the people whom the text introduces by office and actor, the introduction included."""
    surnames: dict[str, str] = {}
    for mention in mentions:
        found = _introduced(text, mention, mentions)
        if found:
            surnames.setdefault(found, mention.actor)
    hits = []
    for surname, actor in surnames.items():
        ending = rf"\w{{0,{_ENDING[language]}}}" if language in _ENDING else ""
        pattern = rf"(?<!\w){re.escape(surname)}{ending}(?!\w)"
        hits += [Mention(m.start(), m.end(), actor, "holder") for m in re.finditer(pattern, text)]
    return sorted(hits, key=lambda hit: hit.start)


def _introduced(text: str, mention: Mention, mentions: Sequence[Mention]) -> str | None:
    """The surname of the person whom "<actor> … <office> <Name>" introduces right after the mention."""
    if mention.kind == "holder":
        return None
    after = text[mention.start : mention.end + _REACH]
    for match in _NAME.finditer(after, mention.end - mention.start):
        before = after[: match.start()]
        if not _OFFICE.search(before) or re.search(r"[.!?;:»”\n]", before[mention.end - mention.start :]):
            continue
        start, end = mention.start + match.start(), mention.start + match.end()
        if any(other.start < end and other.end > start for other in mentions):
            return None
        surname = match.group().split()[-1]
        return re.sub(r"['’]\w*$", "", surname) if len(surname) > 3 else None
    return None
