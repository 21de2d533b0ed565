"""How a conversation feels, in figures: N calls at once through the whole session, virtual time.

    .venv/bin/python -m benchmarks.turns --profile a4000 --calls 64 --json

Real: session, turn machine, voice activity tick, batchers, speech cache, pacing, ledger.
Simulated: the carrier (20 ms each way), the callers (synthetic speech whose words and times are
known), and the engines (what the profile says they take, sharing one machine). All times are
taken at the server: from the arrival of the last 20 ms of a caller's speech to the first frame
of the reply, and from the arrival of the first 20 ms of an interruption to the `clear`.

All lines are busy throughout, at about 6.6 turns a call and minute (the concurrency analysis has
2); the model words every reply where the profile has one; every other reply holds something of
its caller and is synthesised anew, the others come from the tenant's speech cache (with `--unique`
all of them are new). `cut_offs` counts replies that began while a caller was still speaking, in
mid-sentence pauses up to 600 ms too; `number_cut_offs` those within a dictated number.
"""

import argparse
import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from voice.audio import ulaw_to_float
from voice.batch_stats import quantile
from voice.conversation.proposals import Request
from voice.llm import Message
from voice.profiles import Contention, LaneFigures, Profile, ReplyFigures, load_profile
from voice.receptionist.dialogue import (
    CallerSaid,
    CallerSilent,
    Event,
    Ground,
    LeadRecord,
    Reply,
    Scene,
    Sentence,
    Wording,
)
from voice.receptionist.rules import TenantRules
from voice.records import Speaker
from voice.simulation.caller import HangUp, Line, Say, Uttered
from voice.simulation.clock import run_virtual
from voice.simulation.engines import SimulatedEngines
from voice.simulation.scene import Call, place_call
from voice.simulation.speech import read
from voice.stt import Expectation, Expecting

EMBEDDED: Final = Profile(
    name="embedded",
    device="2 CPU cores",
    recognition=LaneFigures(
        "pocketsphinx", 20.0, 60.0, False, "0.06 of real time, measured on 2 cores"
    ),
    synthesis=LaneFigures("espeak", 0.5, 0.8, False, "3 ms for 3.8 s, measured on 2 cores"),
    reply=ReplyFigures("none", 0.0, False, "templates"),
    contention=Contention(1.0, 1.0, "one interpreter"),
)

SPREAD_S: Final = 30.0

QUESTIONS: Final = (
    ("I am sorry to hear that. What is the best number to reach you?", Expecting.PHONE),
    ("Thank you. What is the address, please?", Expecting.STREET),
    ("And your full name, please?", Expecting.NAME),
    ("Is the water still running right now?", Expecting.YES_NO),
    ("All right. Can you tell me a little more about what has happened there?", Expecting.OPEN),
    ("We can come out tomorrow morning and bring all the parts. Anything else?", Expecting.OPEN),
)
OPENINGS: Final = (
    "my kitchen sink is leaking and the cabinet is wet",
    "there is water coming through my ceiling",
    "the toilet upstairs will not stop running",
    "we have no hot water since this morning",
)
STORIES: Final = (
    "it started last night and <400> now the whole floor is wet",
    "the pipe behind the washer has been dripping for a week",
    "i turned the valve but <350> it did not help at all",
    "the tenant called me and said the drain is slow",
)
INTERRUPTIONS: Final = (
    "no wait i meant the bathroom",
    "sorry can you come today instead",
    "hold on that is not what i said",
)


@dataclass(frozen=True, slots=True)
class Interviewer:
    """Asks the questions round and round, worded by the model where there is one."""

    worded: bool
    name: str
    """Said in every other reply, which is therefore not in the speech cache."""

    unique: bool
    """Say the name in every sentence of every reply: the speech cache has none of them."""

    def open_call(self, rules: TenantRules, scene: Scene) -> tuple[object, Reply]:
        return 0, Reply((Sentence("Harbor Plumbing, how can I help you today?"),))

    def step(self, state: object, event: Event) -> tuple[object, Reply]:
        assert isinstance(state, int)
        if isinstance(event, CallerSilent):
            return state, Reply((Sentence("Are you still there?"),))
        if not isinstance(event, CallerSaid):
            return state, Reply()
        text, kind = QUESTIONS[state % len(QUESTIONS)]
        if self.unique:
            parts = text.replace(". ", ".|").split("|")
            return state + 1, self._asking(
                tuple(Sentence(f"{self.name} {state}, {part.lower()}") for part in parts), kind
            )
        if state % 2:
            return state + 1, self._asking((Sentence(text),), kind)
        opening, _, question = text.partition(". ")
        sentences: tuple[Sentence, ...] = (
            Sentence(f"{opening}, {self.name} {state}."),
            Sentence(question),
        )
        if not question:
            sentences = (Sentence(f"{self.name} {state}, {text.lower()}"),)
        return state + 1, self._asking(sentences, kind)

    def _asking(self, sentences: tuple[Sentence, ...], kind: Expecting) -> Reply:
        wording = Wording("ask it kindly") if self.worded else None
        return Reply(sentences, kind.value, Expectation(kind), wording=wording)

    def proposal_request(self, state: object, text: str) -> Request | None:
        return None

    def lead(self, state: object) -> LeadRecord:
        return LeadRecord()

    def grounded(self, sentence: str, state: object) -> tuple[Ground, ...] | None:
        return ()


def words_of(messages: Sequence[Message]) -> str:
    """The model says what it is told to keep."""
    content = messages[-1].content
    return content.partition("Meaning to keep: ")[2].partition("\n")[0]


def script(dice: random.Random, rounds: int) -> list[Line]:
    """One caller: answers what is asked, dictates with pauses, sometimes talks over us."""
    lines: list[Line] = [Say(dice.choice(OPENINGS), _manners(dice))]
    for _ in range(rounds):
        lines.append(Say(number(dice), _looking_up(dice)))
        lines.append(Say(street(dice), _manners(dice)))
        lines.append(Say("dana kowalczyk", _manners(dice)))
        lines.append(Say(dice.choice(["yes it is", "no i closed it"]), _manners(dice)))
        lines.append(Say(_spoken(dice, dice.choice(STORIES)), _manners(dice)))
        over = dice.random()
        if over < 0.4:
            text = dice.choice(INTERRUPTIONS)
        elif over < 0.7:
            text = dice.choice(["uh-huh", "okay", "<noise 160>", "<noise 400>"])
        else:
            continue
        lines.append(Say(text, dice.uniform(0.5, 2.5), over=True))
        if over >= 0.4:
            lines.append(Say(_spoken(dice, dice.choice(STORIES)), _manners(dice)))
    return [*lines, HangUp(1.0)]


def number(dice: random.Random) -> str:
    """Ten digits in groups, with up to 1.2 s between them."""
    start = ["seven", "seven", "three", "five", "five", "five", "zero", "one"]
    digits = [*start, *dice.choices(["two", "four", "six", "nine"], k=2)]
    for position in sorted(dice.sample(range(1, 10), dice.randint(1, 4)), reverse=True):
        digits.insert(position, f"<{dice.randrange(100, 1201, 20)}>")
    return " ".join(digits)


def street(dice: random.Random) -> str:
    """An address in one breath or two."""
    pause = f"<{dice.randrange(100, 601, 20)}> " if dice.random() < 0.5 else ""
    tail = f" {pause}apartment two" if dice.random() < 0.5 else ""
    return f"1847 west ainslie street{tail}"


def _spoken(dice: random.Random, text: str) -> str:
    """With the small pauses of speech, and one in ten times a longer one where none belongs."""
    words = text.split()
    spots = [spot for spot in range(2, len(words)) if "<" not in words[spot - 1] + words[spot]]
    if spots:
        longest = 600 if dice.random() < 0.1 else 200
        words.insert(dice.choice(spots), f"<{dice.randrange(80, longest + 1, 20)}>")
    return " ".join(words)


def _manners(dice: random.Random) -> float:
    """How long a caller takes to answer, in seconds."""
    return dice.uniform(0.4, 2.0)


def _looking_up(dice: random.Random) -> float:
    """The same when a number has to be found first; below the time of the idle prompt."""
    return dice.uniform(2.0, 5.5)


@dataclass(slots=True)
class Tally:
    """What was measured over all calls."""

    latencies_ms: list[float] = field(default_factory=list)
    held_ms: list[float] = field(default_factory=list)
    barge_in_ms: list[float] = field(default_factory=list)
    cut_offs: int = 0
    number_cut_offs: int = 0
    false_interruptions: int = 0
    late_frames: int = 0
    overcredited_words: int = 0
    minutes: float = 0.0

    @property
    def turns_per_minute(self) -> float:
        return (len(self.latencies_ms) + len(self.held_ms)) / self.minutes if self.minutes else 0.0

    def add(self, call: Call) -> None:
        """Judge one call by what was sent, played and written down."""
        network = call.carrier.habits.network_s
        begins = _begins(call.carrier.sent_at)
        cut_before = self.cut_offs
        real = 0
        for uttered in call.caller.uttered:
            start, end = uttered.started + network, uttered.ended + network
            if not uttered.words:
                continue
            if uttered.over:
                stops = [at for at in call.carrier.clears if start < at < end + 1.0]
                if _is_interruption(uttered):
                    real += 1
                    self.barge_in_ms.append(1000 * (stops[0] - start) if stops else 9_999.0)
                continue
            if any(start + 0.2 < begin < end for begin in begins):
                self.cut_offs += 1
                self.number_cut_offs += uttered.text.startswith("seven")
                continue
            first = next((begin for begin in begins if begin >= end), None)
            if first is not None:
                self._note_reply(call, first, 1000 * (first - end))
        turns = [turn for turn in call.record.turns if turn.speaker is Speaker.RECEPTIONIST]
        real += self.cut_offs - cut_before
        self.false_interruptions += max(0, sum(turn.interrupted for turn in turns) - real)
        self.minutes += call.record.duration_ms / 60_000
        self.late_frames += call.session.late_frames
        self.overcredited_words += overcredited(call)

    def _note_reply(self, call: Call, first: float, latency_ms: float) -> None:
        began_ms = 1000 * (first - call.started)
        held = any(
            turn.latency is not None and turn.latency.held
            for turn in call.record.turns
            if turn.speaker is Speaker.RECEPTIONIST and abs(turn.started_ms - began_ms) < 60
        )
        (self.held_ms if held else self.latencies_ms).append(latency_ms)


def _is_interruption(uttered: Uttered) -> bool:
    return len(uttered.text.split()) > 2


def _begins(sent_at: list[float]) -> list[float]:
    """When a reply began: a frame after a quarter of a second without one."""
    return [at for before, at in zip([-1.0, *sent_at], sent_at, strict=False) if at - before > 0.25]


def overcredited(call: Call) -> int:
    """Words in the record that never reached the ear whole, turn by turn."""
    turns = [turn for turn in call.record.turns if turn.speaker is Speaker.RECEPTIONIST]
    network_ms = 1000 * call.carrier.habits.network_s
    times_ms = [1000 * (start - call.started) - network_ms for start in call.carrier.starts]
    total = 0
    for turn, following in zip(turns, [*turns[1:], None], strict=True):
        until_ms = following.started_ms - 30 if following is not None else 1e12
        audio = b"".join(
            frame
            for at_ms, frame in zip(times_ms, call.carrier.frames, strict=True)
            if turn.started_ms - 30 <= at_ms < until_ms
        )
        heard = len(read(call.caller.vocabulary, ulaw_to_float(audio), 8_000)) if audio else 0
        total += max(0, len(turn.text.split()) - heard)
    return total


async def measure(
    profile: Profile, calls: int, rounds: int, seed: int, *, unique: bool = False
) -> Tally:
    """All calls at once, their beginnings spread over SPREAD_S."""
    dice = random.Random(seed)
    worded = profile.reply.first_sentence_ms > 0
    engines = SimulatedEngines(profile, model_words=words_of if worded else None, seed=seed)
    worker = await engines.worker()
    tally = Tally()

    async def one(index: int, begin_s: float, lines: list[Line]) -> None:
        await asyncio.sleep(begin_s)
        tally.add(
            await place_call(
                lines,
                voice=worker,
                brain=Interviewer(worded, f"caller {index}", unique),
                vocabulary=engines.vocabulary,
                call_id=f"call-{index}",
                tenant_id=index % 16,
            )
        )

    async with asyncio.TaskGroup() as group:
        for index in range(calls):
            group.create_task(one(index, dice.uniform(0, SPREAD_S), script(dice, rounds)))
    await worker.close()
    return tally


def report(profile: str, calls: int, tally: Tally) -> dict[str, object]:
    """The figures, in milliseconds and counts; held turns are not part of the percentiles."""
    return {
        "profile": profile,
        "calls": calls,
        "p50_ms": _ms(tally.latencies_ms, 0.50),
        "p95_ms": _ms(tally.latencies_ms, 0.95),
        "p99_ms": _ms(tally.latencies_ms, 0.99),
        "held_turns": len(tally.held_ms),
        "barge_in_p95_ms": _ms(tally.barge_in_ms, 0.95),
        "cut_offs": tally.cut_offs,
        "false_interruptions": tally.false_interruptions,
        "late_frames": tally.late_frames,
        "overcredited_words": tally.overcredited_words,
        "turns": len(tally.latencies_ms),
        "held_p95_ms": _ms(tally.held_ms, 0.95),
        "barge_ins": len(tally.barge_in_ms),
        "turns_per_call_minute": round(tally.turns_per_minute, 1),
        "number_cut_offs": tally.number_cut_offs,
    }


def _ms(values: list[float], share: float) -> int:
    return round(quantile(sorted(values), share)) if values else 0


def main() -> None:
    parser = argparse.ArgumentParser(description="Turn taking, latency and barge-in, simulated.")
    parser.add_argument("--profile", default="a4000", help="a4000, embedded, another or a file")
    parser.add_argument("--calls", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=2, help="length of each call, 30 s a round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unique", action="store_true", help="no sentence is ever said twice")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else"
    )
    options = parser.parse_args()
    profile = EMBEDDED if options.profile == "embedded" else load_profile(options.profile)
    tally = run_virtual(
        measure(profile, options.calls, options.rounds, options.seed, unique=options.unique)
    )
    figures = report(options.profile, options.calls, tally)
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:>22}  {value}")


if __name__ == "__main__":
    main()
