"""Names of people, said or spelled."""

import re
from difflib import SequenceMatcher
from typing import Final

from voice.receptionist.understanding.answers import without_hesitation
from voice.receptionist.understanding.lexicon import lexicon, words_of
from voice.receptionist.understanding.numbers import is_number_word
from voice.receptionist.understanding.spelling import run_of_letters, spelled, with_spelling
from voice.receptionist.understanding.text import Utterance, read, without_accents

_PARTICLES: Final = frozenset({"de", "la", "del", "van", "von", "der", "den", "di", "da", "los"})
_STOPS: Final = frozenset(
    {"and", "my", "number", "phone", "i", "i'm", "at", "on", "from", "with", "spelled", "spelling"}
    | {"that's", "it's", "calling", "here", "the", "y", "thanks", "thank", "please", "address"}
    | {"s", "spell", "is", "need", "have", "you", "can", "but", "because", "speaking", "we", "e"}
    | {"unit", "apartment", "in", "about", "live", "callback", "cell", "for", "mi", "tengo", "vivo"}
)
_TITLES: Final = frozenset(
    {"mr", "mrs", "ms", "miss", "mister", "missus", "dr", "doctor", "father", "officer", "sir"}
    | {"professor", "prof", "pastor", "reverend", "rev", "rabbi", "sister", "señor", "señora"}
    | {"señorita", "sr", "sra", "srta", "don", "doña", "doctora", "sergeant", "captain"}
)
_FAMILY: Final = ("last name", "last name's", "family name", "surname", "apellido")
_GIVEN: Final = ("first name", "first name's", "given name", "nombre de pila")
_LEAD_STRONG: Final = (
    "my name is", "my name's", "my names", "the name is", "the name's", "name is", "name's",
    "my full name is", "call me", "me llamo", "mi nombre es", "under the name", "a nombre de",
    "you can call me", "first name is", "last name is", "last name", "first name",
)  # fmt: skip
_LEAD_WEAK: Final = ("this is", "i'm", "i am", "soy", "le habla", "habla", "it's")
_AFTER_NAME: Final = frozenset(
    {"and", "i", "at", "my", "from", "here", "calling", "again", "over", "with", "in", "on", "you"}
)
_MOST_WORDS: Final = 6


def name_in(utterance: Utterance, *, asked: bool) -> str:
    """The person's name in the words, written with capitals; "" if none was said.

    Asked for it, bare words count as the name; unasked only after "my name is" and the like.
    """
    if asked and (fuller := _said_in_full(utterance) or _with_initials(utterance)):
        return fuller
    words = _joined_by_hyphens(utterance)
    words = tuple(word for word in words if word not in _SOUNDS)
    words = _without_remarks(words) if asked else words
    announced = _announced(words) if asked else []
    if announced:
        return " ".join(_cased(word) for word in announced)
    start = _lead_end(words, asked=asked)
    if start is None:
        if not asked:
            return _name_before_here(words)
        words = _without_stalling(words)
        while words and words[0] in (
            "yes",
            "yeah",
            "sure",
            "okay",
            "ok",
            "yep",
            "sí",
            "si",
            "claro",
            "no",
            "nope",
            "alright",
            "right",
            "correct",
            "certainly",
        ):
            words = words[1:]
        start = 0
        lead = _lead_end(words, asked=True)
        start = lead if lead is not None else 0
    taken, after = _name_words(words, start, asked=asked)
    letters = spelled(words[after:])
    if not taken and asked:
        letters = spelled(words[start:])
    name = _without_repeats(with_spelling(taken, letters))
    if asked and len(name) == 2 and f"{name[0]}, {name[1]}" in utterance.raw.lower():
        given = words_of("first_names")
        name = name[::-1] if name[1] in given and name[0] not in given else name
    return " ".join(_cased(word) for word in name)


_SOUNDS: Final = frozenset({"uh", "um", "er", "uhm", "umm", "erm"})


_INITIALS: Final = re.compile(r"\b([A-Z])\.? ?([A-Z])\.? ([A-Z][a-z]+)$")


def _with_initials(utterance: Utterance) -> str:
    """ "J.R. Smith", as it is written; a spelled name is none."""
    found = _INITIALS.search(utterance.raw.strip(" .!"))
    return f"{found[1]}.{found[2]}. {found[3]}" if found else ""


def _said_in_full(utterance: Utterance) -> str:
    """The full name after a part of it or a short form: "Bobby, Robert Johnson"; "" otherwise."""
    before, comma, after = utterance.raw.partition(",")
    if not comma or "," in after:
        return ""
    fuller = name_in(read(after), asked=True)
    part, whole = name_in(read(before), asked=True).lower().split(), fuller.lower().split()
    given = words_of("first_names")
    short = len(part) == 1 and part[0] in given and whole[:1] and whole[0] in given
    if not part and 2 <= len(whole) <= 3 and whole[0] in given:
        return fuller  # "I am the owner, Frank Lopez"
    if len(whole) < 2 or not part or not (short or whole[-len(part) :] == part):
        return ""
    return fuller


def _without_stalling(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words or any("-" in word for word in words):
        return words
    return without_hesitation(read(" ".join(words)))


def _joined_by_hyphens(utterance: Utterance) -> tuple[str, ...]:
    """The words, "Abernathy-Cole" as one; letters spelled with hyphens stay apart."""
    words: list[str] = []
    end = -1
    for token in utterance.tokens:
        hyphen = words and token.start == end + 1 and utterance.raw[end : token.start] == "-"
        if hyphen and len(token.word) > 1 and len(words[-1].rpartition("-")[2]) > 1:
            words[-1] += f"-{token.word}"
        else:
            words.append(token.word)
        end = token.end
    return tuple(words)


def _without_remarks(words: tuple[str, ...]) -> tuple[str, ...]:
    """Without titles, "with a K", "not Dana" and "and ask for": none of them is a name."""
    kept: list[str] = []
    at = 0
    while at < len(words):
        following = words[at + 1 : at + 2]
        remark = following and (len(following[0]) <= 2 or following[0] in _REMARKS)
        if words[at] in ("with", "con") and remark and kept:
            at += 1
            while at < len(words) and (len(words[at]) <= 2 or words[at] in _REMARKS):
                at += 1
            continue
        if words[at] == "not" and following and following[0] not in words_of("not_a_name"):
            at += 2
            continue
        if words[at] not in _TITLES or (kept and kept[-1] not in _BEFORE_TITLES):
            kept.append(words[at])
        at += 1
    return tuple(kept)


_REMARKS: Final = frozenset(
    {"one", "two", "double", "no", "apostrophe", "hyphen", "silent", "capital", "una", "the"}
)
_BEFORE_TITLES: Final = frozenset(
    {"is", "it's", "the", "this", "la", "el", "habla", "soy", "for", "name", "uh", "um", "with"}
)


def _announced(words: tuple[str, ...]) -> list[str]:
    """First and last name in order where one of them was announced ("…, last name Petrov")."""
    text = f" {' '.join(words)} "
    given, family = _place(text, _GIVEN), _place(text, _FAMILY)
    if given is None and family is None:
        return []
    cuts = sorted(place for place in (given, family) if place is not None)
    before = _part(words[: cuts[0][0]])
    if given is not None and family is not None:
        later, sooner = max(given, family), min(given, family)
        parts = {sooner: _part(words[sooner[1] : later[0]]), later: _part(words[later[1] :])}
        first, last = parts[given], parts[family]
        return [*first[:2], *last[:2]] if first and last else []
    rest = _part(words[cuts[0][1] :])
    if not rest:
        return before if len(before) > 1 else []
    if not before or rest == before[-1:]:
        return before
    return [*before[:2], *rest] if family is not None else [*rest, *before[:2]]


def _place(text: str, wordings: tuple[str, ...]) -> tuple[int, int] | None:
    """The words [start, end) that announce a part of the name; None if none does."""
    for wording in sorted(wordings, key=len, reverse=True):
        at = text.find(f" {wording} ")
        if at >= 0:
            start = len(text[:at].split())
            return start, start + len(wording.split())
    return None


def _part(words: tuple[str, ...]) -> list[str]:
    """The name in one part of an announced name, spelling applied."""
    words = _without_stalling(words)
    while words and words[0] in ("is", "it's", "spelled", "y", "and", "name", "my", "the", "yes"):
        words = words[1:]
    lead = _lead_end(words, asked=True)
    start = lead or 0
    taken, after = _name_words(words, start, asked=True)
    return _without_repeats(with_spelling(taken, spelled(words[after:])))


def _without_repeats(name: list[str]) -> list[str]:
    """ "Whalen, Tom Whalen" and "Tom, Tom Whalen" are Tom Whalen."""
    for size in range(1, len(name) // 2 + 1):
        rest = name[size:]
        said_again = rest[-size:] == name[:size] or rest[:size] == name[:size]
        if said_again and len(rest) > size - 1:
            return rest
    return name


def _name_before_here(words: tuple[str, ...]) -> str:
    """ "Beth Lang here" at the beginning of a turn; "" otherwise."""
    while words and words[0] in _HELLO:
        words = words[1:]
    if len(words) < 3 or words[2] not in ("here", "speaking", "calling"):
        return ""
    first, last = words[:2]
    if first not in words_of("first_names") or last in words_of("not_a_name"):
        return ""
    return f"{_cased(first)} {_cased(last)}"


_HELLO: Final = frozenset({"hi", "hello", "hey", "good", "morning", "afternoon", "evening", "yeah"})


def spelled_name(utterance: Utterance, current: str) -> str:
    """`current` with the word that was just spelled out put right; "" if nothing was spelled."""
    letters = spelled(utterance.words)
    if not letters:
        return ""
    return " ".join(_cased(w) for w in with_spelling([w.lower() for w in current.split()], letters))


def same_person(one: str, other: str) -> bool:
    """Whether two names are likely one person's: equal last names, or nearly equal names."""
    a = without_accents(one.lower()).split()
    b = without_accents(other.lower()).split()
    if not a or not b:
        return False
    if SequenceMatcher(None, " ".join(a), " ".join(b)).ratio() >= 0.85:
        return True
    if len(a) == 1 or len(b) == 1:
        return any(SequenceMatcher(None, x, y).ratio() >= 0.85 for x in a for y in b)
    alike = SequenceMatcher(None, a[-1], b[-1]).ratio()
    return alike >= (0.6 if a[0] == b[0] else 0.85) and a[0][0] == b[0][0]


def identifies(said: str, known: str) -> bool:
    """Whether a name that was said shows whose `known` is: a first name alone does not."""
    if len(said.split()) == 1 < len(known.split()):
        return same_person(said, known.split()[-1])
    return same_person(said, known)


def _lead_end(words: tuple[str, ...], *, asked: bool) -> int | None:
    """Where the name begins after the last lead-in; None when there is no believable one."""
    text = f" {' '.join(words)} "
    best: int | None = None
    leads = [*_LEAD_STRONG, *_LEAD_WEAK, *(lexicon("name_lead") if asked else ())]
    for lead in leads:
        at = text.rfind(f" {lead} ")
        if at < 0:
            continue
        end = len(text[: at + len(lead) + 2].split())
        if end >= len(words):
            continue
        weak = lead in _LEAD_WEAK
        if lead == "call me" and words[end] in ("back", "at", "on", "when", "later", "asap"):
            continue
        sure = lead in ("this is", "soy", "habla", "le habla")
        if lead == "it's" and not asked and words[end] not in words_of("first_names"):
            continue
        if weak and not asked and not _looks_like_name(words[end:], sure=sure):
            continue
        if words[end] in words_of("not_a_name") or is_number_word(words[end]):
            continue
        best = end if best is None else max(best, end)
    return best


def _looks_like_name(words: tuple[str, ...], *, sure: bool) -> bool:
    """Whether a name follows; `sure` where the words before it introduce nothing but people."""
    first = words[0]
    if first in words_of("not_a_name") or is_number_word(first) or first.endswith("ing"):
        return False
    return first in words_of("first_names") or (
        len(words) >= 2
        and words[1] not in words_of("not_a_name")
        and not words[1].endswith(("ing", "ly"))
        and not first.endswith("ly")
        and (len(words) <= 3 or (words[2] in _AFTER_NAME and sure))
        and first.isalpha()
    )


_WHO_IS: Final = frozenset({"she's", "he's", "it's", "that's", "there's", "who's"})


def _name_words(words: tuple[str, ...], start: int, *, asked: bool) -> tuple[list[str], int]:
    taken: list[str] = []
    at = start
    while at < len(words) and len(taken) < _MOST_WORDS:
        word = words[at]
        letters = run_of_letters(words, at)
        if letters and taken and at + letters < len(words):
            at += letters  # "Dana, D-A-N-A, Kowalczyk": the name goes on after the spelling
            continue
        if letters or (len(word) == 1 and not taken):
            break
        if word in _STOPS or is_number_word(word) or word in ("#", "$"):
            break
        if word.endswith(("'ll", "'ve", "'re")) or word in _WHO_IS:
            break
        if word in ("dear", "honey", "hon", "ma'am", "sweetie", "like", "officially"):
            break
        if word in words_of("not_a_name") and word not in _PARTICLES:
            surname = asked and len(taken) == 1 and word not in words_of("name_ends")
            follows = words[at + 1 : at + 2]
            given = asked and not taken and word in words_of("first_names") | {"will"}
            given = given and bool(follows) and follows[0] not in words_of("name_ends")
            if not (surname or given):
                break
        if not taken or taken[-1] != word:
            taken.append(word)
        at += 1
    while taken and taken[-1] in _PARTICLES:
        taken.pop()
    return taken, at


def _cased(word: str) -> str:
    if word in _PARTICLES and word not in ("di", "da"):
        return word
    if word.startswith("mc") and len(word) > 3:
        return f"Mc{word[2:].capitalize()}"
    if word.startswith(("o'", "d'")) and len(word) > 3:
        return f"{word[0].upper()}'{word[2:].capitalize()}"
    return "-".join(part.capitalize() for part in word.split("-"))


def without_surname(text: str) -> str:
    """ "This is Margaret Flood, I..." without what is no flood but her name."""
    match = _INTRODUCED.search(text)
    if match is None or match["given"].lower() not in words_of("first_names"):
        return text
    return f"{text[: match.start('family')]}{text[match.end('family') :]}"


_INTRODUCED: Final = re.compile(
    r"\b(?:this is|my name is|name's|i'm|i am|soy|me llamo|habla)\s+(?P<given>[a-z]+)\s+"
    r"(?P<family>[a-z]{3,})(?=[,.]?\s+(?:calling|here|from|with|and|i|i'm|i'd|i've|my|[a-z]\s[a-z]\s)"
    r"|[,.])",
    re.I,
)
