"""Where the business works: by ZIP code, as the tenant lists them."""

from typing import Final

from voice.receptionist.draft import Draft
from voice.receptionist.jobs import kind_of
from voice.receptionist.phrasing import Fact
from voice.receptionist.policy import unforeseen
from voice.receptionist.understanding.meaning import Meaning

_OF_AREA: Final = frozenset(
    {"do", "serve", "cover", "area", "service", "come", "atienden", "cubren", "llegan", "vienen"}
    | {"servicio"}
)


def area(draft: Draft, meaning: Meaning) -> None:
    """By ZIP code; the plan itself declines a job that lies outside."""
    state = draft.state
    zips = state.rules.service_zips
    other = next((m for m in state.marks if m.startswith("asked_area:")), "")
    if other:
        draft.put(marks=state.marks - {other})
        _other_area(draft, other.removeprefix("asked_area:"))
        return
    code = state.slot("zip")
    if state.asked in ("window", "confirm") and "asks_area" not in meaning.cues:
        return  # "can you do 4 to 6" asks for a time
    if not _OF_AREA & set(meaning.utterance.words):
        return
    draft.note_intent("faq")
    if code and zips:
        if code in zips and draft.mark(f"area:{code}"):
            draft.say("area_yes", zip=draft.slot_fact("zip"))
            draft.answered_aside = True
            draft.note_act("faq_area", "faq_or_message")
            unforeseen.note_faq(draft)
        elif (
            code not in zips
            and state.goal != "job"
            and not kind_of(meaning)
            and draft.mark(f"area:{code}")
        ):
            draft.say("area_no", zip=draft.slot_fact("zip"))
            draft.note_act("decline_out_of_area")
            draft.answered_aside = True
            draft.put(goal="decline")
    elif zips and state.goal not in ("job", "emergency", "safety"):
        draft.say("area_ask")
        draft.answered_aside = True
        if not draft.asked and state.attempts.get("zip", 0) < 2:
            draft.ask("zip", attempt=1)
    elif not zips:
        unforeseen.from_faq_or_noted(draft, meaning, "area_unknown")
        draft.answered_aside = True


def _other_area(draft: Draft, code: str) -> None:
    """Whether another ZIP code than the job's is served."""
    zips = draft.state.rules.service_zips
    draft.note_intent("faq")
    draft.answered_aside = True
    served = not zips or code in zips
    draft.say("area_yes" if served else "area_no", zip=Fact(code, "caller:zip"))
