"""`evaluate frames|stories|extraction`, `train`: how good the parts are, and how they are made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.cli.show import echo_json, echo_table
from monitor.errors import ClassifierError

evaluate_app = typer.Typer(no_args_is_help=True, help="How good a part is, measured on labelled files.")
Gold = Annotated[Path, typer.Argument(help="The labelled file (JSONL).", exists=True, dir_okay=False)]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of tables.")]


def register(app: typer.Typer) -> None:
    """Add the group and the command."""
    app.add_typer(evaluate_app, name="evaluate")
    app.command()(train)


@evaluate_app.command("frames")
def evaluate_frames(
    gold: Gold,
    errors: Annotated[Path | None, typer.Option(help="Write the errors here, to read.")] = None,
    as_json: AsJson = False,
) -> None:
    """Blame frames against a labelled file."""
    from classifiers.blame import BlameReader
    from classifiers.evaluate import evaluate, load_gold

    found = evaluate(BlameReader(), load_gold(gold))
    if errors:
        errors.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found.errors))
    summary = found.summary()
    if as_json:
        echo_json(summary)
        return
    scores: list[tuple[str, dict[str, Any]]] = [
        ("all", summary["micro"]),
        ("without stance", summary["without_stance"]),
        ("roles only", summary["roles_only"]),
        *((f"stance {name}", row) for name, row in summary["by_stance"].items()),
        *((name, row) for name, row in summary["by_language"].items()),
    ]
    names = ("precision", "recall", "f1", "right", "found", "gold")
    echo_table(("", *names), [(name, *(row[key] for key in names)) for name, row in scores])
    for name in ("kind", "caveat", "evidence", "false_alarms", "actors_found"):
        print(f"{name}: {summary[name]}")
    echo_table(("mean score", "share right", "frames"), summary["reliability"])


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
) -> None:
    """Make the frame reader's weights again from the shipped passages (needs the extra `train`)."""
    try:
        from classifiers.train_run import make_weights
    except ImportError as error:
        raise ClassifierError(
            "torch", "is not installed", advice="Run `pip install 'framewire[train]'`"
        ) from error
    make_weights(out)
