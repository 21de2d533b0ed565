"""One thread that writes all journals, so that a slow disk never holds up a call."""

import queue
import threading
from collections.abc import Callable

from calls.journal import counts

QUEUE_LIMIT = 4_096

_queue: queue.Queue[Callable[[], None]] = queue.Queue(QUEUE_LIMIT)
_starting = threading.Lock()
_thread: threading.Thread | None = None


def submit(write: Callable[[], None]) -> None:
    """Have it written soon, in order; a full queue drops and counts it. Never blocks."""
    _ensure_thread()
    try:
        _queue.put_nowait(write)
    except queue.Full:
        counts.dropped += 1


def flush() -> None:
    """Return once everything submitted so far was written."""
    _queue.join()


def _ensure_thread() -> None:
    global _thread
    if _thread is not None and _thread.is_alive():
        return
    with _starting:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_write, name="journal", daemon=True)
            _thread.start()


def _write() -> None:
    while True:
        write = _queue.get()
        try:
            write()
        finally:
            _queue.task_done()
