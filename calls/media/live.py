"""The conversations this process holds right now."""

import asyncio

from calls.media.session import Session
from voice.records import EndReason

_sessions: dict[str, Session] = {}
_finishing: set["asyncio.Task[bool]"] = set()


def enter(call_sid: str, session: Session) -> None:
    """The conversation begins."""
    _sessions[call_sid] = session


def leave(call_sid: str) -> None:
    """The conversation is over."""
    _sessions.pop(call_sid, None)


def call_sids() -> list[str]:
    """The carrier's names of all calls that are live here."""
    return list(_sessions)


def count() -> int:
    """How many calls are live here, those being stored included."""
    return len(_sessions) + len(_finishing)


def end_all(reason: EndReason, error: str) -> None:
    """Have every conversation end, without waiting."""
    for session in list(_sessions.values()):
        session.end(reason, error)


def finish(task: "asyncio.Task[bool]") -> None:
    """Remember a call that is being stored until it is."""
    _finishing.add(task)
    task.add_done_callback(_finishing.discard)
