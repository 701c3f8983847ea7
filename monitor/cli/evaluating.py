"""`evaluate frames|stories|extraction`, `train`: how good the parts are, and how they are made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.app import settings_of
from monitor.cli.show import AsJson, echo_json, echo_table, writer
from monitor.errors import ClassifierError
from monitor.settings import Settings

if TYPE_CHECKING:
    from classifiers.blame import Reader

evaluate_app = typer.Typer(no_args_is_help=True, help="How good a part is, measured on labelled files.")
Gold = Annotated[Path, typer.Argument(help="The labelled file (JSONL).", exists=True, dir_okay=False)]
_SHARES = ("kind", "caveat", "evidence", "false_alarms", "actors_found")


class ReaderName(StrEnum):
    """The readers that can be compared."""

    DEFAULT = "default"
    LLM = "llm"


def register(app: typer.Typer) -> None:
    """Add the group and the command."""
    app.add_typer(evaluate_app, name="evaluate")
    app.command()(train)


@evaluate_app.command("frames")
def evaluate_frames(
    context: typer.Context,
    gold: Gold,
    reader: Annotated[
        list[ReaderName] | None,
        typer.Option(help="Which reader; give it twice to compare. llm: see FRAMEWIRE_LLM_URL."),
    ] = None,
    errors: Annotated[Path | None, typer.Option(help="Write the errors here, to read.")] = None,
    as_json: AsJson = False,
) -> None:
    """Blame frames against a labelled file."""
    from classifiers.evaluate import evaluate, load_gold

    rows = load_gold(gold)
    found = []
    for name in dict.fromkeys(reader or [ReaderName.DEFAULT]):
        with _reader(name, settings_of(context)) as one:
            found.append(evaluate(one, rows))
    if errors:
        lines = [row | {"reader": one.reader} for one in found for row in one.errors]
        with writer(errors) as out:
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in lines)
    summaries = [one.summary() for one in found]
    if as_json:
        echo_json(summaries[0] if len(summaries) == 1 else summaries)
    elif len(summaries) == 1:
        _show(summaries[0])
    else:
        _compare(summaries)


@contextmanager
def _reader(name: ReaderName, settings: Settings) -> Iterator[Reader]:
    if name is ReaderName.DEFAULT:
        from classifiers.blame import BlameReader

        yield BlameReader()
        return
    from monitor.second_reader import open_llm_reader

    with open_llm_reader(settings) as reader:
        try:
            yield reader
        finally:  # what it cost is said of a run that failed, too
            typer.echo(f"{reader.name}: {reader.counts}", err=True)


def _scores(summary: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The rows of scores by their names."""
    return {
        "all": summary["micro"],
        "without stance": summary["without_stance"],
        "roles only": summary["roles_only"],
        **{f"stance {name}": row for name, row in summary["by_stance"].items()},
        **summary["by_language"],
    }


def _show(summary: dict[str, Any]) -> None:
    names = ("precision", "recall", "f1", "right", "found", "gold")
    rows = [(name, *(row[key] for key in names)) for name, row in _scores(summary).items()]
    echo_table(("", *names), rows)
    for name in _SHARES:
        print(f"{name}: {summary[name]}")
    echo_table(("mean score", "share right", "frames"), summary["reliability"])


def _compare(summaries: list[dict[str, Any]]) -> None:
    """F1 of each reader beside the others', then the shares."""
    scores = [_scores(summary) for summary in summaries]
    names = dict.fromkeys(name for rows in scores for name in rows)
    table = [(f"{key}, all", *(rows["all"][key] for rows in scores)) for key in ("precision", "recall")]
    table += [
        (f"f1, {name}", *(rows[name]["f1"] if name in rows else "" for rows in scores)) for name in names
    ]
    table += [(name, *(summary[name] for summary in summaries)) for name in _SHARES]
    echo_table(("", *(summary["reader"] for summary in summaries)), table)


@evaluate_app.command("stories")
def evaluate_stories(gold: Gold, as_json: AsJson = False) -> None:
    """Clusters against a labelled file: lines of {id, lang?, date?, title, text?, cluster}."""
    from monitor.story_scores import evaluate_clusters

    row = evaluate_clusters(gold)
    if as_json:
        echo_json(row)
    else:
        echo_table(("measure", "value"), [(name, f"{value:.4g}") for name, value in row.items()])


@evaluate_app.command("extraction")
def evaluate_extraction(
    gold: Gold,
    pages: Annotated[
        Path | None, typer.Option(help="Folder of the pages; `html` beside GOLD by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Extracted texts against a labelled file: lines of {file, text}."""
    from monitor.extract_scores import evaluate_pages

    row = evaluate_pages(gold, pages or gold.parent / "html")
    if as_json:
        echo_json(row)
    else:
        echo_table(("measure", "value"), [(name, f"{value:.4g}") for name, value in row.items()])


def train(
    out: Annotated[
        Path | None, typer.Option(help="Where the weights go; the shipped place by default.")
    ] = None,
    corrections: Annotated[
        Path | None,
        typer.Option("--with-corrections", help="Learn from these too.", exists=True, dir_okay=False),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option("--from", help="Go on from the weights in this folder.", exists=True, file_okay=False),
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(help="Rises and falls of the learning rate; 2 by default, 1 with --from.", min=1),
    ] = None,
) -> None:
    """Make the frame reader's weights from the shipped passages (needs the extra `train`)."""
    from classifiers.dataset import load_rows

    extra = load_rows([corrections]) if corrections else []
    try:
        from classifiers.train_run import make_weights
    except ImportError as error:
        raise ClassifierError(
            "torch", "is not installed", advice="Run `pip install 'framewire[train]'`"
        ) from error
    from classifiers.train import Plan

    plan = Plan(rounds=rounds or 1) if start or rounds else Plan()
    make_weights(out, plan, extra=extra, start=start)
