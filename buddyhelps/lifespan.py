"""What happens once, before the first request and after the last."""

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import structlog
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope

from buddyhelps.embedded.configured import ensure_postgres, ensure_redis

log = structlog.get_logger(__name__)

SWITCH_INTERVAL_S = 0.0005
"""How long a thread may keep the interpreter from the event loop. With Python's own 5 ms, one busy
thread made audio frames 27 ms late in the median at 50 calls; with this, 0.8 ms."""


class Lifespan:
    """Answers the server's lifespan messages: the voice worker starts warm and stops drained."""

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """The one conversation of the process, as ASGI has it."""
        await receive()
        try:
            await start()
        except Exception as error:
            log.exception("start_failed")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        try:
            await stop()
        except Exception as error:
            log.exception("stop_failed")
            await send({"type": "lifespan.shutdown.failed", "message": str(error)})
            return
        await send({"type": "lifespan.shutdown.complete"})


def _runtime() -> Any:
    return import_module("calls.voice_runtime") if find_spec("calls.voice_runtime") else None


def takes_calls() -> bool:
    """Whether the voice worker is warm and nobody asked us to stop."""
    runtime = _runtime()
    return runtime is None or bool(runtime.takes_calls())


async def drain(timeout_s: float) -> None:
    """Take no new calls; return once the live ones have ended, or after `timeout_s`."""
    if (runtime := _runtime()) is not None:
        await runtime.drain(timeout_s=timeout_s)


async def stop() -> None:
    """The voice worker has ended."""
    if (runtime := _runtime()) is not None:
        await runtime.stop()


async def start() -> None:
    """Servers, then models: whatever fails here keeps the process from taking calls."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    ensure_redis()
    ensure_postgres()
    if (runtime := _runtime()) is not None:
        await runtime.start()
