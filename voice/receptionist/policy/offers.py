"""Whether something is done here: a clear no, a clear yes, or honestly unknown."""

from voice.receptionist.draft import Draft
from voice.receptionist.faq import best_answer
from voice.receptionist.jobs import (
    OTHER,
    code_for,
    kind_of,
    not_offered_in,
    only_refused,
    service_by_code,
    service_named,
)
from voice.receptionist.naming import refused_fact, service_fact
from voice.receptionist.policy import opening, unforeseen
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning


def _wants_it_done(meaning: Meaning) -> bool:
    """Something of the caller's own, or a time for it: an order, not a question."""
    words = set(meaning.utterance.words)
    return bool(words & words_of("own_problem") or meaning.cues & {"soon", "other_time", "no_rush"})


def offer(draft: Draft, meaning: Meaning) -> None:
    """Whether something is done here: a clear no, a clear yes, or honestly unknown."""
    if opening.asks_when_open(meaning):
        return  # "do you work on weekends"
    state = draft.state
    draft.note_intent("faq")
    refused = not_offered_in(state.rules, meaning.text)
    if refused and (kind_of(meaning) in ("", OTHER) or only_refused(state.rules, meaning)):
        not_offered(draft, refused)
        return
    service = service_named(state.rules, meaning.text)
    kind = kind_of(meaning)
    if service is None and kind and kind != "other":
        service = service_by_code(state.rules, code_for(state.rules, kind, meaning.text))
    answered = service is None and best_answer(state.rules.faq, meaning.text) is not None
    unlisted = service is None and kind == OTHER and not answered
    if _asks_for_work(meaning) and (unlisted or _wants_it_done(meaning)):
        return
    if service is None and not kind and state.asked == "window":
        return  # "can you do Friday" asks for a time
    draft.answered_aside = True
    if service is not None:
        draft.say("offered", service=service_fact(service, state.language))
        draft.note_act("faq_yes", "faq_or_message")
        return
    unforeseen.from_faq_or_noted(draft, meaning, "unknown_question")


def _asks_for_work(meaning: Meaning) -> bool:
    """ "Can you put in a bidet" wants it done; "do you do bidets" wants to know."""
    words = f" {meaning.utterance.plain} "
    return any(f" {verb} you " in words for verb in ("can", "could", "will", "would"))


def not_offered(draft: Draft, entry: str) -> None:
    draft.answered_aside = True
    draft.note_intent("faq")
    draft.say("not_offered", service=refused_fact(entry, draft.state.language))
    draft.mark(f"not_offered:{entry}")
    draft.note_act("faq_no")
    if not draft.state.job_type or draft.state.job_type in ("other", "unknown"):
        draft.put(job_type="not_offered")
