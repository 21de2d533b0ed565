"""Getting everybody out of a building, and the few facts that are taken down outside of it."""

from typing import Final

from voice.receptionist.draft import Draft
from voice.receptionist.understanding.answers import Answer, is_bare
from voice.receptionist.understanding.meaning import Meaning

ELSEWHERE: Final = "elsewhere"
"""What "outside" holds of a caller who is not at the place at all."""


def is_elsewhere(meaning: Meaning) -> bool:
    """Whether the danger is where the caller is not: a mother's house, a customer's."""
    return meaning.means("elsewhere", 2.0)


def _remark_from_afar(draft: Draft, meaning: Meaning) -> bool:
    """Somebody there who cannot leave by themselves: 911 has to know."""
    helpless = meaning.cues & {"cannot_leave", "someone_inside"}
    if helpless and not draft.heard and draft.mark("helpless"):
        draft.say("e0_helpless", interruptible=False)
        draft.answered_aside = True
    return False


def warn_from_afar(draft: Draft) -> None:
    """Who is not there has the others leave; nobody tells them to go outside."""
    draft.fill("outside", ELSEWHERE)
    draft.say("e0_elsewhere", interruptible=False)
    draft.answered_aside = True


def while_inside(draft: Draft, meaning: Meaning) -> bool:
    """Life safety goes on: nothing is asked until everyone is out. Whether the turn is done."""
    state = draft.state
    if state.goal != "safety":
        return False
    if state.slot("outside") == ELSEWHERE:
        return _remark_from_afar(draft, meaning)
    if not state.slot("outside") and is_elsewhere(meaning):
        warn_from_afar(draft)
        return False
    if "someone_inside" in meaning.cues and not draft.heard - {"outside", "vulnerable", "name"}:
        if "name" in draft.heard:
            draft.clear("name")  # "she's still inside" names nobody
        draft.say("e0_someone_inside", interruptible=False)
        draft.ended = True
        return True
    if state.slot("outside"):
        return _outside_remark(draft, meaning)
    if "cannot_leave" in meaning.cues:
        draft.say("e0_cannot_leave", interruptible=False)
        draft.ended = True
        return True
    if state.attempts.get("outside", 0) >= 2 and draft.has("second_hand"):
        warn_from_afar(draft)  # whose smell it is has not become clear: the others are to go
        return False
    if state.asked == "outside" and _says_out(meaning):
        draft.fill("outside", "yes")
        return False
    if state.attempts.get("outside", 0) >= 2:
        draft.say("e0_end_inside", interruptible=False)
        draft.ended = True
        return True
    if _DANGEROUS.intersection(meaning.utterance.words):
        draft.say("e0_yes", interruptible=False)
    spark = "e0_spark" in state.marks
    draft.say("e0_again_spark" if spark else "e0_again", interruptible=False)
    draft.ask("outside", attempt=0)
    return True


def _says_out(meaning: Meaning) -> bool:
    """Whether a yes says that one is out: neither "okay, I will" nor "yes, it's hissing"."""
    words = set(meaning.utterance.words)
    if meaning.answer is not Answer.YES or meaning.means("inside", 2.0):
        return False
    return bool(_OUT & words) or (is_bare(meaning.utterance) and not _ONLY_OKAY.issuperset(words))


_OUT: Final = frozenset(
    {"out", "outside", "street", "sidewalk", "car", "truck", "yard", "driveway", "porch", "lawn"}
    | {"afuera", "fuera", "calle", "banqueta", "patio", "salimos", "salí", "neighbor's", "garden"}
)


_ONLY_OKAY: Final = frozenset(
    {"ok", "okay", "alright", "uh", "huh", "mhm", "sure", "thanks", "thank", "you", "bye", "will"}
    | {"do", "got", "it", "right", "fine", "k", "thing", "please", "bueno", "gracias", "está"}
    | {"bien", "vale", "claro", "sale", "i"}
)
"""Words that promise to leave, and do not say that one has."""
_DANGEROUS: Final = frozenset({"dangerous", "danger", "serious", "bad", "peligroso", "grave"})


def _outside_remark(draft: Draft, meaning: Meaning) -> bool:
    """Nobody goes back in, and 911 is called, whatever else is being asked. The call goes on."""
    if draft.heard - {"outside"} or draft.sentences:
        return False
    asks_911 = {"911", "nine"} & set(meaning.utterance.words) and meaning.answer is Answer.NONE
    if "reenters" in meaning.cues:
        draft.say("e0_stay_out", interruptible=False)
    elif "asks_to_shut" in meaning.cues:
        draft.say("e0_leave_valve", interruptible=False)
    elif "asks_what_now" in meaning.cues:
        draft.say("e0_known", interruptible=False)
    elif asks_911 and _is_asking(meaning):
        draft.say("e0_call_911", interruptible=False)
    else:
        return False
    draft.answered_aside = True
    return False


def _is_asking(meaning: Meaning) -> bool:
    return bool(set(meaning.utterance.words[:3]) & {"do", "should", "can", "will", "must", "so"})
