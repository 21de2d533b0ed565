"""Refuses request bodies that are larger than anything we are ever sent."""

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGIReceiveEvent,
    ASGISendCallable,
    Scope,
)

MAX_BYTES = 2 * 1024 * 1024
"""The largest form is a receptionist's settings, some 100 kB. No page takes files."""


class BodyLimit:
    """Answers 413 to a longer body, before Django would write it to the disk to look at it."""

    def __init__(self, application: ASGI3Application, *, max_bytes: int = MAX_BYTES) -> None:
        self._application = application
        self._max_bytes = max_bytes

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """Hand the request on; count what comes, whatever its headers announce."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self._max_bytes:
            await _refuse(send)
            return
        received, is_refused = 0, False

        async def counting() -> ASGIReceiveEvent:
            nonlocal received, is_refused
            message = await receive()
            if message["type"] == "http.request":
                received += len(message["body"])
                if received > self._max_bytes and not is_refused:
                    is_refused = True
                    await _refuse(send)
            return {"type": "http.disconnect"} if is_refused else message

        await self._application(scope, counting, send)


async def _refuse(send: ASGISendCallable) -> None:
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send(
        {"type": "http.response.start", "status": 413, "headers": headers, "trailers": False}
    )
    await send({"type": "http.response.body", "body": b"Too large.\n", "more_body": False})
