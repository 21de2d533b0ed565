"""Questions without an answer among the rules: the tenant's own answers, or a note."""

from typing import Final

from voice.receptionist.dialogue import ActionKind
from voice.receptionist.draft import Draft
from voice.receptionist.faq import best_answer
from voice.receptionist.phrasing import Fact
from voice.receptionist.understanding.answers import without_hesitation
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning


def note(draft: Draft, meaning: Meaning) -> None:
    """The tenant's own answer, or a note for the office; the open question stands."""
    draft.answered_aside = True
    if not from_faq(draft, meaning):
        draft.say("unknown_question")
        note_unanswered(draft, meaning)
        draft.note_act("faq_or_message")


def from_faq_or_noted(draft: Draft, meaning: Meaning, unknown: str) -> bool:
    """The tenant's own answer; without one the phrase `unknown`, and the plumber gets to know."""
    if from_faq(draft, meaning):
        return True
    draft.say(unknown)
    note_unanswered(draft, meaning)
    draft.note_act("faq_or_message")
    note_faq(draft)
    return False


def from_faq(draft: Draft, meaning: Meaning) -> bool:
    """Answer from the tenant's own questions and answers, if one fits."""
    entry = best_answer(draft.state.rules.faq, meaning.text)
    if entry is None:
        return False
    source = f"rules.faq:{entry.question}"
    draft.say("faq", answer=Fact(entry.answer, source))
    draft.note_act("faq_answer")
    return True


def note_unanswered(draft: Draft, meaning: Meaning) -> None:
    """Keep the question for the plumber to answer once and for all."""
    text = meaning.text[:300]
    draft.put(open_questions=(*draft.state.open_questions, text))
    draft.do(ActionKind.NOTE_UNANSWERED, text=text)


def note_faq(draft: Draft) -> None:
    """A call that was only a question so far."""
    if not draft.state.job_type:
        draft.put(job_type="faq")


def is_question(meaning: Meaning) -> bool:
    """Whether the words ask something: "who is coming", but not "what?" nor "can you help me"."""
    words = without_hesitation(meaning.utterance)
    while words and words[0] in words_of("before_a_question"):
        words = words[1:]
    if meaning.cues & _HAVE_THEIR_OWN:
        return False
    if len(words) < 2 or {"help", "ayudar", "ayudarme", "repeat", "mean"} & set(words):
        return False
    if len(words) < 3 and "?" not in meaning.utterance.raw:
        return words[0] in words_of("question_words")
    if len(words) >= 3 and meaning.utterance.raw.endswith("?"):
        return True
    return words[0] in words_of("question_words") | words_of("question_verbs")


def asks_openly(meaning: Meaning) -> bool:
    """Whether it is a question that no yes or no would answer: "what's the difference"."""
    words = [w for w in meaning.utterance.words if w not in words_of("before_a_question")]
    return is_question(meaning) and bool(words) and words[0] in words_of("question_words")


_HAVE_THEIR_OWN: Final = frozenset(
    {"stops", "abandons", "hearing", "thanks", "impatient", "access", "shutoff_unknown"}
    | {
        "same_number",
        "greeting",
        "waiting",
        "keeps",
        "other_time",
        "refuses",
        "not_home",
        "asks_what_it_smells",
    }
)
