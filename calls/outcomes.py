"""How this process' last calls ended, in case the carrier asks while the database is away."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from voice.records import EndReason

LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """Why a call's conversation ended, and whether a person is to take over."""

    reason: EndReason
    transfer_pending: bool


_recent: OrderedDict[str, Outcome] = OrderedDict()
_lock = threading.Lock()


def remember(call_sid: str, outcome: Outcome) -> None:
    """Keep it; the oldest of more than a thousand is forgotten."""
    with _lock:
        _recent[call_sid] = outcome
        while len(_recent) > LIMIT:
            _recent.popitem(last=False)


def recall(call_sid: str) -> Outcome | None:
    """What is remembered of the call, if this process had it."""
    with _lock:
        return _recent.get(call_sid)
