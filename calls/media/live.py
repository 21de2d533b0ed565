"""The conversations this process holds right now."""

import asyncio
from dataclasses import dataclass
from typing import Final

from calls.media.session import Session
from voice.records import EndReason

GRACE_S: Final = 60.0
"""A conversation ends itself some seconds after its longest duration; this long after, it hangs."""


@dataclass(slots=True, eq=False)
class Conversation:
    """A session, the task that holds it, and when (loop time) it is over at the latest."""

    session: Session
    task: "asyncio.Task[object]"
    latest: float
    is_overdue: bool = False


_conversations: dict[str, Conversation] = {}
_finishing: set["asyncio.Task[bool]"] = set()


def enter(call_sid: str, session: Session, *, longest_s: float) -> Conversation:
    """The conversation begins, in the task that calls this."""
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError(f"the conversation of {call_sid} has to be held by a task")
    latest = asyncio.get_running_loop().time() + longest_s + GRACE_S
    conversation = _conversations[call_sid] = Conversation(session, task, latest)
    return conversation


def leave(call_sid: str) -> None:
    """The conversation is over."""
    _conversations.pop(call_sid, None)


def call_sids() -> list[str]:
    """The carrier's names of all calls that are live here."""
    return list(_conversations)


def count() -> int:
    """How many calls are live here, those being stored included."""
    return len(_conversations) + len(_finishing)


def end_all(reason: EndReason, error: str) -> None:
    """Have every conversation end, without waiting."""
    for conversation in list(_conversations.values()):
        conversation.session.end(reason, error)


def end_overdue() -> list[str]:
    """Cancel the conversations that should long have ended by themselves; the carrier's names."""
    now = asyncio.get_running_loop().time()
    overdue = [
        (call_sid, conversation)
        for call_sid, conversation in _conversations.items()
        if conversation.latest < now and not conversation.is_overdue
    ]
    for _, conversation in overdue:
        conversation.is_overdue = True
        conversation.task.cancel("the conversation did not end by itself")
    return [call_sid for call_sid, _ in overdue]


def finish(task: "asyncio.Task[bool]") -> None:
    """Remember a call that is being stored until it is."""
    _finishing.add(task)
    task.add_done_callback(_finishing.discard)
