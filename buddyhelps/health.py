"""What machines ask before Django, whose host check and redirect to https are not for them.

/healthz: is the process alive; /readyz: may it be given calls; /metrics: Prometheus' page, for
whoever has METRICS_TOKEN. Without a token it exists on somebody's own machine only.
"""

import hmac
import json
from typing import cast

from asgiref.sync import sync_to_async
from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope
from django.conf import settings
from django.db import DatabaseError, connection

from calls import metrics, voice_runtime


class Probes:
    """Answers /healthz, /readyz and /metrics, and hands every other request on."""

    def __init__(self, application: ASGI3Application) -> None:
        self.application = application

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """One request, as ASGI has it."""
        asked = cast(HTTPScope, scope)
        if asked["path"] == "/healthz":
            await _answer(send, 200, {"status": "alive"})
        elif asked["path"] == "/readyz":
            missing = await not_ready()
            status = "not ready" if missing else "ready"
            await _answer(send, 503 if missing else 200, {"status": status, "missing": missing})
        elif asked["path"] == "/metrics" and _may_read_metrics(asked):
            await _send(send, 200, metrics.page(), metrics.CONTENT_TYPE.encode())
        else:
            await self.application(scope, receive, send)


async def not_ready() -> list[str]:
    """What keeps us from taking calls: "voice" not warm or draining, "database" not answering."""
    missing = [] if voice_runtime.takes_calls() else ["voice"]
    if not await sync_to_async(_database_answers)():
        missing.append("database")
    return missing


def _may_read_metrics(scope: HTTPScope) -> bool:
    """Whether the request carries the token, or none is needed here."""
    if not settings.METRICS_TOKEN:
        return bool(settings.OWN_MACHINE)
    given = dict(scope["headers"]).get(b"authorization", b"")
    return hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())


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
    await _send(send, status, json.dumps(content).encode(), b"application/json")


async def _send(send: ASGISendCallable, status: int, body: bytes, content_type: bytes) -> None:
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send(
        {"type": "http.response.start", "status": status, "headers": headers, "trailers": False}
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
