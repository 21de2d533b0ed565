"""Scoring a file of scenarios from the command line, without Django, which takes long to load."""

import argparse
import contextlib
import itertools
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from voice.receptionist.evaluation.hearing import EmbeddedHearing
from voice.receptionist.evaluation.report import as_html, as_json, as_text
from voice.receptionist.evaluation.running import run
from voice.receptionist.evaluation.scenario import load
from voice.receptionist.evaluation.scoring import Score, figures, score

Hearing = Callable[[], AbstractContextManager[EmbeddedHearing]]


class EvaluationFailed(Exception):
    """The file cannot be read, or a target was missed; the message says which."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a scenario file")
    parser.add_argument("--audio", action="store_true", help="through the embedded engines")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the result as JSON")
    parser.add_argument("--html", type=Path, metavar="OUT", help="write a page for a browser")
    parser.add_argument(
        "--seeds", type=int, default=1, help="callers per scenario; the first speaks plainly"
    )
    parser.add_argument(
        "--spoken", action="store_true", help="callers' words as a recogniser writes them"
    )


def evaluate(
    options: argparse.Namespace, *, tell: Callable[[str], object], hearing: Hearing
) -> None:
    """Play every scenario with each seed, `tell` the report, keep what was asked for.

    Raises EvaluationFailed.
    """
    try:
        rules, scenarios = load(options.file)
    except ValueError as error:
        raise EvaluationFailed(str(error)) from error
    with contextlib.ExitStack() as stack:
        hear = stack.enter_context(hearing()) if options.audio else None
        scores: list[Score] = []
        for scenario, seed in itertools.product(scenarios, range(options.seeds)):
            if hear is not None:
                hear.caller = len(scores)
            scores.append(
                score(run(scenario, rules, seed=seed, spoken=_spoken(options, seed), hear=hear))
            )
    result = figures(scores)
    if options.json:
        options.json.write_text(as_json(result, scores), encoding="utf-8")
    page = options.html or (options.json.with_suffix(".html") if options.json else None)
    if page:
        page.write_text(as_html(result, scores), encoding="utf-8")
    tell(f"{as_text(result, scores).rstrip()}\n")
    if result.missed_targets:
        raise EvaluationFailed("targets missed: " + "; ".join(result.missed_targets))


def main(arguments: Sequence[str]) -> int:
    """Evaluate by text; 1 when a target was missed or the file cannot be read."""
    parser = argparse.ArgumentParser(prog="manage.py evaluate", description=__doc__)
    add_arguments(parser)
    try:
        evaluate(parser.parse_args(arguments), tell=sys.stdout.write, hearing=EmbeddedHearing)
    except EvaluationFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _spoken(options: argparse.Namespace, seed: int) -> bool:
    """Whether the caller says numbers as words: always aloud, and by text when asked to."""
    return bool(options.audio or (options.spoken and seed > 0))
