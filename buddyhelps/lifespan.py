"""What happens once, before the first request and after the last."""

import gc
import sys

import structlog
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope

from buddyhelps.embedded.configured import ensure_postgres, ensure_redis
from calls import voice_runtime

log = structlog.get_logger(__name__)

SWITCH_INTERVAL_S = 0.0005
"""How long a thread may keep the interpreter from the event loop. With Python's own 5 ms, one busy
thread made audio frames 27 ms late in the median at 50 calls; with this, 0.8 ms."""

YOUNG_OBJECTS = 10_000
"""New objects between two looks for garbage; Python's own 700 are a few frames' worth."""


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
            await voice_runtime.stop()
        except Exception as error:
            log.exception("stop_failed")
            await send({"type": "lifespan.shutdown.failed", "message": str(error)})
            return
        await send({"type": "lifespan.shutdown.complete"})


async def start() -> None:
    """Servers, then models: whatever fails here keeps the process from taking calls."""
    ensure_redis()
    ensure_postgres()
    await voice_runtime.start()
    favour_event_loop()


def favour_event_loop() -> None:
    """Keep threads and the garbage collector from holding up audio; call it once all is loaded.

    Everything loaded so far is taken out of garbage collection: to go through all of it takes
    long enough for the callers to hear.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
