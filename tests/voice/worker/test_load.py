"""What the machine model and the load simulation promise."""

import asyncio
import random

import pytest

from voice.capacity import carried_calls
from voice.profiles import load_profile
from voice.simulation.clock import run_virtual
from voice.simulation.load import Workload, measure, most_calls
from voice.simulation.machine import Machine, SharedPart

SHORT = Workload(minutes=3.0)


@pytest.mark.parametrize(
    ("contention", "ends"), [(0.0, [1.0, 2.0]), (0.5, [1.5, 2.5]), (1.0, [2.0, 3.0])]
)
def test_a_shared_part_slows_those_who_share_it(contention: float, ends: list[float]) -> None:
    async def main() -> list[float]:
        part = SharedPart(contention)

        async def job(seconds: float) -> float:
            await part.use(seconds)
            return asyncio.get_running_loop().time()

        return list(await asyncio.gather(job(1.0), job(2.0)))

    assert run_virtual(main()) == pytest.approx(ends)


def test_a_cancelled_job_gives_its_share_back() -> None:
    async def main() -> float:
        part = SharedPart(1.0)
        other = asyncio.ensure_future(part.use(10.0))
        mine = asyncio.ensure_future(part.use(1.0))
        await asyncio.sleep(1.0)
        other.cancel()
        await mine
        return asyncio.get_running_loop().time()

    assert run_virtual(main()) == pytest.approx(1.5)


def test_an_engine_alone_takes_what_its_profile_says() -> None:
    async def main() -> float:
        machine = Machine(load_profile("a4000"), random.Random(3))
        for _ in range(100):
            await machine.recognize([2.0])
        return asyncio.get_running_loop().time() / 100

    assert run_virtual(main()) == pytest.approx(0.066, rel=0.02)


def test_64_calls_on_an_a4000_within_300_ms_and_nothing_late() -> None:
    ours = measure(load_profile("a4000"), "ours", 64, SHORT)
    assert ours.p95_ms <= 300.0
    assert ours.late_audio == 0


def test_todays_scheme_breaks_between_2_and_12_calls_on_an_a4000() -> None:
    assert 1 <= most_calls(load_profile("a4000"), "today", SHORT) < 12
    assert not measure(load_profile("a4000"), "today", 12, SHORT).good


def test_256_calls_on_an_h100() -> None:
    ours = measure(load_profile("h100"), "ours", 256, SHORT)
    assert ours.p95_ms <= 300.0
    assert ours.late_audio == 0


def test_ours_carries_more_than_a_fixed_window_does() -> None:
    profile = load_profile("a4000")
    assert carried_calls(profile, SHORT) > 1.5 * most_calls(profile, "naive", SHORT)


def test_the_same_seed_gives_the_same_figures() -> None:
    profile = load_profile("l4")
    assert measure(profile, "ours", 20, SHORT) == measure(profile, "ours", 20, SHORT)
