"""What the deadline batcher itself costs an item, on this machine's real clock and uvloop.

    .venv/bin/python -m benchmarks.batcher_overhead --json

The engine answers at once, so all the time is the batcher's and the event loop's. Prints
{"scenarios": {name: {"items", "us_per_item"}}, "worst_us_per_item"}.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import uvloop

from voice.batching import DeadlineBatcher
from voice.costs import Cost, CostModel
from voice.lanes import AsyncLane, ThreadLane
from voice.workqueue import BatchLimits

ROUNDS = 5


class _NoEngine:
    def close(self) -> None:
        """Nothing to close."""


async def _at_once(items: list[int]) -> list[int]:
    return items


def _batcher(lane: Any, limits: BatchLimits) -> DeadlineBatcher[int, int]:
    return DeadlineBatcher(
        [lane], name="overhead", cost=CostModel(Cost(1e-5, 1e-6)), limits=limits, queue_limit=4096
    )


async def _pile(lane: Any, *, items: int, tenants: int, limits: BatchLimits) -> float:
    """Everything at once, then all the answers: the queue is as deep as it gets."""
    batcher = _batcher(lane, limits)
    deadline = asyncio.get_running_loop().time() + 60.0
    began = time.perf_counter()
    futures = [
        batcher.submit(
            number,
            deadline=deadline + number % 7,
            weight=1.0 + number % 40 / 20,
            tenant_id=number % tenants,
        )
        for number in range(items)
    ]
    await asyncio.gather(*futures)
    took = time.perf_counter() - began
    await batcher.close()
    return took


async def _one_by_one(lane: Any, *, items: int) -> float:
    """Each item waits for the one before: no batch to share the cost with."""
    batcher = _batcher(lane, BatchLimits())
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    for number in range(items):
        await batcher.submit(number, deadline=loop.time() + 60.0, weight=1.0, tenant_id=1)
    took = time.perf_counter() - began
    await batcher.close()
    return took


def _best(run: Callable[[], Any], items: int) -> dict[str, Any]:
    took = []
    for _ in range(ROUNDS):
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            took.append(runner.run(run()))
    best = min(took)
    return {"items": items, "us_per_item": round(1e6 * best / items, 1)}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    options = parser.parse_args()

    def lane() -> AsyncLane[int, int]:
        return AsyncLane("at-once", _at_once)

    async def in_a_thread() -> float:
        threaded: ThreadLane[_NoEngine, int, int] = ThreadLane(
            "thread", _NoEngine, lambda _, items: items
        )
        await threaded.start()
        return await _one_by_one(threaded, items=500)

    wide, narrow = BatchLimits(), BatchLimits(max_items=4)
    scenarios = {
        "512 waiting, 64 tenants, batches of 32": _best(
            lambda: _pile(lane(), items=512, tenants=64, limits=wide), 512
        ),
        "512 waiting, 1 tenant, batches of 32": _best(
            lambda: _pile(lane(), items=512, tenants=1, limits=wide), 512
        ),
        "64 waiting, 64 tenants, batches of 4": _best(
            lambda: _pile(lane(), items=64, tenants=64, limits=narrow), 64
        ),
        "one at a time": _best(lambda: _one_by_one(lane(), items=500), 500),
    }
    report = {
        "scenarios": scenarios,
        "worst_us_per_item": max(found["us_per_item"] for found in scenarios.values()),
        "thread_round_trip_us": _best(in_a_thread, 500)["us_per_item"],
    }
    if options.json:
        print(json.dumps(report))
        return 0
    for name, found in scenarios.items():
        print(f"{name:42}{found['us_per_item']:8.1f} us an item")
    print(f"{'one at a time through a real thread':42}{report['thread_round_trip_us']:8.1f} us")
    return 0


if __name__ == "__main__":
    sys.exit(main())
