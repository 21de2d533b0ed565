"""manage.py evaluate: play scenario files against the receptionist and score what comes of them."""

import contextlib
import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from voice.receptionist.evaluation.hearing import EmbeddedHearing
from voice.receptionist.evaluation.report import as_html, as_json, as_text
from voice.receptionist.evaluation.running import run
from voice.receptionist.evaluation.scenario import load
from voice.receptionist.evaluation.scoring import Score, figures, score


class Command(BaseCommand):
    """Exits 1 when a target was missed. By text unless --audio is given."""

    help = "Score the receptionist on a file of scenarios."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
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

    def handle(self, *args: Any, **options: Any) -> None:
        """Play every scenario with each seed, print the report, keep what was asked for."""
        try:
            rules, scenarios = load(options["file"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        with contextlib.ExitStack() as stack:
            hear = stack.enter_context(_hearing()) if options["audio"] else None
            scores: list[Score] = [
                score(run(scenario, rules, seed=seed, spoken=_spoken(options, seed), hear=hear))
                for scenario in scenarios
                for seed in range(options["seeds"])
            ]
        result = figures(scores)
        if options["json"]:
            options["json"].write_text(as_json(result, scores), encoding="utf-8")
        page = options["html"] or (
            options["json"].with_suffix(".html") if options["json"] else None
        )
        if page:
            page.write_text(as_html(result, scores), encoding="utf-8")
        self.stdout.write(as_text(result, scores))
        if result.missed_targets:
            raise CommandError("targets missed: " + "; ".join(result.missed_targets))


def _spoken(options: dict[str, Any], seed: int) -> bool:
    """Whether the caller says numbers as words: always aloud, and by text when asked to."""
    return bool(options["audio"] or (options["spoken"] and seed > 0))


def _hearing() -> EmbeddedHearing:
    """The embedded recogniser, listening to flite where it is installed, else to eSpeak."""
    from calls.simulator.speech import say

    if shutil.which("flite") is None:
        return EmbeddedHearing()
    return EmbeddedHearing(lambda words: say(words).ulaw)
