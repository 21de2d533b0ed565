"""What a load balancer asks: is the process alive, may it be given calls.

Answered before Django, whose host check and redirect to https are not for probes from inside.
"""

import json
from typing import cast

from asgiref.sync import sync_to_async
from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope
from django.db import DatabaseError, connection

from calls import voice_runtime


class Probes:
    """Answers /healthz and /readyz, and hands every other request on."""

    def __init__(self, application: ASGI3Application) -> None:
        self.application = application

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """One request, as ASGI has it."""
        path = cast(HTTPScope, scope)["path"]
        if path == "/healthz":
            await _answer(send, 200, {"status": "alive"})
        elif path == "/readyz":
            missing = await not_ready()
            status = "not ready" if missing else "ready"
            await _answer(send, 503 if missing else 200, {"status": status, "missing": missing})
        else:
            await self.application(scope, receive, send)


async def not_ready() -> list[str]:
    """What keeps us from taking calls: "voice" not warm or draining, "database" not answering."""
    missing = [] if voice_runtime.takes_calls() else ["voice"]
    if not await sync_to_async(_database_answers)():
        missing.append("database")
    return missing


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    finally:
        connection.close()
    return True


async def _answer(send: ASGISendCallable, status: int, content: dict[str, object]) -> None:
    body = json.dumps(content).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send(
        {"type": "http.response.start", "status": status, "headers": headers, "trailers": False}
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
