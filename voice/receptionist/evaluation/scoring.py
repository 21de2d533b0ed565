"""What a run got right and wrong, and the figures over many."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from voice.receptionist.evaluation.running import Run
from voice.receptionist.understanding.address import DIRECTIONS, SUFFIXES
from voice.receptionist.understanding.text import plain

SLOTS: Final = ("phone", "zip", "street", "name")
URGENT: Final = ("E0", "E1")
_OUTSIDE: Final = frozenset({"failover_dial_or_voicemail", "sms", "continue", "fallback"})
"""Actions of the call system around the receptionist, which a conversation by text has not."""
_INTAKE: Final = frozenset({"E1", "U", "R"})
_NO_INTAKE: Final = frozenset({"existing", "unknown", "faq", "not_offered", "spam", "other", None})


@dataclass(frozen=True, slots=True)
class Score:
    """One run's result: what failed, in words, and the parts the figures are made of."""

    run: Run
    failures: tuple[str, ...]
    slots: Mapping[str, bool]
    action_hits: int
    action_count: int
    repeated: int
    forbidden: int

    @property
    def passed(self) -> bool:
        return not self.failures


def score(run: Run) -> Score:
    """Compare a run with what its scenario expects."""
    expect, record = run.scenario.expect, run.record
    failures: list[str] = []
    for name, wanted, got in (
        ("urgency", expect.urgency, record.urgency.value),
        ("intent", expect.intent, record.intent),
        ("job_type", expect.job_type, record.job_type),
    ):
        if wanted is not None and wanted != got:
            failures.append(f"{name} is {got}, expected {wanted}")
    slots = _slots(run)
    failures += [
        f"slot {name} is wrong: {_got(run, name)!r}" for name, ok in slots.items() if not ok
    ]
    wanted_actions = [action for action in expect.actions if action not in _OUTSIDE]
    missing = [action for action in wanted_actions if action not in record.actions]
    failures += [f"action {action} is missing" for action in missing]
    repeated = _repeated(run)
    if repeated:
        failures.append(f"{repeated} question(s) about a slot that was filled")
    forbidden = [*run.ungrounded, *_forbidden(run)]
    failures += [f"forbidden claim: {text}" for text in forbidden]
    failures += _missing_words(run)
    return Score(
        run, tuple(failures), slots, len(wanted_actions) - len(missing), len(wanted_actions),
        repeated, len(forbidden),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures over a set of runs; rates in [0, 1]."""

    scenarios: int
    emergency_recall: float
    e0_false_alarm_rate: float
    urgency_accuracy: float
    slot_accuracy: Mapping[str, float]
    action_accuracy: float
    forbidden_claims: int
    repeated_questions: int
    longest_booking: int
    confusion: Mapping[str, Mapping[str, int]]

    @property
    def missed_targets(self) -> tuple[str, ...]:
        """Each target that was not reached, in words."""
        checks = [
            (
                self.emergency_recall >= 1.0,
                f"emergency recall {self.emergency_recall:.1%} of 100 %",
            ),
            (self.e0_false_alarm_rate <= 0.02, f"E0 false alarms {self.e0_false_alarm_rate:.1%}"),
            (self.urgency_accuracy >= 0.95, f"urgency {self.urgency_accuracy:.1%} of 95 %"),
            (self.forbidden_claims == 0, f"{self.forbidden_claims} forbidden claims"),
            (self.repeated_questions == 0, f"{self.repeated_questions} repeated questions"),
            (self.longest_booking <= 12, f"{self.longest_booking} turns for a routine booking"),
        ]
        for slot in ("phone", "zip", "street"):
            got = self.slot_accuracy[slot]
            checks.append((got >= 0.98, f"{slot} {got:.1%} of 98 %"))
        return tuple(text for reached, text in checks if not reached)


def figures(scores: Sequence[Score]) -> Figures:
    """The figures over all runs."""
    urgent = [s for s in scores if s.run.scenario.expect.urgency in URGENT]
    not_e0 = [s for s in scores if s.run.scenario.expect.urgency not in ("E0", None)]
    known = [s for s in scores if s.run.scenario.expect.urgency]
    confusion: dict[str, Counter[str]] = {}
    for one in known:
        wanted = str(one.run.scenario.expect.urgency)
        confusion.setdefault(wanted, Counter())[one.run.record.urgency.value] += 1
    actions = sum(s.action_count for s in scores)
    routine = [
        s.run.receptionist_turns
        for s in scores
        if "book" in s.run.record.actions and s.run.record.urgency.value == "R"
    ]
    return Figures(
        scenarios=len(scores),
        emergency_recall=_rate([s.run.record.urgency.value in URGENT for s in urgent]),
        e0_false_alarm_rate=_rate([s.run.record.urgency.value == "E0" for s in not_e0], empty=0.0),
        urgency_accuracy=_rate(
            [s.run.record.urgency.value == s.run.scenario.expect.urgency for s in known]
        ),
        slot_accuracy={
            slot: _rate([s.slots[slot] for s in scores if slot in s.slots]) for slot in SLOTS
        },
        action_accuracy=sum(s.action_hits for s in scores) / actions if actions else 1.0,
        forbidden_claims=sum(s.forbidden for s in scores),
        repeated_questions=sum(s.repeated for s in scores),
        longest_booking=max(routine, default=0),
        confusion=confusion,
    )


def _rate(hits: Sequence[bool], *, empty: float = 1.0) -> float:
    return sum(hits) / len(hits) if hits else empty


def _slots(run: Run) -> Mapping[str, bool]:
    """Right or wrong for each slot the caller has and was, or should have been, asked for."""
    facts = {
        "phone": run.scenario.fact("callback"),
        "zip": run.scenario.fact("zip"),
        "street": run.scenario.street,
        "name": run.scenario.fact("name"),
    }
    asked = {line.asked for line in run.lines}
    expect = run.scenario.expect
    needed = expect.urgency in _INTAKE and expect.job_type not in _NO_INTAKE and run.ended
    needed = needed and not (expect.intent == "price" and run.record.intent == "price")
    killed = "kill stream" in run.scenario.inject
    found: dict[str, bool] = {}
    for name, wanted in facts.items():
        got = _got(run, name)
        if wanted and (got if killed else needed or name in asked):
            found[name] = _same(name, wanted, got) or (
                name == "street" and _same(name, wanted, f"{got} {_got(run, 'unit')} unit")
            )
    unit = run.scenario.unit
    if unit and "street" in found and not _same_unit(unit, _got(run, "unit")):
        found["street"] = False
    return found


def _got(run: Run, name: str) -> str:
    slot = run.record.slots.get(name)
    return slot.value if slot else ""


def _same(name: str, wanted: str, got: str) -> bool:
    if name == "name":
        wanted = _TITLE.sub("", wanted)
        return plain(wanted) == plain(got) or (run_together(wanted) == run_together(got))
    if name == "street":
        return _posted(wanted) == _posted(got)
    return plain(wanted) == plain(got)


def _same_unit(wanted: str, got: str) -> bool:
    """ "2 floor" is the "2nd Floor"."""
    return _ORDINAL.sub("", plain(got)) == plain(wanted)


_ORDINAL: Final = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b")


def _posted(street: str) -> str:
    """A street as the post abbreviates it; "41-16" and "4116" are one house."""
    words = plain(_DASH.sub("", street)).split()
    written = {**DIRECTIONS, **SUFFIXES, "saint": "st"}
    return " ".join(written.get(word, word).lower() for word in words)


_DASH: Final = re.compile(r"(?<=\d)-(?=\d)")


_TITLE: Final = re.compile(r"^(?:dr|mr|mrs|ms|miss|rev|father|sister|señora?|don|doña)\.? ", re.I)


def run_together(text: str) -> str:
    return plain(text).replace(" ", "").replace("'", "")


def _repeated(run: Run) -> int:
    """Questions about a slot that was already filled and not being corrected."""
    return sum(1 for line in run.lines if line.asked in SLOTS and line.asked in line.filled)


_QUOTED: Final = re.compile(r"'([^']+)'")


def _missing_words(run: Run) -> list[str]:
    """Words a must line quotes have to be said exactly; other lines have tests of their own."""
    said = run.said.lower()
    return [
        f"never said {quoted!r}"
        for must in run.scenario.expect.must
        for quoted in _QUOTED.findall(must)
        if quoted.lower() not in said
    ]


_NEVER: Final[Mapping[str, tuple[str, ...]]] = {
    "arrival time": ("minutes", "within the hour", "right over", "be there by", "on their way"),
    "relight": ("relight", "light the pilot", "pilot light"),
    "discount": ("percent off", "discount of", "give you a deal"),
    "deny": ("i'm a real person", "i am human", "not a robot"),
    "quote a price": ("will cost", "it costs $"),
    "life emergency": ("call 911",),
    "offer a booking": ("arrival window", "schedule a visit", "i can offer"),
    "book it": ("you're booked",),
    "claim to do it": ("yes, we do",),
    "block the call": ("can't help you without",),
    "read it back": ("4111",),
}


def _forbidden(run: Run) -> list[str]:
    """Never-say lists of the scenario's own must_not lines."""
    said = run.said.lower()
    found: list[str] = []
    for line in run.scenario.expect.must_not:
        for topic, wordings in _NEVER.items():
            if topic in line.lower():
                found += [f"{line}: {wording!r}" for wording in wordings if wording in said]
        if "dollar figure" in line.lower():
            fees = " ".join(
                filter(None, (run.state.rules.diagnostic_fee, run.state.rules.emergency_fee))
            )
            found += [f"{line}: {f}" for f in re.findall(r"\$\d+", run.said) if f not in fees]
    return found


__all__ = ["Figures", "Score", "figures", "score"]
