"""Uvicorn as we run it: python -m buddyhelps.server [--fd LISTENING_SOCKET]

Its sockets close at SIGTERM, which would cut every call off. So the first signal only drains: no
new calls, until the live ones have ended; the second one stops at once.
"""

import argparse
import asyncio
import os
import signal
from types import FrameType

import structlog
import uvicorn

from buddyhelps.media_protocol import MediaStreamProtocol

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buddyhelps.settings")
# The event loop's small products gain nothing from numpy's threads, and wait for them to wake.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

log = structlog.get_logger(__name__)


class DrainingServer(uvicorn.Server):
    """A uvicorn server that lets live calls end before it goes."""

    draining: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """First signal: drain, then stop. Second: stop now. Third, if Ctrl-C: drop everything."""
        if not self.started:  # models may load for minutes, and there is no call to lose
            os._exit(128 + sig)
        if self.draining is not None:
            super().handle_exit(sig, frame)
            return
        self._captured_signals.append(sig)
        self.draining = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        from django.conf import settings

        from calls import voice_runtime

        log.info("draining", seconds=settings.DRAIN_SECONDS)
        try:
            await voice_runtime.drain(timeout_s=settings.DRAIN_SECONDS)
        finally:
            self.should_exit = True


def main() -> None:
    """Serve until a signal; listen where the settings say, or on an inherited socket."""
    parser = argparse.ArgumentParser(description="Serve the product.")
    parser.add_argument("--fd", type=int, help="a socket that already listens")
    options = parser.parse_args()

    import django

    django.setup()
    from django.conf import settings

    config = uvicorn.Config(
        settings.ASGI_APPLICATION.replace(".application", ":application"),
        fd=options.fd,
        host=settings.LISTEN_HOST,
        port=settings.PORT,
        loop="uvloop",
        http="httptools",
        ws=MediaStreamProtocol,
        ws_per_message_deflate=False,  # audio does not compress, and it costs CPU
        ws_max_size=64 * 1024,  # a carrier's frame has under 400 bytes
        lifespan="on",
        log_config=None,
        access_log=False,  # django-structlog writes one line a request
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    server = DrainingServer(config)
    try:
        server.run()
    except KeyboardInterrupt:  # uvicorn raises the signal anew once it has stopped
        return


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    main()
