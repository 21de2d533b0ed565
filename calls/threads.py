"""Threads for what blocks: database and disk, away from the event loop that carries audio."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 8

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="calls")


async def in_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The result of `work(*args, **kwargs)`, done on one of our threads."""

    def handing_back() -> R:
        close_old_connections()
        try:
            return work(*args, **kwargs)
        finally:
            close_old_connections()  # back to the pool

    return await asyncio.get_running_loop().run_in_executor(_threads, handing_back)
