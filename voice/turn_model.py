"""The turn model: judges from the sound of an utterance whether the caller has finished.

Optional, and never alone in deciding: it may lengthen or shorten what the words ask for. One
thread, a short queue, an answer soon or none: a busy model leaves the words to decide.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from voice.batch_stats import BatcherSnapshot
from voice.batching import DeadlineBatcher
from voice.costs import Cost, CostModel
from voice.errors import EngineUnavailable, VoiceError
from voice.lanes import Lane, ThreadLane
from voice.log_mel import HOP, log_mel
from voice.stt import RECOGNITION_HZ, Samples
from voice.warmup import second_time
from voice.workqueue import BatchLimits

LISTENS_S: Final = 8
"""The model hears this much, counted from the end; what is missing in front is silence."""

FRAMES: Final = LISTENS_S * RECOGNITION_HZ // HOP


ANSWER_WITHIN_S: Final = 0.4
"""Asked 96 ms into a silence: an unsure turn ends at 704 ms, a settled one at 288."""

QUEUE_LIMIT: Final = 32
ONE_BY_ONE: Final = BatchLimits(max_items=1)
"""A batch costs as much as its utterances one by one (measured)."""


class TurnModel(Protocol):
    """Synchronous: its lane's own thread calls it, one batch at a time."""

    name: str

    def finished(self, utterances: Sequence[Samples]) -> list[float]:
        """P(the caller has finished) for each utterance, float32 at 16 kHz up to now."""
        ...

    def close(self) -> None: ...


class SmartTurn:
    """Pipecat's smart-turn v3 from its ONNX file, on one thread."""

    name = "smart-turn"

    def __init__(self, path: str) -> None:
        """Raises EngineUnavailable in one sentence when the file is missing or another model."""
        if not Path(path).is_file():
            raise _unusable(path, "there is no such file")
        try:
            import onnxruntime
        except ImportError:
            raise _unusable(path, "onnxruntime is not installed") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._model = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises types of its own, without a common base
            raise _unusable(path, f"onnxruntime cannot read it ({_first_line(error)})") from error
        self._input = self._checked_input(path)

    def finished(self, utterances: Sequence[Samples]) -> list[float]:
        return [self._finished(utterance) for utterance in utterances]

    def close(self) -> None:
        """Nothing to let go but memory."""

    def _finished(self, utterance: Samples) -> float:
        (answer,) = self._model.run(None, {self._input: features(utterance)[None]})
        return float(np.asarray(answer).reshape(-1)[0])

    def _checked_input(self, path: str) -> str:
        """The name of the one input; one silent prediction proves that the model fits."""
        inputs = self._model.get_inputs()
        if len(inputs) != 1:
            raise _unusable(path, f"it has {len(inputs)} inputs instead of one")
        self._input = str(inputs[0].name)
        try:
            chance = self._finished(np.zeros(0, np.float32))
        except Exception as error:
            raise _unusable(
                path, f"it does not take 80 x 800 features ({_first_line(error)})"
            ) from error
        if not 0.0 <= chance <= 1.0:
            raise _unusable(path, f"it answers {chance:.3g}, which is no probability")
        return self._input


class TurnJudge:
    """The model's lane and the queue in front of it; implements `voice.ports.TurnJudge`."""

    def __init__(self, lane: Lane[Samples, float], cost: Cost) -> None:
        self._batcher = DeadlineBatcher(
            [lane],
            name="turn model",
            cost=CostModel(cost),
            limits=ONE_BY_ONE,
            queue_limit=QUEUE_LIMIT,
        )

    async def finished(self, utterance: Samples, *, tenant_id: int) -> float | None:
        """P(the caller has finished); None where it cannot be told within ANSWER_WITHIN_S."""
        deadline = asyncio.get_running_loop().time() + ANSWER_WITHIN_S
        try:
            return await self._batcher.submit(
                utterance, deadline=deadline, weight=LISTENS_S, tenant_id=tenant_id
            )
        except VoiceError:
            return None  # counted by the batcher, by its reason

    def snapshot(self) -> BatcherSnapshot:
        """What was asked, answered and refused, and how long it waited."""
        return self._batcher.snapshot()

    async def close(self) -> None:
        await self._batcher.close(drain=False)


async def build_turn_judge(path: str) -> TurnJudge:
    """A warm judge around the file. Raises EngineUnavailable saying what is wrong with it."""
    took_s: list[float] = []

    def build() -> TurnModel:
        model = SmartTurn(path)
        took_s.append(second_time(model.finished, [np.zeros(RECOGNITION_HZ, np.float32)]))
        return model

    lane: ThreadLane[TurnModel, Samples, float] = ThreadLane(
        "turn-model", build, lambda model, utterances: model.finished(utterances)
    )
    await lane.start()
    return TurnJudge(lane, Cost(took_s[0], 0.0))


def features(utterance: Samples) -> npt.NDArray[np.float32]:
    """[80, 800] of the last 8 s, silence in front of what is shorter, scaled to variance 1."""
    wanted = LISTENS_S * RECOGNITION_HZ
    heard = utterance[-wanted:]
    whole = np.zeros(wanted, np.float32)
    whole[wanted - len(heard) :] = heard
    spread = float(np.sqrt(whole.var(dtype=np.float64) + 1e-7))
    return log_mel((whole - whole.mean(dtype=np.float64)) / spread)


def _unusable(path: str, why: str) -> EngineUnavailable:
    return EngineUnavailable(
        f"The turn model (TURN_MODEL={path}) cannot be used: {why}; name the .onnx file of "
        "smart-turn v3, or leave TURN_MODEL empty."
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
