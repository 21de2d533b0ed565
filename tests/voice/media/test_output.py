"""Pacing, marks, pause and resume against a carrier in virtual time."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from itertools import pairwise

import pytest

from voice.ledger import Clip, make_clip
from voice.media import Output
from voice.simulation.carrier import CarrierHabits, SimulatedCarrier
from voice.simulation.clock import run_virtual
from voice.timing import TimedWord

WORD_MS = 400


def clip(text: str) -> Clip:
    """Each word takes 400 ms; its bytes are its position in the text, from 1."""
    tokens = text.split()
    words = [
        TimedWord(token, WORD_MS * index, WORD_MS * (index + 1))
        for index, token in enumerate(tokens)
    ]
    audio = b"".join(bytes([index + 1]) * (WORD_MS * 8) for index in range(len(tokens)))
    return make_clip(text, audio, words)


class Stage:
    """An output on a simulated carrier, with what it told and when, in milliseconds."""

    def __init__(self, habits: CarrierHabits | None = None) -> None:
        self.carrier = SimulatedCarrier(habits)
        self._loop = asyncio.get_running_loop()
        self.output = Output(self.carrier, self, now_ms=self.now_ms)
        self.carrier.on_mark = self.output.mark_returned
        self.told: list[tuple[str, int]] = []
        self.running = asyncio.create_task(self.output.run())

    def now_ms(self) -> float:
        return 1000 * self._loop.time()

    def on_clip(self, clip: Clip) -> None:
        self.told.append((clip.text, round(self.now_ms())))

    def on_said(self) -> None:
        self.told.append(("said", round(self.now_ms())))

    def on_heard(self) -> None:
        self.told.append(("heard", round(self.now_ms())))

    def on_mark(self) -> None:
        pass


def on_stage(
    scene: Callable[[Stage], Coroutine[object, object, None]],
    habits: CarrierHabits | None = None,
) -> None:
    async def play() -> None:
        stage = Stage(habits)
        try:
            await scene(stage)
        finally:
            stage.running.cancel()
            await asyncio.wait({stage.running})

    run_virtual(play())


def test_a_clip_is_sent_in_exact_frames_a_little_ahead_of_the_ear() -> None:
    async def scene(stage: Stage) -> None:
        stage.output.say(clip("one two three four five"))
        await asyncio.sleep(5)
        sent = stage.carrier.sent_at
        assert len(sent) == 100
        assert sum(at == sent[0] for at in sent) == 8
        assert sent[8:] == pytest.approx([sent[0] + 0.02 * beat for beat in range(1, 93)])
        assert stage.carrier.gaps_s == []
        marks = [at for at, _ in stage.carrier.marks]
        assert max(later - earlier for earlier, later in pairwise(marks)) < 0.2001
        assert stage.told == [("one two three four five", 0), ("said", 1840), ("heard", 2040)]
        assert stage.output.late_frames == 0

    on_stage(scene)


def test_each_call_keeps_its_own_time_and_is_late_by_less_than_a_beat() -> None:
    async def scene(stage: Stage) -> None:
        started_ms = (0, 7, 14)
        stages = [stage, Stage(), Stage()]
        for each, apart_s in zip(stages, (0.007, 0.007, 1.0), strict=True):
            each.output.say(clip("one two three"))
            await asyncio.sleep(apart_s)
        for each, start_ms in zip(stages, started_ms, strict=True):
            paced_ms = [round(1000 * at) for at in each.carrier.sent_at[8:]]
            rounded_up_ms = -(-start_ms // 5) * 5
            assert paced_ms == [rounded_up_ms + 20 * beat for beat in range(1, len(paced_ms) + 1)]
            assert len(each.carrier.sent_at) > 50
        for each in stages[1:]:
            each.running.cancel()

    on_stage(scene)


def test_a_clip_handed_over_while_the_last_one_is_still_heard_is_sent_at_once() -> None:
    async def scene(stage: Stage) -> None:
        stage.output.say(clip("one"))
        await asyncio.sleep(0.303)
        stage.output.say(clip("two"))
        await asyncio.sleep(2)
        assert stage.told[:3] == [("one", 0), ("said", 240), ("two", 303)]

    on_stage(scene)


def test_a_stalled_loop_catches_up_by_the_lead_and_no_further() -> None:
    async def scene(stage: Stage) -> None:
        stage.output.say(clip("one two three four five"))
        await asyncio.sleep(0.5)
        before = len(stage.carrier.sent_at)
        stage.carrier._loop.now += 0.4  # type: ignore[attr-defined]  # the loop was held up
        await asyncio.sleep(0.001)
        assert len(stage.carrier.sent_at) - before == 8
        await asyncio.sleep(5)
        assert len(stage.carrier.frames) == 100
        assert stage.carrier.gaps_s == pytest.approx([0.24], abs=0.021)
        assert stage.output.late_frames == 13

    on_stage(scene)


def test_running_dry_between_clips_counts_as_late_only_while_more_is_promised() -> None:
    async def scene(stage: Stage) -> None:
        stage.output.more = True
        stage.output.say(clip("one"))
        await asyncio.sleep(0.5)
        stage.output.say(clip("two"))
        stage.output.finish()
        await asyncio.sleep(2)
        assert stage.output.late_frames == 5
        stage.output.say(clip("three"))
        await asyncio.sleep(2)
        assert stage.output.late_frames == 5

    on_stage(scene)


def test_pausing_is_silent_at_once_and_resuming_repeats_the_word_that_was_cut() -> None:
    async def scene(stage: Stage) -> None:
        words = clip("one two three four five")
        stage.output.say(words)
        await asyncio.sleep(1.0)
        stage.output.pause()
        await asyncio.sleep(0.5)
        assert stage.carrier.clears == [1.0]
        assert stage.carrier.play_end == pytest.approx(1.03, abs=0.011)
        assert words.heard_text == "one two"
        stage.output.resume()
        await asyncio.sleep(3)
        played = [frame[0] for frame in stage.carrier.frames]
        third = len(played) - 100
        assert third in (10, 11)
        assert played == [1] * 20 + [2] * 20 + [3] * (third + 20) + [4] * 20 + [5] * 20
        assert words.heard_text == "one two three four five"
        assert stage.told[-1][0] == "heard"

    on_stage(scene)


def test_discarding_keeps_only_what_was_heard_to_the_end_of_a_word() -> None:
    async def scene(stage: Stage) -> None:
        first, second = clip("one two"), clip("three four")
        stage.output.say(first)
        stage.output.say(second)
        await asyncio.sleep(1.35)
        stage.output.discard()
        await asyncio.sleep(5)
        assert (first.heard_text, second.heard_text) == ("one two", "three")
        assert stage.carrier.clears == [1.35]
        assert stage.output.idle
        assert stage.output.quiet

    on_stage(scene)


def test_marks_flushed_by_a_clear_credit_nothing() -> None:
    async def scene(stage: Stage) -> None:
        words = clip("one two three")
        stage.output.say(words)
        await asyncio.sleep(0.1)
        stage.output.discard()
        await asyncio.sleep(1)
        assert words.heard_text == ""
        assert stage.output.ledger.stray_marks == 1

    on_stage(scene)


@pytest.mark.parametrize(
    "habits", [CarrierHabits(repeats_marks=True), CarrierHabits(mark_delay_s=0.7)]
)
def test_late_and_repeated_marks_credit_each_word_once_and_never_early(
    habits: CarrierHabits,
) -> None:
    async def scene(stage: Stage) -> None:
        words = clip("one two three")
        stage.output.say(words)
        while not words.done:
            await asyncio.sleep(0.01)
            heard_ms = stage.now_ms() - 20
            assert len(words.heard_text.split()) <= max(heard_ms, 0) // WORD_MS
        await asyncio.sleep(2)
        assert [name for name, _ in stage.told].count("heard") == 1

    on_stage(scene, habits)


def test_a_carrier_that_never_returns_marks_is_believed_to_play_a_second_behind() -> None:
    async def scene(stage: Stage) -> None:
        words = clip("one two three four five")
        stage.output.say(words)
        await asyncio.sleep(1.9)
        assert words.heard_text == "one two"
        await asyncio.sleep(1.2)
        assert words.heard_text == words.text
        assert stage.told[-1] == ("heard", 3000)

    on_stage(scene, CarrierHabits(returns_marks=False))


def test_a_socket_that_takes_nothing_is_seen_by_its_age() -> None:
    async def scene(stage: Stage) -> None:
        stage.output.say(clip("one two"))
        await asyncio.sleep(2)
        assert stage.output.blocked_ms() == 2000
        assert len(stage.carrier.sent_at) == 4

    on_stage(scene, CarrierHabits(blocks_after_frames=4))


def test_a_broken_line_ends_the_pump_with_its_error() -> None:
    async def scene(stage: Stage) -> None:
        stage.output.say(clip("one two"))
        await asyncio.wait({stage.running})
        assert isinstance(stage.running.exception(), BrokenPipeError)

    on_stage(scene, CarrierHabits(breaks_after_frames=4))


def test_producers_wait_while_six_seconds_are_queued() -> None:
    async def scene(stage: Stage) -> None:
        for _ in range(9):
            stage.output.say(clip("one two"))
        await stage.output.room()
        assert stage.output.queued_ms == 5_600

    on_stage(scene)


def test_one_beat_serves_many_outputs_cheaply() -> None:
    async def scene(stage: Stage) -> None:
        stages = [Stage() for _ in range(50)]
        for each in stages:
            each.output.say(clip("one two three four five six"))
        started = time.perf_counter()
        await asyncio.sleep(4)
        per_frame_us = (time.perf_counter() - started) * 1e6 / (50 * 120)
        print(f"\noutput and simulated carrier: {per_frame_us:.1f} us a frame")  # noqa: T201
        for each in stages:
            assert len(each.carrier.frames) == 120
            each.running.cancel()

    on_stage(scene)
