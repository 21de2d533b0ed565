"""Lanes: where a batch runs. One model instance each, one batch at a time."""

import asyncio
import queue
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from voice.errors import EngineUnavailable

T = TypeVar("T")
R = TypeVar("R")
E = TypeVar("E", bound="Engine")

Execute = Callable[[list[T]], Awaitable[list[R]]]

ABANDONED_LIMIT: Final = 3
"""Hung threads a lane may leave behind at a time: each still holds its model's memory."""

CLOSE_LIMIT_S: Final = 2.0


class Engine(Protocol):
    """Anything a lane can own: it can be closed."""

    def close(self) -> None: ...


class Lane(Protocol[T, R]):
    """One place that runs one batch at a time."""

    name: str

    async def execute(self, items: list[T]) -> list[R]:
        """One result per item, in order. Raises whatever the engine raises."""
        ...

    async def restart(self) -> None:
        """Make the lane usable again after a hang or a dead engine. Raises when it cannot."""
        ...

    async def close(self) -> None:
        """Let the engine go; a hung one is left to itself."""
        ...


class AsyncLane(Generic[T, R]):
    """A lane around a coroutine function: simulated engines, remote servers."""

    def __init__(self, name: str, execute: Execute[T, R]) -> None:
        self.name = name
        self._execute = execute

    async def execute(self, items: list[T]) -> list[R]:
        return await self._execute(items)

    async def restart(self) -> None:
        """Nothing to rebuild: a cancelled call leaves nothing behind."""

    async def close(self) -> None:
        """Nothing to let go."""


@dataclass(slots=True, eq=False)
class _Job:
    """Something to do on the lane's thread; `done` is answered on the loop."""

    run: Callable[[], object]
    done: "asyncio.Future[object]"


class _Worker:
    """One daemon thread that does jobs in order until it is told to stop."""

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._work, name=name, daemon=True)
        self.thread.start()

    def call(self, run: Callable[[], object]) -> "asyncio.Future[object]":
        job = _Job(run, self._loop.create_future())
        self._jobs.put(job)
        return job.done

    def stop(self, last: Callable[[], None]) -> "asyncio.Future[object]":
        """Do `last` after the job in hand, whenever that returns, and end the thread."""
        done = self.call(last)
        self._jobs.put(None)
        return done

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            result: object = None
            error: BaseException | None = None
            try:
                result = job.run()
            except BaseException as raised:  # an engine may raise SystemExit; the lane lives on
                error = raised
            try:
                self._loop.call_soon_threadsafe(_settle, job.done, result, error)
            except RuntimeError:
                return  # the loop is closed: nobody is left to hear
            del job, result, error


def _settle(done: "asyncio.Future[object]", result: object, error: BaseException | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(result)
        return
    if not isinstance(error, Exception) or isinstance(error, StopIteration):
        error = EngineUnavailable(f"the engine raised {type(error).__name__}: {error}")
    done.set_exception(error)
    done.exception()  # whoever gave up waiting for it needs no warning in the log


class ThreadLane(Generic[E, T, R]):
    """A synchronous engine in a thread of its own, where it is built, called and closed.

    A hung thread cannot be stopped, only left: `restart` abandons it with its engine, starts
    a new thread and builds a new engine there. Should the old call return after all, its result
    is dropped and its engine closed. At most ABANDONED_LIMIT threads may be left hanging.
    """

    def __init__(
        self, name: str, build: Callable[[], E], run: Callable[[E, list[T]], list[R]]
    ) -> None:
        self.name = name
        self._build = build
        self._run = run
        self._worker: _Worker | None = None
        self._engine: E | None = None
        self._abandoned: list[threading.Thread] = []

    @property
    def engine(self) -> E | None:
        """The engine as last built, for its name and description; None while there is none."""
        return self._engine

    async def start(self) -> None:
        """Build the engine on the lane's thread. Raises what the builder raises."""
        worker = _Worker(f"lane-{self.name}", asyncio.get_running_loop())
        self._worker = worker
        holder: list[E] = []

        def build() -> None:
            holder.append(self._build())

        try:
            await worker.call(build)
        except BaseException:
            worker.stop(lambda: _close_all(holder))
            self._worker = None
            raise
        self._engine = holder[0]

    async def execute(self, items: list[T]) -> list[R]:
        worker, engine = self._worker, self._engine
        if worker is None or engine is None:
            raise EngineUnavailable(f"Lane {self.name} has no engine: it is being restarted.")
        results: list[R] = []

        def run() -> None:
            results.extend(self._run(engine, items))

        await worker.call(run)
        return results

    async def restart(self) -> None:
        self._let_go()
        self._abandoned = [thread for thread in self._abandoned if thread.is_alive()]
        if len(self._abandoned) > ABANDONED_LIMIT:
            raise EngineUnavailable(
                f"Lane {self.name} has {len(self._abandoned)} hung threads, each holding a model: "
                "it stays closed until one returns; restart the process to clear them."
            )
        await self.start()

    async def close(self) -> None:
        closed = self._let_go()
        if closed is not None:
            await asyncio.wait({closed}, timeout=CLOSE_LIMIT_S)

    def _let_go(self) -> "asyncio.Future[object] | None":
        worker, engine = self._worker, self._engine
        self._worker = self._engine = None
        if worker is None:
            return None
        self._abandoned.append(worker.thread)
        return worker.stop(lambda: _close_all([engine] if engine is not None else []))


def _close_all(engines: list[E]) -> None:
    for engine in engines:
        engine.close()
