"""The actor tables: whole, reachable, unambiguous; and what they find in sentences of every language."""

from __future__ import annotations

import csv
import time
from collections import Counter, defaultdict
from datetime import date

import pytest

from classifiers.actors import DATA, LANGUAGES, _holders, _table, actors, finder, name_of


def ids(text, language="en", day=None):
    return [mention.actor for mention in finder(language).find(text, day)]


def test_every_group_and_at_least_190_states_are_known():
    known = actors()
    assert sum(actor.kind == "state" for actor in known.values()) >= 190
    assert {"KURDS", "SDF", "ISIS", "WEST", "NATO", "UN", "OUTLET"} <= known.keys()
    assert name_of("RUS") == "Russia"
    assert name_of("???") == "???"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_actor_has_a_name_in_every_language(language):
    with (DATA / "names" / f"{language}.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert {row["id"] for row in rows} == actors().keys() - {"OUTLET"}
    assert all(row["names"] for row in rows)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_is_reachable_and_belongs_to_one_actor(language):
    owners = defaultdict(set)
    unreachable = []
    for name in _table(language):
        if name.kind != "holder":
            owners[name.pattern].add(name.actor)
        text = name.pattern.head + "".join(name.pattern.rest)
        if (name.unless_before or name.unless_after) is None and name.actor not in ids(text, language):
            unreachable.append(text)
    assert {pattern: found for pattern, found in owners.items() if len(found) > 1} == {}
    # A name inside a longer name of another actor is reachable only with other words around it.
    assert len(unreachable) <= 5, unreachable[:20]


def test_office_holders_have_dates_that_make_sense():
    with (DATA / "office_holders.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(rows) >= 600
    assert max(Counter(row["key"] for row in rows).values()) == 1
    assert {row["state"] for row in rows} <= actors().keys()
    assert all(not row["to"] or row["from"] <= row["to"] for row in rows)
    assert all(name.since for name in _holders("en"))


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("en", "The Kremlin accused Washington; Turkish jets left Incirlik.", ["RUS", "USA", "TUR"]),
        ("en", "We ate turkey in the Georgia Republican caucus.", []),
        ("en", "Kinshasa and Kigali trade blame", ["COD", "RWA"]),
        ("en", "South Sudan and Sudan", ["SSD", "SDN"]),
        ("nl", "Poetin wijt dit aan de lakse houding van de Koerden en Amerikanen.", ["RUS", "KURDS", "USA"]),
        ("ru", "Кремль возложил вину на курдов и американцев", ["RUS", "KURDS", "USA"]),
        ("uk", "Київ звинуватив росіян", ["UKR", "RUS"]),
        ("de", "Das Auswärtige Amt wirft den Taliban vor", ["DEU", "TALIBAN"]),
        ("fr", "L'Élysée accuse Bamako", ["FRA", "MLI"]),
        ("es", "La cancillería venezolana culpa a Colombia", ["VEN", "COL"]),
        ("tr", "Ankara, YPG'yi ve ABD'yi suçladı", ["TUR", "YPG", "USA"]),
        ("ar", "واتهمت دمشق الولايات المتحدة وإسرائيل", ["SYR", "USA", "ISR"]),
        ("fa", "تهران آمریکا و اسرائیل را مقصر دانست", ["IRN", "USA", "ISR"]),
        ("he", "איראן האשימה את ישראל", ["IRN", "ISR"]),
        ("zh", "外交部指责美方和日本", ["USA", "JPN"]),
        ("ja", "北朝鮮は米国を非難した", ["PRK", "USA"]),
        ("ko", "북한은 미국 탓으로 돌렸다", ["PRK", "USA"]),
        ("hi", "भारत ने पाकिस्तान पर आरोप लगाया", ["IND", "PAK"]),
        ("pl", "Warszawa oskarża Rosję i Białoruś", ["POL", "RUS", "BLR"]),
        ("sr", "Београд криви Приштину", ["SRB", "XKX"]),
        ("pt", "Brasília culpa a Venezuela", ["BRA", "VEN"]),
        ("it", "Roma accusa la Libia", ["ITA", "LBY"]),
    ],
)
def test_what_is_found(language, text, found):
    assert ids(text, language) == found


def test_a_name_means_the_state_it_spoke_for_on_the_day():
    text = "Poroshenko blamed the separatists"
    assert ids(text, day=date(2016, 5, 1))[0] == "UKR"
    assert "UKR" not in ids(text, day=date(2023, 5, 1))


def test_places_are_those_of_the_text():
    text = "قالت مِصْر إن إثيوبيا"
    mentions = finder("ar").find(text)
    assert [text[m.start : m.end] for m in mentions] == ["مِصْر", "إثيوبيا"]


def test_a_language_without_tables_falls_back_on_babel():
    assert "RUS" in ids("Rusia na Ukraine", "sw") or "UKR" in ids("Rusia na Ukraine", "sw")
    assert ids("Venäjä syytti Ukrainaa", "fi")[:1] == ["RUS"]


def test_cost_grows_with_the_text_only():
    """Twice the text takes about twice the work: no pattern is tried at every place."""
    text = "The foreign ministry in Moscow said on Monday that Kyiv was to blame for the attack. " * 200
    search = finder("en")
    search.find(text)

    def work(times: int) -> float:
        start = time.process_time()
        search.find(text * times)
        return time.process_time() - start

    assert work(8) < 40 * max(work(1), 1e-3)
