"""The main job, shown: two callers ring two plumbers at the same time and both are served."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.text import Text

from calls import journal
from calls.presentation import clock_label, stages, stages_text
from calls.simulator.caller import Exchange
from calls.simulator.carrier import Number
from calls.simulator.expected import CALLERS
from calls.simulator.placing import PlacedCall, place
from calls.simulator.speech import scenario_script

REFRESH_SECONDS = 0.25
LINES_SHOWN = 14


@dataclass(frozen=True, slots=True)
class DemoCall:
    """One call of the demo: a bundled scenario's caller rings a plumber's number."""

    title: str
    to_number: str
    scenario: str


@dataclass(slots=True)
class Screen:
    """What is known of a call while it runs."""

    call: DemoCall
    call_sid: str = ""
    steps: list[str] = field(default_factory=list)
    speaking: str = ""
    over: bool = False

    def lines(self) -> list[Text]:
        """The last lines of the conversation, as the server has them so far."""
        lines = [Text(step, style="dim") for step in self.steps[:3]]
        for note in journal.peek(Path(settings.SPOOL_DIR), call_sid=self.call_sid):
            turn = note.turn
            is_caller = turn.speaker == "caller"
            lines.append(
                Text.assemble(
                    (f"{clock_label(turn.started_ms):>5} ", "dim"),
                    ("caller  " if is_caller else "answer  ", "cyan" if is_caller else "green"),
                    turn.text,
                )
            )
            if turn.latency is not None:
                found = stages(
                    {
                        "endpoint_ms": turn.latency.endpoint_ms,
                        "transcript_ms": turn.latency.transcript_ms,
                        "first_sentence_ms": turn.latency.first_sentence_ms,
                        "first_audio_ms": turn.latency.first_audio_ms,
                        "first_frame_ms": turn.latency.first_frame_ms,
                    }
                )
                lines.append(Text(f"{'':>6}{stages_text(found)}", style="dim"))
        return lines

    def panel(self) -> Panel:
        """The call as one box of the terminal."""
        state = "[green]over[/green]" if self.over else "[yellow]on the line[/yellow]"
        lines = self.lines()[-LINES_SHOWN:]
        if self.speaking and not self.over:
            lines.append(Text(f"      … {self.speaking}", style="italic cyan"))
        return Panel(
            Group(*lines) if lines else Text("ringing …", style="dim"),
            title=f"{escape(self.call.title)} · {state}",
            title_align="left",
        )


async def place_all(
    console: Console, calls: Sequence[DemoCall], *, base_url: str
) -> list[PlacedCall]:
    """Place every call at once and show them until the last is over."""
    screens = [Screen(call) for call in calls]
    with Live(console=console, refresh_per_second=4, transient=not console.is_terminal) as live:

        async def refresh() -> None:
            while True:
                live.update(Group(*(screen.panel() for screen in screens)))
                await asyncio.sleep(REFRESH_SECONDS)

        refreshing = asyncio.create_task(refresh())
        try:
            return list(
                await asyncio.gather(*(_place(screen, base_url=base_url) for screen in screens))
            )
        finally:
            refreshing.cancel()
            live.update(Group(*(screen.panel() for screen in screens)))


async def _place(screen: Screen, *, base_url: str) -> PlacedCall:
    def on_call_sid(call_sid: str) -> None:
        screen.call_sid = call_sid

    def on_spoken(exchange: Exchange) -> None:
        screen.speaking = exchange.words

    number = Number(
        screen.call.to_number, CALLERS[screen.call.scenario], settings.TWILIO_AUTH_TOKEN
    )
    placed = await place(
        number,
        scenario_script(screen.call.scenario),
        base_url=base_url,
        on_step=screen.steps.append,
        on_call_sid=on_call_sid,
        on_spoken=on_spoken,
    )
    screen.over = True
    return placed
