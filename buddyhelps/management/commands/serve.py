"""manage.py serve: the web pages, the phone endpoints and the background work, until Ctrl-C."""

import signal
import sys
import time
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from buddyhelps.embedded import EmbeddedError
from buddyhelps.embedded.configured import ensure_postgres, ensure_redis
from buddyhelps.serving import ServeError, Stack, running

WATCH_S = 1.0


class Command(BaseCommand):
    """Starts what is needed, says where it is, and stops it all in order."""

    help = "Serve the web pages and the phone endpoints until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal. Raises CommandError with one clear sentence."""
        for number in (signal.SIGTERM, signal.SIGINT):  # background jobs ignore SIGINT
            signal.signal(number, _as_ctrl_c)
        try:
            with running(say=self._say) as stack:
                self._say(f"ready: {stack.address}/  (Ctrl-C stops)")
                self._watch(stack)
        except (ServeError, EmbeddedError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self._say("stopped")

    def _watch(self, stack: Stack) -> None:
        """Until Ctrl-C; a database or queue that was killed is started again."""
        try:
            while not stack.dead():
                time.sleep(WATCH_S)
                ensure_postgres()
                ensure_redis()
        except KeyboardInterrupt:
            self._say("stopping: live calls may finish (Ctrl-C again cuts them)")
            raise
        raise ServeError(f"The {stack.dead()[0]} process has ended by itself; see its last lines")

    def _say(self, message: str) -> None:
        sys.stdout.write(f"serve: {message}\n")
        sys.stdout.flush()


def _as_ctrl_c(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
