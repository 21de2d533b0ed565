"""What a placed call is shown as: conversation, lead as stored, reply times."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from calls.models import Call, Lead, Turn
from calls.presentation import (
    clock_label,
    duration_label,
    end_label,
    facts,
    stages,
    stages_text,
    urgency_label,
)
from calls.simulator.placing import PlacedCall


def print_conversation(console: Console, turns: Sequence[Turn]) -> None:
    """Every turn as the server stored it, with the reply's delay in stages."""
    for turn in turns:
        who = "Caller      " if turn.speaker == "caller" else "Receptionist"
        colour = "cyan" if turn.speaker == "caller" else "green"
        cut = " [dim](interrupted)[/dim]" if turn.interrupted else ""
        console.print(
            f"[dim]{clock_label(turn.started_ms):>5}[/dim] [{colour}]{who}[/{colour}] "
            f"{escape(turn.text)}{cut}"
        )
        found = stages(turn.latency)
        if found:
            console.print(f"{'':>19}[dim]{stages_text(found)}[/dim]")


def print_lead(console: Console, call: Call, lead: Lead | None) -> None:
    """The job as the server stored it."""
    table = Table(title=f"Lead of {call.tenant.name}", title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column()
    if lead is None:
        table.add_row("Lead", "none was stored")
    else:
        table.add_row("Urgency", f"{lead.urgency}  {urgency_label(lead.urgency)}")
        table.add_row("Intent", escape(f"{lead.intent} / {lead.job_type}"))
        for fact in facts(lead.slots):
            mark = "  (confirmed)" if fact.confirmed else ""
            table.add_row(escape(fact.label), escape(fact.value) + mark)
        table.add_row("Actions", escape(", ".join(lead.actions)))
        table.add_row("Summary", escape(lead.summary))
    table.add_row("Ended", f"{end_label(call.end_reason)}, {duration_label(call.duration_ms)}")
    console.print(table)


def print_latency(console: Console, placed: PlacedCall) -> None:
    """Per turn: from the end of the caller's speech to the first reply audio, as heard."""
    table = Table(title="Reply times, heard by the caller", title_justify="left")
    table.add_column("#", justify="right")
    table.add_column("caller said")
    table.add_column("asked")
    table.add_column("first reply audio", justify="right")
    for index, exchange in enumerate(placed.heard.exchanges, 1):
        latency = "none" if exchange.latency_ms is None else f"{exchange.latency_ms} ms"
        table.add_row(str(index), escape(exchange.words), exchange.asked or "", latency)
    console.print(table)


def print_files(console: Console, heard: Path, both: Path, recording: str) -> None:
    """Where the audio lies."""
    console.print(f"Heard by the caller  {heard}", soft_wrap=True, highlight=False)
    console.print(f"Both sides           {both}", soft_wrap=True, highlight=False)
    if recording:
        console.print(f"Server's recording   {recording}", soft_wrap=True, highlight=False)
