"""Has the caller finished? Judged by the words, and by what they were asked for."""

import re
from typing import Final

from voice.stt import Expectation, Expecting

SETTLED_MS: Final = 288
"""Silence that ends a turn whose words look complete."""

FRAGMENT_MS: Final = 448
"""After one or two words of free speech that are no answer in themselves: "it started"."""

UNSURE_MS: Final = 704
"""The same when more often follows: a first name, a street without its unit."""

DICTATING_MS: Final = 1_504
"""Between groups of a number or letters; callers pause up to 1.2 s there."""

UNFINISHED_MS: Final = 2_496
"""After "and", "uh", half a number: nobody ends there."""

PHONE_DIGITS: Final = 10

SOUNDS_FINISHED: Final = 0.9
SOUNDS_UNFINISHED: Final = 0.1
"""What the turn model must be sure of before it changes what the words say."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ONES: Final = _words(
    "zero oh one two three four five six seven eight nine"
    " cero uno dos tres cuatro cinco seis siete ocho nueve"
)
_TENS: Final = _words("twenty thirty forty fifty sixty seventy eighty ninety")
_PAIRS: Final = _TENS | _words(
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
    " diez once doce trece catorce quince"
)
_DIGITS: Final = dict.fromkeys(_ONES, 1) | dict.fromkeys(_PAIRS, 2)
_REPEATS: Final = {"double": 1, "triple": 2, "doble": 1}
_FILLERS: Final = _words("uh um er erm hmm eh este")
_OPEN_ENDS: Final = _FILLERS | _words(
    "and or but so because cause if when while then the a an my your his her our their its"
    " at of to for from by is are was were am be it's i'm he's she's we're they're there's"
    " i we they and/or about into onto than as also plus which whose until since between"
    " y o pero porque si cuando el la los las un una mi su en de del al a para por con es son"
    " está que entonces"
)
_HALF_OPEN_ENDS: Final = _words("on in with that like well not no it's number name")
_LEADING_WORDS: Final = _words(
    # verbs and auxiliaries that want an object or another verb
    "has have had having been being will would could should might must won't wouldn't couldn't"
    " need needs want wants wanted get gets got getting keep keeps kept said"
    " says told make makes made put puts tried trying turned seems going gonna wanna"
    # prepositions, determiners and adjectives before a noun, adverbs before an adjective
    " near under behind above below beneath beside during without against toward towards"
    " some any each every another several both few whole entire new last next leaky very just"
    " only almost still kind sort carbon septic crawl"
    # pronouns and conjunctions that open a clause
    " he she although unless whether except whenever he'll she'll they'll we'll i'll i've we've"
    " they've you're i'd we'd"
    " necesito quiero tengo hay se lo muy cada sin sobre bajo detrás cerca"
)
"""Words that lead to another one, though now and then they end a sentence: "that is all I need"."""

_DETERMINERS: Final = _words("the a an my our your his her their this these some another")
_SURE_OPENERS: Final = _words("but because when if while now said says")
_CLAUSE_OPENERS: Final = _SURE_OPENERS | _words("and so then")
"""After the sure ones a clause must follow; after "and" a thing may: "the sink and the toilet"."""

_SUBJECTS: Final = _words("it that this they you we now then")
_ENDINGS: Final = ("ing", "ed", "n't", "s", "'ll", "'ve", "'re", "'d")
"""What most verbs end with; nouns do too, and then a phrase is taken for a clause."""

_VERBS: Final = _words(
    "am are be became began bent blew broke burst came can come could did do drip fell felt fix"
    " flow found froze gave get go gone got grew had have heard hear help hit just keep kept know"
    " leak leave left let look lost made make may might must need overflow put quit ran run said"
    " saw seem sent shut smell spill split spray stay stink stop stuck stunk take think took turn"
    " want was went were will wont work would won't"
)
_DIRECTIONS: Final = _words("n s e w north south east west northeast northwest southeast southwest")
_UNITS: Final = _words("apt apartment unit suite floor number # apartamento piso")
_ANNOUNCE_PHONE: Final = _words("number phone cell call reach text número teléfono")
_BACKCHANNELS: Final = _words(
    "uh-huh uhhuh huh mm-hmm mmhmm mhm mm hmm uh um okay ok yeah yes yep yup right sure alright"
    " good great fine cool ah oh see i got it gotcha all thanks thank you sí si bueno ajá claro"
    " vale"
)
_HELLOS: Final = _words(
    "hello hi hey hola bueno yes sí there anybody good morning afternoon evening"
)
_FAREWELLS: Final = _BACKCHANNELS | _words(
    "bye goodbye bye-bye later so much very you too have a nice day night evening weekend one care"
    " appreciate it cheers that's is perfect no adiós hasta luego igualmente buen buenas noches día"
)
_ANSWERS: Final = (
    _BACKCHANNELS
    | _HELLOS
    | _words(
        "no nope never mind nothing bye goodbye help stop wait what sorry pardon maybe please"
        " tomorrow today now later operator representative person human agent ya gracias adiós"
    )
)
_DICTATED: Final = frozenset({Expecting.PHONE, Expecting.ZIP, Expecting.STREET})
_TOKEN: Final = re.compile(r"[^\W_]+(?:['\u2019\-][^\W_]+)*|#", re.UNICODE)


def tokens_of(text: str) -> list[str]:
    """Lower-case words and numbers, punctuation gone."""
    return [token.replace("\u2019", "'") for token in _TOKEN.findall(text.lower())]


def needed_silence_ms(text: str, expectation: Expectation) -> int:
    """How long the caller must be silent after these words for the turn to be theirs no more."""
    tokens = tokens_of(text)
    if not tokens:
        return UNSURE_MS
    if tokens[-1] in _OPEN_ENDS:
        return UNFINISHED_MS
    asked = _BY_KIND.get(expectation.kind)
    if asked is not None and (answer := asked(tokens)) is not None:
        return answer
    if expectation.kind is not Expecting.WINDOW and _is_dictating(tokens):
        return DICTATING_MS
    if expectation.kind is Expecting.YES_NO:
        return SETTLED_MS
    return _open(tokens, text, expectation.kind)


def is_backchannel(text: str, expectation: Expectation) -> bool:
    """Whether this only says "I am listening". Where yes or no was asked, it is an answer."""
    tokens = tokens_of(text)
    if expectation.kind is Expecting.YES_NO or len(tokens) > 4:
        return False
    return all(token in _BACKCHANNELS for token in tokens)


def is_hello(text: str) -> bool:
    """Whether this only greets, as callers do into a greeting that has begun."""
    tokens = tokens_of(text)
    return len(tokens) <= 3 and all(token in _HELLOS for token in tokens)


def is_farewell(text: str) -> bool:
    """Whether this only says goodbye, as callers do over the last words of a call."""
    tokens = tokens_of(text)
    return len(tokens) <= 8 and all(token in _FAREWELLS for token in tokens)


def count_digits(tokens: list[str]) -> int:
    """How many digits these words spell: "seven seven three", "double five", "twenty-one", 0121."""
    total = 0
    tens_open = False
    pieces = [
        piece
        for token in tokens
        for piece in (token.split("-") if not token.isdigit() else [token])
    ]
    for piece in pieces:
        if piece.isdigit():
            total += len(piece)
        elif piece in _DIGITS:
            total += _DIGITS[piece] - (1 if tens_open and _DIGITS[piece] == 1 else 0)
        else:
            total += _REPEATS.get(piece, 0)
        tens_open = piece in _TENS
    return total


def _is_number(token: str) -> bool:
    return token.replace("-", "").isdigit() or all(
        piece in _DIGITS or piece in _REPEATS for piece in token.split("-")
    )


def _trailing_digits(tokens: list[str]) -> int:
    start = len(tokens)
    while start and _is_number(tokens[start - 1]):
        start -= 1
    return count_digits(tokens[start:])


def _phone(tokens: list[str]) -> int | None:
    digits = count_digits(tokens)
    if digits < 3 and not _trailing_digits(tokens):
        return None
    if digits >= PHONE_DIGITS:
        leading = next(token for token in tokens if _is_number(token))
        national = digits > PHONE_DIGITS or leading not in ("1", "one")
        return SETTLED_MS if national else UNSURE_MS
    return DICTATING_MS if digits in (4, 7) else UNFINISHED_MS


def _zip(tokens: list[str]) -> int | None:
    digits = count_digits(tokens)
    if digits == 0:
        return None
    return SETTLED_MS if digits in (5, 9) else DICTATING_MS


def _street(tokens: list[str]) -> int | None:
    if all(_is_number(token) for token in tokens) and count_digits(tokens) >= PHONE_DIGITS:
        return None
    if count_digits(tokens) == 0:
        return None
    words = [token for token in tokens if not _is_number(token) and token not in _DIRECTIONS]
    if not words:
        return UNFINISHED_MS
    if tokens[-1] in _UNITS:
        return UNFINISHED_MS
    if _trailing_digits(tokens) == 5 or (len(tokens) > 1 and tokens[-2] in _UNITS):
        return SETTLED_MS
    return UNSURE_MS


def _name(tokens: list[str]) -> int | None:
    if _is_dictating(tokens):
        return None
    if len(tokens[-1]) == 1:
        return DICTATING_MS
    return UNSURE_MS if len(tokens) == 1 else SETTLED_MS


def judged_silence_ms(needed_ms: int, finished: float | None, expectation: Expectation) -> int:
    """The same silence once the sound was judged too: P(finished), None if it was not.

    A clear judgement turns a settled wait into an unsure one and back. It never touches the
    patience with numbers, addresses and spellings, nor with words that cannot be the last.
    """
    if finished is None or needed_ms > UNSURE_MS or expectation.kind in _DICTATED:
        return needed_ms
    if finished >= SOUNDS_FINISHED:
        return SETTLED_MS
    return UNSURE_MS if finished <= SOUNDS_UNFINISHED else needed_ms


_BY_KIND: Final = {
    Expecting.PHONE: _phone,
    Expecting.ZIP: _zip,
    Expecting.STREET: _street,
    Expecting.NAME: _name,
}


def _is_dictating(tokens: list[str]) -> bool:
    """Whether a number has begun that nobody asked for; five after other words are a ZIP code,
    unless they were announced as a telephone number."""
    digits, numbers_only = _trailing_digits(tokens), all(map(_is_number, tokens))
    if any(token in _ANNOUNCE_PHONE for token in tokens):
        return 0 < digits < PHONE_DIGITS
    if digits < 3:
        return digits > 0 and numbers_only
    return digits < PHONE_DIGITS and (digits != 5 or numbers_only)


def _open(tokens: list[str], text: str, kind: Expecting) -> int:
    if text.rstrip().endswith("?"):
        return SETTLED_MS
    if len(tokens) > 1 and tokens[-1] in _HALF_OPEN_ENDS | _LEADING_WORDS:
        return UNSURE_MS
    clause = _last_clause(tokens)
    opener = tokens[-len(clause) - 1] if len(clause) < len(tokens) else ""
    if opener and clause[0] in _SUBJECTS and len(clause) <= 2:
        return UNSURE_MS if len(clause) == 1 else FRAGMENT_MS
    if kind is Expecting.OPEN and _is_subject(clause):
        return UNSURE_MS if opener in _SURE_OPENERS else FRAGMENT_MS
    return FRAGMENT_MS if len(tokens) <= 2 and _is_fragment(tokens) else SETTLED_MS


def _last_clause(tokens: list[str]) -> list[str]:
    """The words after the last one that opens a clause."""
    start = len(tokens) - 1
    while start and tokens[start - 1] not in _CLAUSE_OPENERS:
        start -= 1
    return tokens[start:]


def _is_subject(tokens: list[str]) -> bool:
    """Whether this only names something, "the pipe behind the washer", and its verb is to come."""
    if tokens[0] not in _DETERMINERS:
        return False
    return not any(token in _VERBS or token.endswith(_ENDINGS) for token in tokens[1:])


def _is_fragment(tokens: list[str]) -> bool:
    return not all(token in _ANSWERS for token in tokens)
