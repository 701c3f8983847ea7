"""How names are matched: stars, case, boundaries of each script, folding with places kept."""

import pytest

from classifiers.patterns import Pattern, ends_word, fold, starts_word


def matches(pattern: str, text: str, language: str = "en") -> list[str]:
    parsed = Pattern.parse(pattern)
    folded, _ = fold(text)
    found = []
    for head in parsed.heads():
        start = folded.find(head)
        while start >= 0:
            end = parsed.end(folded, start + len(head))
            if end > 0 and starts_word(folded, start, language) and ends_word(folded, end, language):
                found.append(folded[start:end])
            start = folded.find(head, start + 1)
    return found


@pytest.mark.parametrize(
    ("pattern", "text", "language", "found"),
    [
        ("Russia*", "Russians in Russia", "en", ["Russians", "Russia"]),
        ("Russia", "Russians", "en", []),
        ("россий*", "Российские войска", "ru", ["Российские"]),
        ("Turkey", "a turkey dinner", "en", []),
        ("Саудовск* Арави*", "власти Саудовской Аравии", "ru", ["Саудовской Аравии"]),
        ("Rusya", "Rusya'nın tepkisi", "tr", ["Rusya"]),
        ("Rusya", "Rusya’nın tepkisi", "tr", ["Rusya"]),
        ("روسي*", "والروسية", "ar", ["روسيه"]),
        ("روسي*", "عروسي", "ar", []),
        ("أوكرانيا", "لاوكرانيا", "ar", ["اوكرانيا"]),
        ("רוסיה", "מרוסיה", "he", ["רוסיה"]),
        ("איראן", "ישראל־איראן", "he", ["איראן"]),
        ("俄罗斯", "与俄罗斯外长", "zh", ["俄罗斯"]),
        ("러시아", "러시아는", "ko", ["러시아"]),
        ("भारत", "भारतीय", "hi", []),
        ("भारत*", "भारतीय", "hi", ["भारतीय"]),
        ("Ukraine", "UKRAINE ACCUSES", "en", ["UKRAINE"]),
        ("Iran", "IRAN", "en", []),
    ],
)
def test_matching(pattern, text, language, found):
    assert sorted(matches(pattern, text, language)) == sorted(found)


def test_folding_keeps_places():
    text = "مِصْر said\u200b so"
    folded, places = fold(text)
    assert folded == "مصر said so"
    assert places is not None
    assert [text[i] for i in places] == list(folded)


def test_plain_text_is_not_copied():
    assert fold("plain")[1] is None
