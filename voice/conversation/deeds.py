"""What the receptionist decided is carried out; how it went comes back as an event."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from voice.conversation.crew import Crew
from voice.conversation.reply import Exchange
from voice.ports import FrontDesk
from voice.receptionist.dialogue import (
    Action,
    ActionKind,
    BookingsFound,
    Event,
    TransferFailed,
    WindowTaken,
)

logger = logging.getLogger(__name__)

PERFORM_S: Final = 10.0
LAST_DEEDS_S: Final = 5.0
AFTER_SPEECH: Final = frozenset({ActionKind.TRANSFER, ActionKind.HANG_UP})
"""Actions that take the caller off the line: first the words, then the deed."""


DeedDone = Callable[[Event | None, Exchange], None]


class Deeds:
    """Actions under way at the front desk."""

    def __init__(self, desk: FrontDesk, call_id: str, crew: Crew) -> None:
        self.under_way: set[asyncio.Task[None]] = set()
        self._desk = desk
        self._call_id = call_id
        self._crew = crew

    def start(self, action: Action, then: DeedDone, exchange: Exchange) -> None:
        """Carry it out beside the conversation; `then` is told the event, or None."""

        async def do() -> None:
            event = await self.perform(action)
            task = asyncio.current_task()
            assert task is not None  # noqa: S101 - this runs in a task
            self.under_way.discard(task)
            then(event, exchange)

        task = self._crew.spawn(do(), "deed")
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def perform(self, action: Action) -> Event | None:
        """Carry it out now. A failure becomes the event that says so to the receptionist."""
        try:
            async with asyncio.timeout(PERFORM_S):
                return await self._desk.perform(action)
        except Exception:
            logger.exception("call %s: could not %s", self._call_id, action.kind)
            if action.kind is ActionKind.TRANSFER:
                return TransferFailed()
            if action.kind in (ActionKind.BOOK, ActionKind.RESCHEDULE):
                return WindowTaken(())
            if action.kind is ActionKind.FIND_BOOKINGS:
                return BookingsFound(())
            return None

    async def finish(self) -> None:
        """Give what was begun a little time to end."""
        if self.under_way:
            await asyncio.wait(self.under_way, timeout=LAST_DEEDS_S)
