"""The command line as a user meets it: exit codes, streams, and one clear line for what is wrong."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.cli.show import echo_table, say
from monitor.store import Store

SENTENCE = "The Kremlin blamed Washington for the collapse of the talks. Washington did not answer."


@pytest.fixture(autouse=True, scope="module")
def _models_are_built(reader):
    """The first use of a model says so on stderr; that is not what these tests are about."""
    from classifiers.encoder import open_encoder

    open_encoder()


def run(*arguments: object, stdin: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "monitor", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=cwd, timeout=120)


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that says what is wrong; a traceback has many."""
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_the_version():
    assert run("--version").stdout.startswith("framewire 0.")


def test_the_command_line_is_light_to_import():
    code = "import sys, monitor.cli.app; print([m for m in ('torch', 'onnxruntime', 'trafilatura', 'sklearn') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_analyse_finds_who_blames_whom(tmp_path):
    done = run("analyse", "-", "--lang", "en", "--json", stdin=SENTENCE)
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert ("RUS", "USA", "blames") in {(f["blamer"], f["target"], f["stance"]) for f in row["frames"]}
    assert all(SENTENCE[f["start"] : f["end"]] == f["evidence"] for f in row["frames"])


def test_analyse_many_lines(tmp_path):
    lines = [
        {"id": 1, "text": SENTENCE, "lang": "en", "date": "2018-10-19"},
        {"id": 2, "title": "Rain", "text": ""},
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)))
    done = run("analyse", "--jsonl", tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["1", "2"]
    keys = {
        "blamer",
        "target",
        "stance",
        "kind",
        "issue",
        "evidence",
        "in",
        "start",
        "end",
        "caveat",
        "score",
    }
    assert keys <= rows[0]["frames"][0].keys()
    assert rows[1]["frames"] == []


def test_cluster_puts_lines_into_stories(tmp_path):
    lines = [
        {
            "id": "a",
            "title": "Ferry sinks off the island, 40 missing",
            "date": "2026-10-05T08:00:00",
            "lang": "en",
        },
        {
            "id": "b",
            "title": "Fähre vor der Insel gesunken, 40 Vermisste",
            "date": "2026-10-05T09:00:00",
            "lang": "de",
        },
        {"id": "c", "title": "Parliament passes the budget", "date": "2026-10-05T10:00:00", "lang": "en"},
    ]
    done = run("cluster", "-", stdin="\n".join(map(json.dumps, lines)))
    assert done.returncode == 0, done.stderr
    story = {row["id"]: row["story"] for row in map(json.loads, done.stdout.splitlines())}
    assert story["a"] == story["b"] != story["c"]


def test_extract_reads_pages(tmp_path):
    text = "The harbour was closed on Monday after the storm had torn two ships from their moorings. " * 8
    (tmp_path / "p.html").write_text(
        f"<html lang=en><title>Storm</title><article><p>{text}</p></article></html>"
    )
    done = run("extract", tmp_path / "p.html")
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert {"file", "title", "text", "date", "author", "lang", "url"} == row.keys()
    assert (row["lang"], row["title"]) == ("en", "Storm")


def test_half_a_surrogate_in_a_line_is_replaced(tmp_path):
    done = run("analyse", "--jsonl", "-", stdin='{"id": "\\ud800", "text": "Rain"}\n')
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["id"] == "\ufffd"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--feeds", "none.yaml", "crawl"], 2, "none.yaml"),
        (["--db", "none.db", "stories"], 1, "framewire crawl"),
        (["--feeds", "bad.yaml", "feeds", "list"], 2, "line 3"),
        (["analyse", "none.txt"], 2, "none.txt"),
        (["analyse", "--jsonl", "bad.jsonl"], 2, "bad.jsonl:1"),
        (["analyse", "binary.txt"], 2, "binary.txt"),
        (["analyse", "--jsonl", "binary.txt"], 2, "binary.txt"),
        (["analyse", "--jsonl", "number.jsonl"], 2, "number.jsonl:1: has 5 for lang"),
        (["analyse", "--jsonl", "date.jsonl"], 2, "date.jsonl:1: has 'yesterday' for date"),
        (["cluster", "deep.jsonl"], 2, "deep.jsonl:1"),
        (["digest", "--date", "yesterday"], 2, "yesterday"),
        (["digest", "--date", "9999-12-31"], 2, "9999-12-31"),
        (["extract", "broken.html.gz"], 1, "broken.html.gz"),
        (["demo", "--out", "bad.jsonl"], 1, "bad.jsonl"),
        (["--feeds", "bad.jsonl/f.yaml", "feeds", "add", "http://x.example/f", "--no-check"], 2, "bad.jsonl"),
        (["extract", "empty.html"], 1, "empty.html"),
        (["--feeds", "feeds.yaml", "feeds", "remove", "http://nowhere.example/"], 2, "nowhere.example"),
        (
            ["--feeds", "feeds.yaml", "feeds", "add", "http://x.example/f", "--state", "XX", "--no-check"],
            2,
            "XX",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path, arguments, code, says):
    (tmp_path / "bad.yaml").write_text("version: 1\nfeeds:\n  - urll: http://x.example/\n")
    (tmp_path / "feeds.yaml").write_text("version: 1\nfeeds: []\n")
    (tmp_path / "bad.jsonl").write_text("not json\n")
    (tmp_path / "empty.html").write_text("")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "number.jsonl").write_text('{"id": 1, "text": "Rain", "lang": 5}\n')
    (tmp_path / "date.jsonl").write_text('{"id": 1, "text": "Rain", "date": "yesterday"}\n')
    (tmp_path / "deep.jsonl").write_text("[" * 100_000)
    (tmp_path / "broken.html.gz").write_bytes(gzip.compress(b"<p>" * 9)[:12] + b"\xff" * 99)
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert says in one_line(done)


@pytest.mark.parametrize(
    "arguments",
    [
        ["story", "\udcff"],
        ["stories", "lock", "x", "--note", "\udcff"],
        ["stories", "changes", "\udcff"],
        ["subscriptions", "remove", "x@\udcff"],
        ["alerts", "remove", "\udcff"],
        ["users", "remove", "\udcff"],
    ],
)
def test_an_argument_that_is_no_text_is_said_in_one_line(tmp_path, arguments):
    Store(tmp_path / "x.db").close()
    done = run("--db", tmp_path / "x.db", *arguments)
    assert done.returncode == 2
    one_line(done)


@pytest.mark.parametrize("part", ["frames", "stories", "extraction"])
@pytest.mark.parametrize(
    "line",
    [
        b"\0",
        b"\xff",
        b"[]",
        b'{"a": 1}',
        b'{"id": 1, "lang": "en", "text": "x", "title": "x", "frames": "x"}',
    ],
)
def test_a_labelled_file_that_is_none_is_said_in_one_line(tmp_path, part, line):
    (tmp_path / "gold.jsonl").write_bytes(line)
    done = run("evaluate", part, tmp_path / "gold.jsonl")
    assert done.returncode == 1
    assert "gold.jsonl" in one_line(done)


def test_what_was_written_on_several_lines_is_said_in_one(tmp_path):
    line = one_line(
        run("--db", tmp_path / "x.db", "subscriptions", "add", "a@b.example\r\nBcc: \u202ex@y.example")
    )
    assert line.startswith(r"framewire: a@b.example\r\nBcc: \u202ex@y.example: is no mail address")


def test_an_outlets_words_are_no_command_to_the_terminal(capsys):
    echo_table(("title",), [("a\x1b[31m\x9b31m\u202eb",)])
    say("a\x1b[31m\x9b31m\u202eb\nc")
    shown = capsys.readouterr().out
    assert "a[31m31mb\nc\n" in shown
    assert not {"\x1b", "\x9b", "\u202e"} & set(shown)


def test_a_limit_that_no_database_takes_is_refused(tmp_path):
    Store(tmp_path / "x.db").close()
    for command in (["stories"], ["stories", "changes"]):
        assert run("--db", tmp_path / "x.db", *command, "--limit", "9" * 20).returncode == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [("CONTACT", "é"), ("CONTACT", "a\nb"), ("RESOLVE", "nonsense"), ("WORKERS", "0")],
)
def test_a_setting_that_is_wrong_is_named(monkeypatch, name, value):
    monkeypatch.setenv(f"FRAMEWIRE_{name}", value)
    done = run("stories")
    assert done.returncode == 2
    assert f"FRAMEWIRE_{name}" in one_line(done)


def test_feeds_are_added_listed_and_removed(tmp_path):
    name = ["--feeds", tmp_path / "f.yaml", "--db", tmp_path / "x.db"]
    url = "http://wire.example/feed.xml"
    assert run(*name, "feeds", "add", url, "--name", "Wire", "--state", "RUS", "--no-check").returncode == 0
    listed = json.loads(run(*name, "feeds", "list", "--json").stdout)
    assert [(feed["url"], feed["state"]) for feed in listed] == [(url, "RUS")]
    assert run(*name, "feeds", "remove", url).returncode == 0
    assert json.loads(run(*name, "feeds", "list", "--json").stdout) == []
