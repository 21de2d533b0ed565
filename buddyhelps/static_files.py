"""Style sheets, scripts and icons, served beside Django instead of through its middleware.

WhiteNoise's middleware is sync: inside Django it would send every request, webhooks too, through a
thread. Its table of files, with their hashes, headers and compressed variants, is what we use.
"""

import asyncio
from typing import cast

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope
from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import Response, StaticFile

REQUEST_HEADERS = {  # those a static answer depends on, as WhiteNoise names them
    b"accept-encoding": "HTTP_ACCEPT_ENCODING",
    b"if-modified-since": "HTTP_IF_MODIFIED_SINCE",
    b"if-none-match": "HTTP_IF_NONE_MATCH",
    b"range": "HTTP_RANGE",
}


class StaticFiles:
    """Answers for what lies in STATIC_ROOT and hands every other request on."""

    def __init__(self, application: ASGI3Application) -> None:
        self.application = application
        self.table = WhiteNoiseMiddleware()

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """One request, as ASGI has it."""
        http = cast(HTTPScope, scope)
        file = self._find(http["path"])
        if file is None:
            await self.application(scope, receive, send)
            return
        headers = {
            REQUEST_HEADERS[name]: value.decode("latin-1")
            for name, value in http["headers"]
            if name in REQUEST_HEADERS
        }
        response, body = await asyncio.to_thread(_read, file, http["method"], headers)
        await send(
            {
                "type": "http.response.start",
                "status": int(response.status),
                "headers": [
                    (name.lower().encode("latin-1"), value.encode("latin-1"))
                    for name, value in (*response.headers, ("X-Content-Type-Options", "nosniff"))
                ],
                "trailers": False,
            }
        )
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def _find(self, path: str) -> StaticFile | None:
        if not path.startswith(settings.STATIC_URL):
            return None
        if self.table.autorefresh:
            return cast("StaticFile | None", self.table.find_file(path))
        return cast("StaticFile | None", self.table.files.get(path))


def _read(file: StaticFile, method: str, headers: dict[str, str]) -> tuple[Response, bytes]:
    """The answer and its whole body: the largest of our files is a style sheet of 100 kB."""
    response = file.get_response(method, headers)
    if response.file is None:
        return response, b""
    with response.file as opened:
        return response, opened.read()
