"""Steps that tests of the media socket share."""

import asyncio
from collections.abc import Callable
from typing import Any

from calls.models import Call
from tenants.context import run_unscoped
from tests.calls.socket import ScriptedSession, Sessions, Socket


async def stored(model: Any, **where: object) -> list[Any]:
    """The rows of all tenants."""
    return await run_unscoped("test", lambda: list(model.objects.filter(**where)))


async def only_call() -> Call:
    """The one call there is."""
    (call,) = await stored(Call)
    return call  # type: ignore[no-any-return]


async def heard(session: ScriptedSession, frames: int) -> None:
    """Until the session has got so many frames."""
    async with asyncio.timeout(10):
        await session.has_heard(frames)


async def begun(
    connect: Callable[..., Socket], sessions: Sessions, token: str
) -> tuple[Socket, ScriptedSession]:
    """A stream whose conversation has begun."""
    socket = connect()
    socket.start("CA1", token)
    return socket, await sessions.next()
