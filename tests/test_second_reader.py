"""The second reader against a real HTTP server that plays what language models answer, good and bad."""

from __future__ import annotations

import json
import logging
import pickle
import socket
import time

import pytest

from monitor.errors import AnswerError, ConfigError, ReaderError
from monitor.llm_answer import Claim
from monitor.llm_prompt import MAX_TEXT, SCHEMA, SYSTEM
from monitor.model import FRAME_KINDS, STANCES, Text
from monitor.second_reader import LlmReader, open_llm_reader
from monitor.settings import Settings
from tests.llm_server import (
    KEY,
    SENTENCE,
    TEXT,
    Recorded,
    answered,
    claim,
    refused,
    wrote,
)
from tests.test_cli import one_line, run

# --- good answers -----------------------------------------------------------------------------------------------


def test_an_answer_becomes_a_reading(server, llm):
    server.answers = [answered(claim())]
    reading = llm.read(TEXT)
    (frame,) = reading.frames
    assert (reading.classifier, reading.language) == (llm.name, "en")
    assert (frame.blamer, frame.target, frame.stance, frame.kind) == ("RUS", "USA", "blames", "obstruction")
    assert (frame.place, frame.evidence, TEXT.text[frame.start : frame.end]) == ("text", SENTENCE, SENTENCE)
    assert (frame.issue, frame.cues, frame.caveat, frame.score) == (
        "the collapse of the talks",
        ("blamed",),
        False,
        0.9,
    )
    assert (llm.counts.requests, llm.counts.retries) == (1, 0)
    assert (llm.counts.prompt_tokens, llm.counts.completion_tokens) == (900, 80)


def test_no_blame_is_an_answer(server, llm):
    server.answers = [answered()]
    assert llm.read(TEXT).frames == ()


def test_what_is_asked(server, llm):
    server.answers = [answered()]
    llm.read(TEXT)
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.body["messages"][0] == {"role": "system", "content": SYSTEM}
    assert asked.body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert asked.article["text"] == TEXT.text
    assert asked.article["actors"].keys() == {"RUS", "USA"}


def test_the_schema_is_one_that_strict_mode_takes():
    item = SCHEMA["properties"]["frames"]["items"]
    assert item["additionalProperties"] is False
    assert set(item["required"]) == set(item["properties"]) == set(Claim.model_fields)
    assert item["properties"]["stance"]["enum"] == list(STANCES)
    assert item["properties"]["kind"]["enum"] == list(FRAME_KINDS)


def test_the_question_explains_every_kind_and_stance():
    assert [word for word in (*STANCES, *FRAME_KINDS) if f"- {word}: " not in SYSTEM] == []


@pytest.mark.parametrize(
    "end", ["/v1/", "/v1/chat/completions", "/v1/chat/completions/", "/v1?api-version=2"]
)
def test_an_address_may_be_written_in_several_ways(server, end):
    server.answers = [answered()]
    with LlmReader(server.url.removesuffix("/v1") + end, "recorded") as reader:
        reader.read(TEXT)
    assert server.asked[0].path.partition("?")[0] == "/v1/chat/completions"
    assert "Authorization" not in server.asked[0].headers


def test_a_text_without_words_asks_nobody(server, llm):
    assert llm.read(Text(id="e", text=" … 12 \n", title="")).frames == ()
    assert server.asked == []


def test_a_long_text_is_cut_and_places_stay(server, llm):
    server.answers = [answered(claim())]
    text = Text(id="long", text=f"{SENTENCE} " + "So it went on. " * 10_000, language="en")
    (frame,) = llm.read(text).frames
    assert text.text[frame.start : frame.end] == frame.evidence
    assert len(server.asked[0].article["text"]) == MAX_TEXT


def test_half_surrogates_do_not_end_a_run(server, llm):
    server.answers = [answered(claim())]
    assert len(llm.read(Text(id="s", text=f"\ud83d {SENTENCE}", language="en")).frames) == 1


# --- what goes wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first",
    [
        refused(429, "slow down", Retry_After="0"),
        refused(500),
        refused(529, "overloaded"),
        wrote("I think that Russia blames the USA."),
        wrote('{"frames": [{"quote": "The Krem'),
        wrote('{"frames": {}}'),
        wrote("[" * 5000),
        wrote(None),
        Recorded(body=b"<html>Gateway</html>"),
        Recorded(body=b'{"choices": []}'),
    ],
)
def test_what_may_pass_is_tried_again(server, llm, first):
    server.answers = [first, answered(claim())]
    assert len(llm.read(TEXT).frames) == 1
    assert (llm.counts.requests, llm.counts.retries) == (2, 1)


def test_a_server_that_always_fails_is_given_up(server, llm):
    server.answers = [refused(500, "out of memory")]
    with pytest.raises(ReaderError, match=r"127\.0\.0\.1.*answered 500.*out of memory.*try again"):
        llm.read(TEXT)
    assert (llm.counts.requests, llm.counts.retries) == (3, 2)


@pytest.mark.parametrize(
    ("status", "advice"),
    [(400, "json_schema"), (401, "LLM_KEY"), (403, "LLM_KEY"), (404, "LLM_URL"), (307, "LLM_URL")],
)
def test_what_will_not_pass_is_not_tried_again(server, llm, status, advice):
    server.answers = [refused(status, f"Incorrect API key provided: {KEY}", Location="/v2")]
    with pytest.raises(ReaderError, match=advice) as caught:
        llm.read(TEXT)
    assert llm.counts.requests == 1
    assert KEY not in str(caught.value)


def test_a_pause_is_what_the_server_wishes_within_bounds(server, llm, monkeypatch):
    pauses = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    server.answers = [refused(429, Retry_After="7"), refused(503, Retry_After="86400"), answered()]
    llm.read(TEXT)
    assert pauses == [7, 60]


def test_pauses_grow(server, monkeypatch):
    pauses = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    server.answers = [refused(500)]
    with LlmReader(server.url, "recorded", tries=5, pause=1) as reader, pytest.raises(ReaderError):
        reader.read(TEXT)
    assert all(0.75 * 2**n <= pause <= 1.25 * 2**n for n, pause in enumerate(pauses))
    assert len(pauses) == 4


@pytest.mark.parametrize("slow", [{"delay": 30.0}, {"drip": 0.05}])
def test_a_slow_server_is_not_waited_for(server, slow):
    server.answers = [Recorded(body=answered(claim()).body, **slow)]
    began = time.monotonic()
    with (
        LlmReader(server.url, "recorded", seconds=0.3, tries=2, pause=0.01) as reader,
        pytest.raises(ReaderError, match=r"within 0\.3 s"),
    ):
        reader.read(TEXT)
    assert reader.counts.requests == 2
    assert time.monotonic() - began < 5


def test_an_endless_answer_is_cut_short(server, llm):
    server.answers = [Recorded(body=b" " * 2_100_000)]
    with pytest.raises(AnswerError, match="larger than"):
        llm.read(TEXT)


def test_a_server_that_is_not_there(server):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers, and nobody else can take it
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with (
            LlmReader(url, "recorded", KEY, tries=2, pause=0.01) as reader,
            pytest.raises(ReaderError, match=r"cannot be reached.*LLM_URL"),
        ):
            reader.read(TEXT)


def test_an_answer_that_was_cut_off_is_not_asked_for_again(server, llm):
    server.answers = [wrote('{"frames": [{"quote": "The Krem', finish="length")]
    with pytest.raises(AnswerError, match=r"cut off.*more tokens"):
        llm.read(TEXT)
    assert llm.counts.requests == 1


@pytest.mark.parametrize("no", [wrote(None, refusal="I cannot help."), wrote("", finish="content_filter")])
def test_a_model_that_declines(server, llm, no):
    server.answers = [no]
    with pytest.raises(AnswerError, match="declined"):
        llm.read(TEXT)


def test_a_model_without_temperature_is_asked_without(server, llm):
    server.answers = [refused(400, "Unsupported value: 'temperature' does not support 0"), answered(claim())]
    assert len(llm.read(TEXT).frames) == 1
    assert len(llm.read(TEXT).frames) == 1
    assert ["temperature" in asked.body for asked in server.asked] == [True, False, False]


def test_a_run_goes_past_a_text_without_a_useful_answer(server, llm, caplog):
    server.answers = [wrote("", finish="content_filter"), answered(claim())]
    assert [len(reading.frames) for reading in llm.read_many([TEXT, TEXT])] == [0, 1]
    assert llm.counts.failed == 1
    assert "Text a" in caplog.text


def test_a_run_ends_where_the_endpoint_fails(server, llm):
    server.answers = [answered(), refused(401)]
    with pytest.raises(ReaderError):
        llm.read_many([TEXT, TEXT])


def test_the_key_is_never_shown(server, llm, caplog):
    caplog.set_level(logging.DEBUG)
    server.answers = [refused(500, f"bad token {KEY}"), refused(422, f"no model for {KEY}")]
    with pytest.raises(ReaderError) as caught:
        llm.read(TEXT)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert "no model for [key]" in str(copy)
    shown = (caplog.text, str(copy), repr(copy.__dict__), repr(llm), str(llm.counts))
    assert not any(KEY in words for words in shown)


# --- settings ---------------------------------------------------------------------------------------------------


def test_the_key_may_lie_in_a_file(server, tmp_path):
    (tmp_path / "key").write_text(f"{KEY}\n")
    settings = Settings(llm_url=server.url, llm_model="recorded", llm_key_file=tmp_path / "key")
    server.answers = [answered()]
    with open_llm_reader(settings) as reader:
        reader.read(TEXT)
    assert server.asked[0].headers["Authorization"] == f"Bearer {KEY}"


def test_settings_hide_the_key(monkeypatch):
    monkeypatch.setenv("FRAMEWIRE_LLM_KEY", KEY)
    assert KEY not in repr(Settings())


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({}, "FRAMEWIRE_LLM_URL: is not set"),
        ({"llm_url": "http://x.example/v1"}, "FRAMEWIRE_LLM_MODEL: is not set"),
        ({"llm_url": "ftp://x.example/v1", "llm_model": "m"}, "no http"),
        ({"llm_url": "localhost:11434/v1", "llm_model": "m"}, "no http"),
        ({"llm_url": "http://[::1/v1", "llm_model": "m"}, "no address"),
        ({"llm_url": f"http://me:{KEY}@x.example/v1", "llm_model": "m"}, "holds a password"),
        ({"llm_url": "http://x.example/v1", "llm_model": "m", "llm_key": f"{KEY}\nX: y"}, "no key has"),
        ({"llm_url": "http://x.example/v1", "llm_model": "m", "llm_key_file": "/none/key"}, "/none/key"),
    ],
)
def test_wrong_settings_are_named(parts, says):
    with pytest.raises(ConfigError, match=says) as caught:
        open_llm_reader(Settings(**parts))
    assert KEY not in str(caught.value)


# --- evaluate ---------------------------------------------------------------------------------------------------


@pytest.fixture
def gold(tmp_path):
    frame = {"blamer": "RUS", "target": "USA", "stance": "blames", "kind": "obstruction", "caveat": False}
    row = {"id": "a", "lang": "en", "text": TEXT.text, "frames": [frame | {"evidence": SENTENCE}]}
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(row) + "\n")
    return path


def test_evaluate_compares_readers(server, gold, monkeypatch):
    monkeypatch.setenv("FRAMEWIRE_LLM_URL", server.url)
    monkeypatch.setenv("FRAMEWIRE_LLM_MODEL", "recorded")
    monkeypatch.setenv("FRAMEWIRE_LLM_KEY", KEY)
    server.answers = [answered(claim(), claim(target="ATLANTIS"))]
    done = run("evaluate", "frames", gold, "--reader", "llm", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["reader"].startswith("llm-recorded-"), summary["micro"]["f1"]) == (True, 1.0)
    assert "1 requests, 0 retries, 0 texts failed, 1 frames refused (actor 1), 900 + 80 tokens" in done.stderr
    both = run("evaluate", "frames", gold, "--reader", "default", "--reader", "llm", "--json")
    assert both.returncode == 0, both.stderr
    assert [row["reader"].split("-")[0] for row in json.loads(both.stdout)] == ["blame", "llm"]


def test_evaluate_without_an_endpoint_says_so_in_one_line(gold):
    done = run("evaluate", "frames", gold, "--reader", "llm")
    assert done.returncode == 2
    assert "FRAMEWIRE_LLM_URL" in one_line(done)
