"""What the caller's answer to the last question settles, beyond the slots it fills."""

from voice.receptionist.dialogue import ActionKind, Urgency
from voice.receptionist.draft import Draft
from voice.receptionist.jobs import kind_of
from voice.receptionist.policy import alarms, bookings, confirming, plan, safety, shutoff
from voice.receptionist.policy.alarming import names_the_fuel
from voice.receptionist.policy.questions import (
    ask_anything_else,
    goodbye,
    note_area_unchecked,
    tried,
)
from voice.receptionist.policy.relevance import answers_something_else
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning
from voice.receptionist.understanding.people import name_in


def settle(draft: Draft, meaning: Meaning) -> None:
    """Take the answer to what was asked last."""
    asked = draft.state.asked
    if asked is None:
        return
    match asked:
        case "phone":
            _phone(draft, meaning)
        case "name" | "street" | "zip":
            _from_memory(draft, meaning, asked)
            _refusal(draft, meaning, asked)
        case "near_electric":
            if answers_something_else(draft, meaning, asked):
                draft.ask(asked)
            else:
                shutoff.after_electric(draft, meaning)
        case (
            "hurt"
            | "gas_smell"
            | "co_alarm"
            | "near_sparks"
            | "leak"
            | "active_leak"
            | "fixtures"
            | "other_toilet"
            | "cleanout"
        ):
            _qualifier(draft, meaning, asked)
        case "window":
            bookings.answer_window(draft, meaning)
        case "confirm" | "correction":
            confirming.confirm(draft, meaning)
        case "cancel_or_move":
            _cancel_or_move(draft, meaning)
        case "message":
            _message(draft, meaning)
        case "leave_message" | "callback" | "book" | "keep_trying":
            _yes_or_no(draft, meaning, asked)
        case "grown_up":
            alarms.after_grown_up(draft, meaning)
        case "anything_else":
            _anything_else(draft, meaning)
        case _:
            return


def _message(draft: Draft, meaning: Meaning) -> None:
    """The words as they were said; a bare name is who left it."""
    if draft.answered_aside or meaning.is_empty:
        return
    name = name_in(meaning.utterance, asked=True)
    given = name.lower().split()[:1]
    if given and given[0] in words_of("first_names") and len(meaning.utterance.tokens) <= 5:
        draft.fill("name", name)
        draft.fill("message", "asks to be called back")
        return
    draft.fill("message", meaning.text[:300])


def _phone(draft: Draft, meaning: Meaning) -> None:
    state = draft.state
    if "phone" in draft.heard or "phone_part" in draft.heard:
        return
    caller_id = state.scene.caller_id
    if caller_id and draft.has("caller_id_offered") and not draft.has("caller_id_refused"):
        same = "same_number" in meaning.cues
        if meaning.answer is Answer.YES or same or (meaning.answer is Answer.UNSURE):
            draft.fill("phone", caller_id, confirmed=meaning.answer is Answer.YES)
        elif meaning.answer is Answer.NO or "other_number" in meaning.cues:
            draft.mark("caller_id_refused")
    elif caller_id and (meaning.answer is Answer.YES or "same_number" in meaning.cues):
        draft.fill("phone", caller_id, confirmed=True)
    elif meaning.answer is Answer.NO or "refuses" in meaning.cues:
        _no_phone(draft)


def _no_phone(draft: Draft) -> None:
    """Who gives no number is told once what that means, and is not pressed."""
    if draft.state.goal not in ("message", "decline") and draft.mark("no_phone_said"):
        draft.say("no_phone")
        return
    draft.mark("skip:phone")
    draft.put(open_questions=(*draft.state.open_questions, "phone not given"))
    draft.say("refused_ok")


def _refusal(draft: Draft, meaning: Meaning, asked: str) -> None:
    """Who will not or cannot say it is not pressed: go on without, and note it."""
    if asked in draft.state.slots or draft.answered_aside or draft.heard:
        return
    refuses = "refuses" in meaning.cues
    if not refuses and not (asked == "zip" and meaning.answer is Answer.UNSURE):
        return
    draft.mark(f"skip:{asked}")
    draft.put(open_questions=(*draft.state.open_questions, f"{asked} not given"))
    unchecked = asked == "zip" and note_area_unchecked(draft)
    draft.say("area_unchecked" if unchecked else "refused_ok")


def _from_memory(draft: Draft, meaning: Meaning, asked: str) -> None:
    """A known name or address, offered and agreed to."""
    memory = draft.state.scene.memory
    if memory is None or asked in draft.heard or f"memory:{asked}" not in draft.state.marks:
        return
    if draft.has(f"memory_answered:{asked}"):
        return
    draft.mark(f"memory_answered:{asked}")
    if meaning.answer is not Answer.YES:
        return
    if asked == "name":
        draft.fill("name", memory.name, confirmed=True)
        draft.mark("memory_confirmed")
        return
    draft.fill("street", memory.street, confirmed=True)
    for slot, value in (("unit", memory.unit), ("city", memory.city), ("zip", memory.zip)):
        if value and slot not in draft.state.slots:
            draft.fill(slot, value, confirmed=True)


def _qualifier(draft: Draft, meaning: Meaning, asked: str) -> None:
    """An answer of any kind settles it. What answers something else is asked about once more."""
    if asked == "gas_smell" and names_the_fuel(meaning) and not _says_gas(meaning):
        draft.fill(asked, "no")  # asked of an electric one, "it's electric" answers it
        return
    if answers_something_else(draft, meaning, asked):
        draft.ask(asked)
        return
    aside = draft.answered_aside and meaning.answer is Answer.NONE and asked not in draft.heard
    if aside and not draft.asked and draft.mark(f"again:{asked}"):
        draft.ask(asked)
        return
    if asked == "gas_smell" and "asks_what_it_smells" in meaning.cues and draft.mark("smells_of"):
        draft.say("gas_smells_of")
        draft.ask(asked)
        return
    if asked == "gas_smell" and meaning.cues & {"cannot_smell", "not_home"}:
        draft.fill(asked, "unknown")
        draft.say("gas_caution")
        return
    if meaning.answer is Answer.NONE and asked not in ("cleanout",):
        value = meaning.text[:120] if not draft.answered_aside else "unknown"
    elif asked == "cleanout":
        value = meaning.text[:120]
    else:
        value = {Answer.YES: "yes", Answer.NO: "no"}.get(meaning.answer, "unknown")
        value = "no" if safety.denies(meaning) else value
    if asked not in draft.heard and value:
        draft.fill(asked, value)
    if asked == "leak" and meaning.answer is Answer.YES:
        draft.raise_urgency(Urgency.U)
    if asked == "fixtures" and meaning.answer is Answer.YES and draft.state.goal == "job":
        draft.raise_urgency(Urgency.U)


def _says_gas(meaning: Meaning) -> bool:
    return bool({"gas", "propane"} & {*meaning.utterance.words})


def _cancel_or_move(draft: Draft, meaning: Meaning) -> None:
    cancel = "just_cancel" in meaning.cues or meaning.means("cancel", 0.7)
    move = "other_time" in meaning.cues or meaning.means("reschedule", 0.7)
    if (move and not cancel) or (meaning.answer is Answer.YES and not cancel):
        marks = draft.state.marks - {"want:cancel"}
        draft.put(marks=marks | {"want:reschedule"})


def _yes_or_no(draft: Draft, meaning: Meaning, asked: str) -> None:
    yes = meaning.answer is Answer.YES or (
        meaning.answer is Answer.NONE and bool(draft.heard & {"name", "phone", "street", "zip"})
    )
    if asked == "book":
        told = bool(kind_of(meaning)) or "no_hot_water" in meaning.cues
        if yes or (told and not meaning.is_mere_no):
            draft.put(goal="job")
            draft.raise_urgency(Urgency.R)
            if "price_said" in draft.state.marks:
                draft.mark("price+booking")
        elif meaning.answer is not Answer.NONE:
            ask_anything_else(draft)
    elif asked == "leave_message":
        if yes or meaning.means("callback"):
            draft.note_act("message_optional")
            plan.start_message(draft)
        elif meaning.answer is Answer.NO or meaning.means("done", 0.7) or tried(draft, asked, 2):
            draft.note_act("message_optional")
            goodbye(draft)
    elif asked == "callback" and meaning.answer is Answer.YES:
        draft.fill("message", draft.state.open_questions[-1])
        plan.start_message(draft)
    elif asked == "keep_trying":
        if meaning.answer is Answer.NO:
            draft.note_act("fallback")
        else:
            draft.say("keep_trying")
            draft.do(ActionKind.PAGE_ON_CALL, text=draft.state.problem)
            draft.note_act("fallback")


def _takes_leave(meaning: Meaning) -> bool:
    """ "Okay, thanks, bye", "perfect", "that's it": the end, though a word of yes is in it."""
    words = meaning.utterance.words
    return bool(words) and words_of("leave_taking").issuperset(words)


def _books_after_all(draft: Draft, meaning: Meaning) -> bool:
    """ "OK, book it", after the price of work that is known."""
    known = draft.state.job_type not in ("", "unknown", "faq", "not_offered", "existing", "spam")
    return known and not draft.state.reference and meaning.means("book", 0.6)


def _anything_else(draft: Draft, meaning: Meaning) -> None:
    if draft.answered_aside or draft.asked:
        return
    if any(meaning.means(label, 0.6) for label in ("cancel", "reschedule", "status")):
        return
    if _takes_leave(meaning):
        goodbye(draft)
        return
    if _books_after_all(draft, meaning):
        draft.put(goal="job")
        draft.raise_urgency(Urgency.R)
        return
    if meaning.answer is Answer.YES and meaning.is_short and not tried(draft, "anything_else", 5):
        draft.ask("anything_else", "ask_what_else", attempt=0)
        return
    done = (
        meaning.means("done", 0.6)
        or meaning.answer is Answer.NO
        or tried(draft, "anything_else", 2)
    )
    if done and not meaning.means("book", 0.9):
        goodbye(draft)
