"""The benches: each one is whole, and counts right on three documents of our own."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from monitor.errors import ClassifierError
from monitor.model import Reading
from tests.bench import actors_speed, frames, frames_speed, plover, rusentrel, unscon
from tests.bench.__main__ import benches, main
from tests.bench.naming import actor_of
from tests.bench.result import result
from tests.fakes import frame

BENCHES = benches()


class Scripted:
    """Reads what it was told to, by the id of the text."""

    name = "scripted"

    def __init__(self, **told):
        self.told = told

    def read(self, text):
        found = [
            frame(blamer, target, stance=(*rest, "blames")[0], evidence=text.text)
            for blamer, target, *rest in self.told.get(text.id, [])
        ]
        return Reading(classifier=self.name, language=text.language, frames=tuple(found))

    def read_many(self, texts):
        return [self.read(text) for text in texts]


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def counts(found):
    """(right, found, gold) by the label of the row."""
    return {row[0]: tuple(row[4:7]) for row in found["rows"]}


@pytest.mark.parametrize("name", BENCHES)
def test_every_bench_is_whole(name):
    bench = BENCHES[name]
    first, *rest = bench.__doc__.splitlines()
    assert first.endswith((".", ":"))
    assert not rest or rest[0] == ""
    assert callable(bench.run)
    assert all(hasattr(path, "exists") for path in bench.NEEDS)


def test_the_benches_of_the_issue_are_there():
    assert {
        "frames",
        "unscon",
        "rusentrel",
        "plover",
        "frames_speed",
        "actors_speed",
        "extraction",
    } <= BENCHES.keys()


def test_frames(tmp_path):
    label = {"stance": "blames", "kind": "other", "caveat": False, "evidence": "a"}
    gold = write_lines(
        tmp_path / "gold.jsonl",
        [
            {"id": "a", "lang": "en", "text": "a", "frames": [{"blamer": "RUS", "target": "USA", **label}]},
            {"id": "b", "lang": "en", "text": "a", "frames": [{"blamer": "IRN", "target": "ISR", **label}]},
            {"id": "c", "lang": "nl", "text": "c", "frames": []},
        ],
    )
    seed = tmp_path / "seed.txt"
    seed.write_text("s")
    reader = Scripted(a=[("RUS", "USA")], c=[("RUS", "USA")], seed=[("RUS", "USA")])
    rows = {row[0]: row[1:] for row in frames.run(gold, reader, seed)["rows"]}
    assert tuple(rows["frames"][:6]) == ("50.0", "50.0", "50.0", 1, 2, 2)
    assert rows["documents without blame that got a frame"][2] == "100.0"
    assert rows["seed.txt: both frames, caveat"][2] == "0.0"
    assert rows["published: Liang 2019"][2] == "69.9"


def test_unscon(tmp_path):
    rows = [
        ("UNSC_2014_S_1", "Ukraine", "Direct_NegEval", ["russian_federation"], "Russia broke the law."),
        (
            "UNSC_2014_S_2",
            "Russian Federation",
            "Indirect_NegEval",
            ["united_states_of_america"],
            "We object.",
        ),
        ("UNSC_2014_S_2", "Russian Federation", "Direct_NegEval", ["-NONE-"], "That is absurd."),
        ("UNSC_2014_S_3", "Republic Of Korea", "_", [], ""),
    ]
    keys = ("id", "speaker", "neg", "targets", "text")
    lines = [
        dict(zip(keys, (f"{id}#{n}", *row), strict=True), lang="en") for n, (id, *row) in enumerate(rows)
    ]
    gold = write_lines(tmp_path / "unscon.jsonl", lines)
    reader = Scripted(
        UNSC_2014_S_1=[("OUTLET", "RUS"), ("USA", "CHN")], UNSC_2014_S_3=[("KOR", "PRK"), ("PRK", "KOR")]
    )
    found = unscon.run(gold, reader)
    assert counts(found)["speaker criticises country"] == (1, 2, 2)
    assert counts(found)["… where it does so directly"] == (1, 2, 1)
    assert found["evidence"] == 1


def test_rusentrel(tmp_path):
    for name, title in (("art1", "Россия и США"), ("art2", "Иран"), ("art3", "Погода")):
        text = f"{{Author, Unknown}} {title}\n\ninosmi.ruПосмотреть оригиналапрель 5-го, 2016\n\n{{A}} Текст."
        (tmp_path / f"{name}.txt").write_text(f"\ufeff{text}")
    (tmp_path / "art1.opin.txt").write_text(
        "Россия, США, neg, current\nПутин, Вашингтон, neg, past\nПутин, Россия, neg, current\n"
        "Россия, Иран, pos, current\nИван Сусанин, Россия, neg, current\n"
    )
    (tmp_path / "art1.author.txt").write_text("author, Россия, neg, current\n")
    (tmp_path / "art4.opin.txt").write_text("Россия, США, neg, current\n")
    reader = Scripted(
        art1=[("RUS", "USA"), ("USA", "USA", "accepts"), ("OUTLET", "RUS")], art2=[("IRN", "USA")]
    )
    found = rusentrel.run(tmp_path, reader)
    assert counts(found)["negative pairs, all"] == (1, 2, 2)
    assert counts(found)["negative pairs, both of them actors of ours"] == (1, 2, 1)
    assert counts(found)["the author's own"] == (1, 1, 1)
    article = rusentrel.load(tmp_path)[0]
    assert (article.title, article.text, article.date.year) == ("Россия и США", "Текст.", 2016)


def test_plover(tmp_path):
    def record(id, event, source, target, text):
        return {"id": id, "event": event, "source": [source], "target": [target], "text": text}

    states = [{"actorText": name, "code": name} for name in ("ALB", "SRB", "JAP")]
    un = {"actorText": "U.N. war crimes court", "code": "IGO"}
    path = tmp_path / "records.json"
    path.write_text(
        json.dumps(
            [
                {"id": "0", "event": "DOCUMENT"},
                record("1", "DISAPPROVE", states[0], states[1], "Albania denounced Serbia."),
                record("2", "DISAPPROVE", un, states[2], "Japan was indicted by the U.N. war crimes court."),
                record("3", "REJECT", states[1], states[0], "Serbia refused an Albanian plan."),
            ]
        )
    )
    reader = Scripted(**{"1": [("ALB", "SRB"), ("SRB", "USA")], "3": [("SRB", "ALB")]})
    found = counts(plover.run(path, reader))
    assert found["ACCUSE given source and target"] == (1, 2, 2)
    assert found["dyads end to end"] == (1, 3, 2)
    assert found["twenty keywords, the same records"] == (2, 2, 2)


THREE = [
    {"id": "a", "lang": "en", "text": "Moscow blamed Kyiv. Kyiv denied it. It rained. Nobody came."},
    {"id": "b", "lang": "ru", "text": "Киев обвинил Москву. Москва молчит. Идёт дождь. Никто не пришёл."},
    {"id": "c", "lang": "zh", "text": "北京指责美国。美国否认。下雨了。没有人来。"},
]


def test_frames_speed(reader, monkeypatch):
    monkeypatch.setattr(frames_speed, "SENTENCES", 3)
    encoder = SimpleNamespace(embed=lambda texts: np.zeros((len(texts), 4)))
    found = frames_speed.run(THREE, reader, encoder, rounds=1)
    assert found["articles"] == 3
    assert found["by_language"].keys() == {"en", "ru", "zh"}
    assert float(found["rows"][0][1]) > 0


def test_actors_speed():
    found = actors_speed.run(THREE, rounds=1)
    assert [row[0] for row in found["rows"]] == ["all", "en", "ru", "zh"]
    assert found["rows"][0][1] == 12
    assert found["per_second"] > 0


@pytest.mark.parametrize(
    ("name", "actor"),
    [
        ("Путин", "RUS"),
        ("Али Хаменеи (Ayatollah Ali Khamenei)", "IRN"),
        ("Альтернатива для Германии", None),
        ("Датская народная партия", None),
        ("author", None),
    ],
)
def test_a_name_is_an_actor_only_as_a_whole(name, actor):
    assert actor_of(name, "ru") == actor


def bench(doc="A bench.", needs=(), run=lambda: result(["a"], [[1]], ["so"], b=2)):
    return SimpleNamespace(__doc__=doc, NEEDS=needs, run=run)


def broken():
    raise ClassifierError("weights", "are missing")


def test_main_runs_what_it_can_and_says_what_not(tmp_path, monkeypatch, capsys):
    known = {"good": bench(), "dataless": bench(needs=(tmp_path / "no",)), "broken": bench(run=broken)}
    monkeypatch.setattr("tests.bench.__main__.benches", lambda: known)
    assert main([], tmp_path / "out") == 0
    said = capsys.readouterr().out
    assert "good: A bench." in said
    assert f"Left out: dataless, because {tmp_path / 'no'} is not there" in said
    assert "Left out: broken, because weights: are missing" in said
    written = json.loads((tmp_path / "out" / "good.json").read_text())
    assert (written["bench"], written["rows"], written["b"]) == ("good", [[1]], 2)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.json"]


def test_main_with_names(tmp_path, monkeypatch, capsys):
    known = {"good": bench(), "dataless": bench(needs=(tmp_path / "no",))}
    monkeypatch.setattr("tests.bench.__main__.benches", lambda: known)
    assert main(["good"], tmp_path) == 0
    assert main(["good", "dataless"], tmp_path) == 3
    assert main(["odd"], tmp_path) == 2
    assert "odd" in capsys.readouterr().err


def test_the_speed_of_stories_is_measured_at_a_small_size():
    from tests.bench.stories_speed import SMALL, run

    found = run(SMALL)
    measures = [row[0] for row in found["rows"]]
    assert measures.count("restart, s") == 3
    assert [row[1] for row in found["rows"]][:3] == ["150 live", "1,500 live", "3,000 live"]
    assert all(float(row[2]) > 0 for row in found["rows"])
