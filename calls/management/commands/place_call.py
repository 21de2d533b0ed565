"""manage.py place_call: ring a number as a carrier does, talk as a caller does."""

import asyncio
import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from calls.simulator.caller import Script
from calls.simulator.carrier import CallFailed, Number
from calls.simulator.line import LineRefused
from calls.simulator.outcome import StoredCall, wait_for_stored_call
from calls.simulator.placing import PlacedCall, place
from calls.simulator.report import print_conversation, print_files, print_latency, print_lead
from calls.simulator.speech import SequenceScript, SpeechMissing, load_wav, say, scenario_script
from calls.simulator.twiml import TwimlError


class Command(BaseCommand):
    """A separate process: it reaches the server only through its public addresses."""

    help = "Place a call to the running server and print what became of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", required=True, help="the plumber's number, E.164")
        parser.add_argument(
            "--from", dest="caller", required=True, help="the caller's number, or anonymous"
        )
        said = parser.add_mutually_exclusive_group(required=True)
        said.add_argument("--scenario", help="a bundled scenario's number")
        said.add_argument("--say", nargs="+", help="what to say, one utterance each (needs flite)")
        said.add_argument("--wav", nargs="+", type=Path, help="what to say, as WAV files")
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="the server's address")
        parser.add_argument("--out", type=Path, default=settings.VAR_DIR / "placed-calls")
        parser.add_argument(
            "--dial",
            choices=["no-answer", "answered"],
            default="no-answer",
            help="what happens when the server has somebody rung",
        )
        parser.add_argument(
            "--interrupt",
            type=int,
            metavar="MS",
            nargs="?",
            const=1500,
            help="talk over the receptionist this long into its first words",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")

    def handle(self, *args: Any, **options: Any) -> None:
        """Place the call; exit 1 with one sentence when it could not be carried."""
        try:
            script = _script(options)
            placed = asyncio.run(self._place(script, options))
        except (CallFailed, LineRefused, SpeechMissing, TwimlError) as error:
            raise CommandError(str(error)) from error
        heard, both = placed.save(options["out"])
        stored = wait_for_stored_call(placed.call_sid)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(placed, stored, heard, both)))
            return
        console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 110)
        if stored is None:
            console.print("The server stored no call: the number is unknown, or it was refused.")
            for words in placed.log.said:
                console.print(f"  said: {words}", highlight=False)
        else:
            print_conversation(console, stored.turns)
            print_lead(console, stored.call, stored.lead)
        print_latency(console, placed)
        print_files(console, heard, both, stored.recording_path if stored else "")

    async def _place(self, script: Script, options: dict[str, Any]) -> PlacedCall:
        number = Number(options["to"], options["caller"], settings.TWILIO_AUTH_TOKEN)
        quiet = options["json"]
        return await place(
            number,
            script,
            base_url=options["url"],
            dial_outcome=options["dial"],
            interrupt_after_ms=options["interrupt"],
            on_step=None if quiet else lambda step: self.stdout.write(f"carrier: {step}"),
        )


def _script(options: dict[str, Any]) -> Script:
    if options["scenario"]:
        return scenario_script(options["scenario"])
    if options["say"]:
        return SequenceScript([say(words) for words in options["say"]])
    return SequenceScript([load_wav(path) for path in options["wav"]])


def _as_json(
    placed: PlacedCall, stored: StoredCall | None, heard: Path, both: Path
) -> dict[str, object]:
    return {
        "call_sid": placed.call_sid,
        "duration_ms": placed.duration_ms,
        "longest_dead_air_ms": placed.longest_dead_air_ms,
        "holds": placed.log.holds,
        "dialled": placed.log.dialled,
        "steps": placed.log.steps,
        "exchanges": [
            {"said": e.words, "asked": e.asked, "latency_ms": e.latency_ms}
            for e in placed.heard.exchanges
        ],
        "heard_wav": str(heard),
        "both_wav": str(both),
        "stored": stored.as_json() if stored else None,
    }
