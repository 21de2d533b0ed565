"""What a model made of a call, merged into the record by rules: it confirms, adds or asks.

Nothing that was taken down is ever overwritten. A model's value that agrees makes the record surer;
one that differs and that the caller did say becomes a question for the plumber; what the caller
never said is dropped. So words that try to give the model orders change nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from voice.after_call.callers_words import CallersWords, promises
from voice.receptionist.dialogue import LeadRecord, Urgency
from voice.receptionist.draft import GRAVITY
from voice.receptionist.understanding.address import address_in
from voice.receptionist.understanding.contact import phone_in, zip_in
from voice.receptionist.understanding.text import read, tidy, without_accents
from voice.records import Speaker, TurnRecord

COMPARED: Final = ("name", "phone", "street", "unit", "zip")
ADDED: Final = ("problem_detail", "access_notes")
"""Free words that the rules do not take down; a model may."""
LONGEST_NOTE: Final = 300
LONGEST_SUMMARY: Final = 300
RAISED_BY: Final = 0.25
"""The share of the missing confidence that full agreement makes up for."""

_NOTHING: Final = frozenset({"", "none", "null", "n/a", "na", "unknown", "not given", "no", "-"})
_DONE: Final[Mapping[str, frozenset[str]]] = {
    "book": frozenset({"book", "reschedule"}),
    "schedul": frozenset({"book", "reschedule"}),
    "appoint": frozenset({"book", "reschedule", "cancel_booking"}),
    "transfer": frozenset({"transfer"}),
    "cancel": frozenset({"cancel_booking"}),
    "page": frozenset({"page_on_call"}),
    "dispatch": frozenset({"page_on_call", "book"}),
}
"""Words of a summary that say something was done, and what has to have been done for them."""


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What a model adds: `agreed` slots, new free-text `notes`, `questions`, perhaps a summary."""

    agreed: tuple[str, ...] = ()
    notes: Mapping[str, str] | None = None
    questions: tuple[str, ...] = ()
    summary: str = ""
    confidence: float | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.agreed or self.notes or self.questions or self.summary)


def merged(
    lead: LeadRecord, turns: Sequence[TurnRecord], extraction: Mapping[str, object]
) -> Enrichment:
    """What of the extraction counts beside this record. Pure; never raises on what a model says."""
    spoken = [turn.text for turn in turns if turn.speaker is Speaker.CALLER]
    said = CallersWords.of(spoken)
    known = CallersWords.of([*spoken, *(slot.value for slot in lead.slots.values())])
    values = {name: _text(extraction.get(name)) for name in (*COMPARED, *ADDED, "summary")}
    agreed, questions = [], []
    for name in COMPARED:
        current = lead.slots[name].value if name in lead.slots else ""
        if not current or not values[name]:
            continue
        if _same(name, current, values[name]):
            agreed.append(name)
        elif _was_said(name, values[name], said):
            questions.append(
                f'{name}: taken down as "{current}"; "{values[name][:80]}" was said too'
            )
    if _is_graver(extraction.get("urgency"), lead.urgency):
        questions.append("urgency: the call may be graver than it was taken for")
    return Enrichment(
        agreed=tuple(agreed),
        notes=_notes(lead, values, said),
        questions=tuple(question for question in questions if question not in lead.open_questions),
        summary=values["summary"] if _fits(values["summary"], lead, known) else "",
        confidence=_confidence(lead, agreed),
    )


def _text(value: object) -> str:
    """The value as one clean line; "" for what is no text or says that there is nothing."""
    text = tidy(value).strip('"<> ') if isinstance(value, str) else ""
    return "" if text.lower().rstrip(".") in _NOTHING else text


def _notes(
    lead: LeadRecord, values: Mapping[str, str], said: CallersWords
) -> Mapping[str, str] | None:
    found = {
        name: values[name]
        for name in ADDED
        if values[name]
        and name not in lead.slots
        and len(values[name]) <= LONGEST_NOTE
        and said.hold_all(values[name])
        and not promises(values[name])
    }
    return found or None


def _fits(summary: str, lead: LeadRecord, known: CallersWords) -> bool:
    """Whether a summary may stand in place of ours. In an emergency ours always stands."""
    if not summary or len(summary) > LONGEST_SUMMARY or lead.urgency in (Urgency.E0, Urgency.E1):
        return False
    plain = read(summary).words
    undone = any(
        word.startswith(beginning) and not acts & set(lead.actions)
        for word in plain
        for beginning, acts in _DONE.items()
    )
    one_sentence = len([end for end in (". ", "! ", "? ") if end in summary]) == 0
    return (
        one_sentence
        and not undone
        and len(plain) >= 4
        and known.hold_figures(summary)
        and known.hold_names(summary)
        and not promises(summary)
        and _shares_the_matter(summary, lead)
    )


def _shares_the_matter(summary: str, lead: LeadRecord) -> bool:
    """It is about what the caller said the problem was, where that is known."""
    problem = lead.slots.get("problem")
    if problem is None:
        return True
    words = [word for word in read(problem.value).words if len(word) > 3]
    return not words or CallersWords.of([summary]).stems & CallersWords.of(words).stems != set()


def _confidence(lead: LeadRecord, agreed: Sequence[str]) -> float | None:
    held = [name for name in COMPARED if name in lead.slots]
    if lead.confidence is None or not held:
        return lead.confidence
    share = len(agreed) / len(held)
    return round(lead.confidence + (1 - lead.confidence) * RAISED_BY * share, 3)


def _is_graver(named: object, current: Urgency) -> bool:
    """Whether a model saw a danger in a call that was taken for none."""
    found = next((urgency for urgency in (Urgency.E0, Urgency.E1) if urgency.value == named), None)
    return found is not None and GRAVITY[found] > GRAVITY[current]


def _same(name: str, ours: str, theirs: str) -> bool:
    normal = _NORMAL.get(name, _plain)
    one, other = normal(ours), normal(theirs)
    if not one or not other:
        return False
    if name == "name":
        return set(one.split()) <= set(other.split()) or set(other.split()) <= set(one.split())
    return one == other


def _was_said(name: str, value: str, said: CallersWords) -> bool:
    if promises(value) or len(value) > LONGEST_NOTE:
        return False
    digits = _NORMAL[name](value).removeprefix("+1") if name in ("phone", "zip") else ""
    if name in ("phone", "zip"):
        return bool(digits) and said.hold_number(digits)
    words = read(value).words
    return bool(words) and said.hold_figures(value) and _all_said(words, said)


def _all_said(words: Sequence[str], said: CallersWords) -> bool:
    return all(CallersWords.of([word]).stems <= said.stems for word in words if word.isalpha())


def _plain(text: str) -> str:
    return without_accents(read(text).plain)


def _phone(text: str) -> str:
    found = phone_in(read(text))
    return found.digits if found else ""


def _zip(text: str) -> str:
    found = zip_in(read(text), asked=True)
    return found.digits if found else ""


def _street(text: str) -> str:
    found = address_in(read(text), asked=True)
    return _plain(found.street if found else text)


def _unit(text: str) -> str:
    words = _plain(text).split()
    return " ".join(w for w in words if w not in ("apartment", "apt", "unit", "suite", "#", "no"))


_NORMAL: Final[Mapping[str, Callable[[str], str]]] = {
    "phone": _phone, "zip": _zip, "street": _street, "unit": _unit,
}  # fmt: skip
