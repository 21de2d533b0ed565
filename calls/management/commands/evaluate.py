"""manage.py evaluate: play scenario files against the receptionist and score what comes of them."""

import argparse
import shutil
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from voice.receptionist.evaluation import command
from voice.receptionist.evaluation.hearing import EmbeddedHearing

VOICES = ("rms", "awb", "kal16", "slt")
"""Flite's voices; callers take turns with them."""


class Command(BaseCommand):
    """Exits 1 when a target was missed. By text unless --audio is given."""

    help = "Score the receptionist on a file of scenarios."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        command.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Play every scenario with each seed, print the report, keep what was asked for."""
        try:
            command.evaluate(
                argparse.Namespace(**options), tell=self.stdout.write, hearing=_hearing
            )
        except command.EvaluationFailed as error:
            raise CommandError(str(error)) from error


def _hearing() -> EmbeddedHearing:
    """The embedded recogniser, listening to flite where it is installed, else to eSpeak."""
    from calls.simulator.speech import say

    if shutil.which("flite") is None:
        return EmbeddedHearing()
    return EmbeddedHearing(
        lambda words, caller: say(words, voice=VOICES[caller % len(VOICES)]).ulaw
    )
