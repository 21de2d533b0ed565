"""Engines that take the time a profile says and understand synthetic speech."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from voice.costs import Cost
from voice.errors import EngineError
from voice.lanes import AsyncLane
from voice.llm import Message
from voice.profiles import Profile
from voice.simulation.machine import Machine
from voice.simulation.speech import LevelVad, Vocabulary, joined, read, speech_of
from voice.stt import RECOGNITION_HZ, RecognitionRequest, Samples, Transcript
from voice.tts import Speech, SpeechRequest
from voice.turn_model import TurnJudge
from voice.worker import VoiceWorker


@dataclass(slots=True)
class Faults:
    """What is broken just now. A hang lasts until it is taken back."""

    recognition_fails: bool = False
    recognition_hangs: bool = False
    recognition_delay_s: float = 0.0
    synthesis_fails: bool = False
    synthesis_hangs: bool = False
    synthesis_delay_s: float = 0.0
    model_fails: bool = False
    model_delay_s: float = 0.0
    judgement_fails: bool = False
    reading_fails: bool = False
    reading_delay_s: float = 0.0
    recognised: list[str] = field(default_factory=list)
    synthesised: list[str] = field(default_factory=list)


class SimulatedEngines:
    """One machine's engines in virtual time; `worker` makes the real VoiceWorker around them.

    `judgement` is a turn model that knows the words, and answers after `judgement_s`.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        vocabulary: Vocabulary | None = None,
        model_words: Callable[[Sequence[Message]], str] | None = None,
        model_reads: Callable[[Sequence[Message]], Mapping[str, object]] | None = None,
        seed: int = 1,
        judgement: Callable[[str], float] | None = None,
        judgement_s: float = 0.1,
    ) -> None:
        self.vocabulary = vocabulary or Vocabulary()
        self.faults = Faults()
        self._profile = profile
        self._machine = Machine(profile, random.Random(seed))  # noqa: S311 - a simulation's dice
        self._model_words = model_words
        self._judgement = judgement
        self._judgement_s = judgement_s
        self._model_reads = model_reads

    async def worker(self) -> VoiceWorker:
        """A worker with real batchers and the real voice activity tick around these engines."""
        return await VoiceWorker.from_lanes(
            recognizers=[AsyncLane("recognition", self._recognize)],
            recognition_cost=self._profile.recognition.cost,
            synthesizers=[AsyncLane("synthesis", self._synthesize)],
            synthesis_cost=self._profile.synthesis.cost,
            vad=LevelVad(),
            turn_judge=(
                TurnJudge(AsyncLane("turn-model", self._judge), Cost(self._judgement_s, 0.0))
                if self._judgement is not None
                else None
            ),
            language_model=(
                SimulatedModel(self._machine, self.faults, self._model_words, self._model_reads)
                if self._model_words is not None
                else None
            ),
        )

    async def _recognize(self, requests: list[RecognitionRequest]) -> list[Transcript]:
        if self.faults.recognition_hangs:
            await asyncio.get_running_loop().create_future()
        await asyncio.sleep(self.faults.recognition_delay_s)
        await self._machine.recognize([max(each.duration_ms, 20) / 1000 for each in requests])
        if self.faults.recognition_fails:
            raise EngineError("the recogniser is broken")
        answers = []
        for request in requests:
            words = read(self.vocabulary, request.samples, RECOGNITION_HZ)
            self.faults.recognised.append(joined(words))
            answers.append(Transcript(joined(words), words, 0.95))
        return answers

    async def _judge(self, utterances: list[Samples]) -> list[float]:
        """`judgement` of the words in each, one after the other, on a processor of its own."""
        if self.faults.judgement_fails:
            raise EngineError("the turn model is broken")
        await asyncio.sleep(self._judgement_s * len(utterances))
        assert self._judgement is not None  # noqa: S101 - asked only where there is one
        texts = [joined(read(self.vocabulary, each, RECOGNITION_HZ)) for each in utterances]
        return [self._judgement(text) for text in texts]

    async def _synthesize(self, requests: list[SpeechRequest]) -> list[Speech]:
        if self.faults.synthesis_hangs:
            await asyncio.get_running_loop().create_future()
        await asyncio.sleep(self.faults.synthesis_delay_s)
        speeches = []
        for request in requests:
            samples, words = speech_of(self.vocabulary, request.text)
            speeches.append(Speech(samples, 8_000, words))
        await self._machine.synthesize([speech.duration_ms / 1000 for speech in speeches])
        if self.faults.synthesis_fails:
            raise EngineError("the synthesiser is broken")
        self.faults.synthesised += [request.text for request in requests]
        return speeches


class SimulatedModel:
    """A language model whose first sentence takes the profile's time."""

    name = "simulated"

    def __init__(
        self,
        machine: Machine,
        faults: Faults,
        words: Callable[[Sequence[Message]], str],
        reads: Callable[[Sequence[Message]], Mapping[str, object]] | None = None,
    ) -> None:
        self._machine = machine
        self._faults = faults
        self._words = words
        self._reads = reads
        self.aborted = 0
        self.readings = 0

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 96, priority: int = 0
    ) -> AsyncIterator[str]:
        finished = False
        try:
            await asyncio.sleep(self._faults.model_delay_s)
            await self._machine.reply()
            if self._faults.model_fails:
                raise EngineError("the language model is broken")
            for word in self._words(messages).split():
                yield word + " "
                await asyncio.sleep(0.003)
            finished = True
        finally:
            self.aborted += not finished

    async def extract(
        self, messages: Sequence[Message], schema: Mapping[str, object], *, max_tokens: int = 256
    ) -> Mapping[str, object]:
        """What it reads, in the time of a first sentence. Raises EngineError."""
        self.readings += 1
        await asyncio.sleep(self._faults.reading_delay_s)
        await self._machine.reply()
        if self._reads is None or self._faults.reading_fails:
            raise EngineError("the simulated model extracts nothing")
        return self._reads(messages)

    async def close(self) -> None:
        """Nothing to let go."""
