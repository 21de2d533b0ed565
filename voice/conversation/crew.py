"""A call's tasks: all in one group, none of them able to break it or to outlive it."""

import asyncio
from collections.abc import Callable, Coroutine

Work = Coroutine[object, object, None]


class Crew:
    """Starts a call's tasks. An error in one is told to `on_error`, and the others go on."""

    def __init__(self, group: asyncio.TaskGroup, on_error: Callable[[Exception], None]) -> None:
        self._group = group
        self._on_error = on_error
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Work, name: str) -> asyncio.Task[None]:
        """Start it."""
        task = self._group.create_task(self._guarded(work), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # it may have been cancelled unbegun
        return task

    def dismiss(self, *, keep: set[asyncio.Task[None]]) -> None:
        """Cancel all but these."""
        for task in self._tasks - keep:
            task.cancel()

    async def _guarded(self, work: Work) -> None:
        try:
            await work
        except Exception as error:
            self._on_error(error)
