"""Lines of a page that are no part of its report: pointers to other reports, pleas to subscribe, notices of players.

They cost precision, and a headline that is only pointed at would be read as this outlet's word.
"""

from __future__ import annotations

import re

#: A longer line is a paragraph, however it begins.
_LONGEST = 220
#: How pointers to other reports begin, in the languages of our feeds; a colon, a dash or a bracket follows.
_POINTERS = (
    "read more|read also|read next|see also|see more|related|related (?:stories|articles|news|coverage|content)|more on this|"
    "recommended|watch|listen|also read|don['’]t miss|more news|further reading|more from|"
    "lesen sie auch|lesen sie mehr|mehr zum thema|lesetipp|auch interessant|siehe auch|mehr dazu|"
    "lire aussi|à lire aussi|voir aussi|lire la suite|à voir aussi|lees ook|bekijk ook|lees meer|"
    "lea también|lee también|te puede interesar|vea también|más información|ver también|"
    "leia também|leia mais|veja também|saiba mais|leggi anche|approfondisci|guarda anche|"
    "czytaj też|czytaj także|zobacz też|zobacz także|przeczytaj także|läs också|läs även|les også|læs også|lue myös|"
    "citește și|čtěte také|čítajte aj|olvassa el|pročitajte (?:još|i)|прочитајте и|"
    "читайте также|читать далее|смотрите также|по теме|читайте також|читайте ще|дивіться також|чытайце таксама|"
    "ayrıca okuyun|ilgili haber(?:ler)?|bunlar da ilginizi çekebilir|"
    "اقرأ أيضا|اقرأ أيضاً|إقرأ أيضا|طالع أيضا|شاهد أيضا|اقرأ المزيد|بیشتر بخوانید|همچنین بخوانید|مطالب مرتبط|"
    "קראו גם|यह भी पढ़ें|ये भी पढ़ें|इसे भी पढ़ें|baca juga|lihat juga|xem thêm|"
    "関連記事|あわせて読みたい|延伸閱讀|延伸阅读|相关阅读|相關新聞|相关新闻|更多新聞|관련기사|관련 기사"
)
_POINTER = re.compile(rf"(?i)^\W*(?:{_POINTERS})\s*(?:[:：|\-–—>»\[(]|$)")
#: Lines that are never a report's, from their beginning.
_NOTICES = (
    "click here to|sign up (?:for|to)|subscribe to (?:our|the)|like this story\\? share|if you enjoyed this article|"
    "follow us on|download our app|get the .{1,30} app|enable javascript|your browser does not support|also on rt\\.com|"
    "this article (?:was originally|originally) (?:published|appeared)|copyright ©|© ?\\d{4}|all rights reserved|"
    "externer inhalt nicht verfügbar|deine privatsphäre-einstellungen|zur anzeige aktiviere|empfohlener redaktioneller inhalt|"
    "an dieser stelle finden sie|abonnieren sie|подписывайтесь на|подпишитесь на|підписуйтесь на|"
    "abonnez-vous à|inscrivez-vous|suscríbete a|inscreva-se|iscriviti alla|zapisz się|abone ol"
)
_NOTICE = re.compile(rf"(?i)^\W*(?:{_NOTICES})")
#: A headline in capitals that points elsewhere ends in a mark such as [VIDEO] or [INSIGHT].
_MARKED = re.compile(r"\[(?:[A-Z]{4,}|Video|Photos)\]\W*$")


def without_noise(text: str) -> str:
    """The text without lines that only point elsewhere or ask for something."""
    return "\n".join(line for line in text.split("\n") if not is_noise(line)).strip()


def is_noise(line: str) -> bool:
    """Whether a line is no part of the report."""
    line = line.strip()
    if not line or len(line) > _LONGEST:
        return False
    return bool(_POINTER.match(line) or _NOTICE.match(line) or _MARKED.search(line))
