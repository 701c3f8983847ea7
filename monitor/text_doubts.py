"""What makes an extracted text doubtful, judged from its words: short, consent, paywall, list.

The flags are kept with the article, shown beside it, and decide what of it is read for blame (`NO_REPORT`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: A text shorter than this is no article by itself (letters; scripts without spaces say more in fewer).
SHORT, SHORT_DENSE = 250, 90
#: A text behind a wall is its opening: a few paragraphs. What is longer is the article, whatever its foot says.
WALLED = 1500
#: A list page: so many lines, of which so many are headlines (short, and without a sentence's end).
LIST_LINES, LIST_SHARE, HEADLINE = 8, 0.7, 150
#: Flags of pages that are the site's words, not a report.
NO_REPORT = frozenset(("consent", "list"))

_DENSE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_CONSENT = re.compile(
    r"(?i)\b(?:we (?:and our partners )?use cookies|accept (?:all )?cookies|cookie(?:s)? (?:policy|consent|einstellungen)|"
    r"wij gebruiken cookies|nous utilisons des cookies|utilizamos cookies|verwenden cookies|utilizziamo i cookie|"
    r"używamy plików cookie|bruker informasjonskapsler|använder cookies|"
    r"используем (?:файлы )?cookie|використовуємо (?:файли )?cookie|çerez(?:ler)? kullan|"
    r"enable javascript|включите javascript|verify you are human|checking your browser|are you a robot)"
    r"|クッキーを使用|使用cookie|쿠키를 사용|نستخدم ملفات تعريف الارتباط"
)
_PAYWALL = re.compile(
    r"(?i)\b(?:subscribe to (?:continue|read|unlock)|already a subscriber|subscribers only|sign in to read|"
    r"this (?:article|content) is (?:only )?(?:for|available to) (?:our )?subscribers|log in om verder|"
    r"alleen voor abonnees|réservé aux abonnés|abonnez-vous pour|weiterlesen mit|nur für abonnenten|"
    r"solo para suscriptores|exclusivo para (?:suscriptores|assinantes)|contenuto riservato agli abbonati|"
    r"tylko dla (?:prenumeratorów|subskrybentów)|по подписке|только для подписчиков|abonelere özel)"
    r"|会員限定|有料会員|仅限会员|仅限订阅用户|구독자 전용|للمشتركين فقط"
)
_ENDS = tuple(".!?…。！？؟।։:\"”»’')]")


def is_report(flags: Iterable[str]) -> bool:
    """Whether an article's text is a report: of one that is none, only the title is read for blame.

    Where the feed's words stand for the page (`feed_only`), the other flags say why.
    """
    found = set(flags)
    return "feed_only" in found or not NO_REPORT & found


def doubts(text: str, *, closed: bool = False) -> tuple[str, ...]:
    """The flags of a text; `closed` where the page itself says that it is not free to read."""
    found = []
    if is_short(text):
        found.append("short")
    if _CONSENT.search(text[:400]):
        found.append("consent")
    if len(text) < WALLED and (closed or _PAYWALL.search(text[-600:])):
        found.append("paywall")
    if is_list(text):
        found.append("list")
    return tuple(found)


def is_short(text: str) -> bool:
    """Whether a text is too short to be an article."""
    dense = len(_DENSE.findall(text))
    return len(text) < (SHORT_DENSE if dense > 0.2 * len(text) else SHORT)


def is_list(text: str) -> bool:
    """Whether a text is a page of headlines."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    headlines = sum(len(line) < HEADLINE and not line.endswith(_ENDS) for line in lines)
    return len(lines) >= LIST_LINES and headlines >= LIST_SHARE * len(lines)
