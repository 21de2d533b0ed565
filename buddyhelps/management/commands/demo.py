"""manage.py demo: start everything, place two calls at once, show what became of them."""

import asyncio
import io
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from buddyhelps.demo import DemoCall, place_all
from buddyhelps.embedded import EmbeddedError
from buddyhelps.serving import ServeError, running
from calls.simulator.carrier import CallFailed
from calls.simulator.expected import missing_facts
from calls.simulator.line import LineRefused
from calls.simulator.outcome import StoredCall, wait_for_stored_call
from calls.simulator.placing import PlacedCall
from calls.simulator.report import print_conversation, print_files, print_latency, print_lead
from calls.simulator.speech import SpeechMissing
from calls.simulator.twiml import TwimlError
from tenants.demo import DEMO_TENANTS

WIDTH_WHEN_PIPED = 110


class Command(BaseCommand):
    """An emergency and a routine job, to two plumbers, at the same time."""

    help = "Answer two calls at once on this machine, from greeting to lead."

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 0 only if every fact the callers told is in the leads."""
        console = Console(width=None if sys.stdout.isatty() else WIDTH_WHEN_PIPED)
        try:
            with running(say=_say(console), logs=settings.VAR_DIR / "log" / "demo") as stack:
                call_command("seed_demo", stdout=io.StringIO())
                calls = _demo_calls()
                console.rule("Two calls at the same time")
                placed = asyncio.run(place_all(console, calls, base_url=stack.address))
                outcomes = [wait_for_stored_call(one.call_sid) for one in placed]
        except (CallFailed, EmbeddedError, LineRefused, ServeError) as error:
            raise CommandError(str(error)) from error
        except (SpeechMissing, TwimlError) as error:
            raise CommandError(str(error)) from error
        wrong = []
        for call, one, outcome in zip(calls, placed, outcomes, strict=True):
            _show(console, call, one, outcome)
            wrong += missing_facts(call.scenario, outcome)
        if wrong:
            raise CommandError("The demo failed.\n  " + "\n  ".join(wrong))
        console.rule("Every fact the callers told is in the leads")
        console.print(f"See them in the browser: make run, then {stack.address}/")
        console.print((settings.VAR_DIR / "demo-logins.txt").read_text(), highlight=False)


def _show(console: Console, call: DemoCall, placed: PlacedCall, stored: StoredCall | None) -> None:
    console.rule(call.title)
    if stored is not None:
        print_conversation(console, stored.turns)
        print_lead(console, stored.call, stored.lead)
    print_latency(console, placed)
    heard, both = placed.save(settings.VAR_DIR / "placed-calls")
    print_files(console, heard, both, stored.recording_path if stored else "")


def _demo_calls() -> list[DemoCall]:
    """Water through the ceiling for the first plumber, a slow drain for the second."""
    harbor, summit = DEMO_TENANTS
    return [
        DemoCall(f"Emergency to {harbor.rules.business_name}", harbor.number, "1"),
        DemoCall(f"Routine job for {summit.rules.business_name}", summit.number, "8"),
    ]


def _say(console: Console) -> Any:
    return lambda message: console.print(f"demo: {message}", highlight=False)
