"""The frame reader: the worked example, the contract, and every bad text."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifiers.blame import best_run
from monitor.model import FRAME_KINDS, STANCES, Text

#: A charge against two at once, with the text's own doubt; roles and words are ours.
ENCLAVE = (
    "Russia's president blamed the Kurds and the Americans for the hostage crisis in the enclave. "
    "“They plainly did not comb the area,” he said. The number of captives could not be independently verified."
)


def read(reader, text, language=None, **parts):
    return reader.read(Text(id="t", text=text, language=language, **parts)).frames


def keys(frames):
    return {(f.blamer, f.target, f.stance) for f in frames}


def test_the_enclave(reader):
    frames = {(f.blamer, f.target): f for f in read(reader, ENCLAVE, "en")}
    assert {("RUS", "KURDS"), ("RUS", "USA")} <= frames.keys()
    for frame in frames.values():
        assert frame.evidence in ENCLAVE
    # One claim, one doubt.
    assert frames["RUS", "KURDS"].caveat == frames["RUS", "USA"].caveat


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "The Kremlin blamed Washington for the collapse of the talks.", ("RUS", "USA", "blames")),
        ("de", "Ankara wirft Athen vor, die Waffenruhe gebrochen zu haben.", ("TUR", "GRC", "blames")),
        ("ru", "Киев обвинил Москву в обстреле больницы.", ("UKR", "RUS", "blames")),
        ("ar", "اتهمت دمشق إسرائيل بقصف المطار.", ("SYR", "ISR", "blames")),
        ("zh", "日本外务省指责朝鲜发射导弹违反联合国决议。", ("JPN", "PRK", "blames")),
        ("tr", "Bakü, Erivan'ı ateşkesi ihlal etmekle suçladı.", ("AZE", "ARM", "blames")),
    ],
)
def test_plain_accusations_in_many_languages(reader, language, text, wanted):
    assert wanted in keys(read(reader, text, language))


@pytest.mark.parametrize(
    "text",
    [
        "Egypt and Sudan signed a treaty on the use of the Nile waters in Khartoum on Monday.",
        "The French president thanked Italy and Greece for their help after the earthquake.",
        "Japan beat Croatia on penalties to reach the final.",
        "The weather in Moscow will be cold; Paris expects rain.",
    ],
)
def test_no_blame_no_frame(reader, text):
    assert read(reader, text, "en") == ()


def test_frames_are_whole(reader):
    for frame in read(reader, ENCLAVE, "en"):
        assert frame.stance in STANCES
        assert frame.kind in FRAME_KINDS
        assert 0 <= frame.score <= 1
        assert frame.issue in frame.evidence
        assert frame.cues


def test_a_reading_does_not_depend_on_its_neighbours(reader):
    text = Text(id="t", text=ENCLAVE, language="en")
    other = Text(id="o", text="Kyiv accused Moscow of shelling a hospital. " * 9, language="en")
    assert reader.read_many([other, text])[1] == reader.read(text)


BAD = {
    "empty": "",
    "space": " \n\t ",
    "one word": "Russia",
    "no marks": "Russia blames Ukraine and Iran " * 3000,
    "a million characters": "Moscow accused Kyiv of lying. " * 34_000,
    "mixed languages": "Moscow said: «Киев виноват», واتهمت طهران واشنطن。北京指责美国。",
    "right to left with Latin names": "قال Kremlin إن NATO مسؤولة عن الحرب في Ukraine.",
    "zero width": "Rus\u200bsia bla\u200dmes Uk\u00adraine.\ufeff",
    "all quotes": "“Russia did it.” “No, Ukraine did.” " * 50,
    "surrogates and controls": "Russia \ud800 blames \x00 Ukraine \x1b[31m.",
    "emoji": "🇷🇺 Russia blames 🇺🇦 Ukraine 😡" * 20,
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.timeout(60)
def test_bad_texts_have_a_reading(reader, name):
    text = BAD[name]
    for frame in read(reader, text):
        assert text[frame.start : frame.end] == frame.evidence


WORDS = st.lists(
    st.sampled_from(
        "Russia Ukraine blames accused обвинил Киев واشنطن إيران said “ ” . ! \n 指责 美国 日本 the and \u200b é 12 ; «".split(
            " "
        )
    ),
    max_size=60,
).map(" ".join)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WORDS, WORDS)
def test_offsets_are_always_right(reader, title, text):
    found = reader.read(Text(id="t", title=title, text=text, language="en"))
    for frame in found.frames:
        whole = title if frame.place == "title" else text
        assert whole[frame.start : frame.end] == frame.evidence
    assert len({(f.blamer, f.target, f.stance) for f in found.frames}) == len(found.frames)


def test_the_best_run_of_tokens():
    assert best_run([-1, 2, 3, -1, 4, -9, 5]) == (1, 5)  # type: ignore[arg-type]
    assert best_run([-1, -2]) == (0, 0)  # type: ignore[arg-type]
