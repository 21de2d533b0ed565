"""Which of the tenant's services a problem falls under, or that it is none of them."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final, cast

from voice.receptionist.rules import ServiceRule, TenantRules
from voice.receptionist.understanding.lexicon import document, words_of
from voice.receptionist.understanding.meaning import Meaning
from voice.receptionist.understanding.text import plain

OTHER: Final = "other"
_HINT: Final = 0.25
_NEW_ONE: Final = (
    *("new one", "new ones", "replace it", "get it replaced", "a replacement"),
    *("newer water heater", "newer heater", "newer one"),
)
_HOOKED_UP: Final = (
    *("line to", "water line", "gas line", "hook up", "hookup", "hooked up", "hooking up"),
    *(
        "ice maker line",
        "línea de gas",
        "línea de agua",
        "conectar",
        "the line moved",
        "a line run",
    ),
    *(
        "line moved",
        "line run",
        "line put in",
        "line for the",
        "line for a",
        "gas to the",
        "dryer line",
        "stove line",
    ),
)
_LIKELY: Final = 0.45
_EMPTY_WORDS: Final = frozenset(
    {"repair", "service", "work", "clear", "clearing", "install", "installation", "fix", "and"}
    | {"the", "a", "of", "for", "main", "line", "cleaning", "replacement", "general"}
)


def kind_of(meaning: Meaning) -> str:
    """The kind of work (a key of `data/jobs.json`, or "other"); "" when none was named."""
    text = f" {meaning.utterance.full} "
    words = _words()
    if "whole_house" in meaning.cues and not meaning.means("no_hot_water", 2.0):
        return OTHER
    named = [kind for kind in _order() if any(f" {w} " in text for w in words[kind])]
    chances = meaning.chances
    if "no_hot_water" in meaning.cues and "heater" not in named:
        named.append("heater")
    if _is_other(meaning, text, named):
        return OTHER
    broken = "no_hot_water" in meaning.cues and not {"new", "replace"} & {*meaning.utterance.words}
    if "heater" in named and any(f" {wish} " in text for wish in _NEW_ONE):
        return "heater_install"
    if _LIKELY <= chances.get("heater_install", 0) >= chances.get("heater", 0) and not broken:
        return "heater_install"
    if chances.get("gasline", 0) >= _LIKELY and "heater" not in named:
        return "gasline"
    for kind in named:
        if kind in ("heater_install", "heater", "toilet", "sewer") or chances.get(kind, 0) >= _HINT:
            return _narrowed(kind, named, chances)
    likely = max(
        (kind for kind in (*_order(), "other_job")), key=lambda kind: chances.get(kind, 0.0)
    )
    if chances.get(likely, 0.0) >= _LIKELY and not (likely == "other_job" and named):
        return OTHER if likely == "other_job" else likely
    return named[0] if named else ""


def _is_other(meaning: Meaning, text: str, named: Sequence[str]) -> bool:
    """Work none of our kinds covers: fitting something, or an appliance of its own."""
    chances = meaning.chances
    if _REBUILDING.intersection(meaning.utterance.words):
        return True
    installs = "install_job" in meaning.cues and not {"heater_install", "gasline"} & {*named}
    if installs and chances.get("other_job", 0) >= max(
        chances.get(kind, 0) for kind in ("leak", "drain", "toilet", "heater_install")
    ):
        return True
    listed = any(f" {word} " in text for word in _other_words())
    if listed and "leak" in named and "install_job" not in meaning.cues:
        return False  # a dishwasher's line that drips is a leak like any other
    return listed and not _strong(chances, named)


_REBUILDING: Final = frozenset(
    {"remodel", "renovation", "relocate", "addition", "gutting", "gutted"}
)


def code_for(rules: TenantRules, kind: str, text: str) -> str:
    """The tenant's own code for a kind of work, "other" if it has none."""
    named = service_named(rules, text)
    if named is not None and (kind == "" or (kind == OTHER and named.code not in _known_codes())):
        return named.code
    entry = _kinds().get(kind)
    if entry is None:
        return OTHER
    codes = {service.code for service in rules.services}
    for code in cast(Sequence[str], entry["codes"]):
        if code in codes:
            return code
    return str(entry["else"])


def service_named(rules: TenantRules, text: str) -> ServiceRule | None:
    """The service whose own name occurs in the text, the longest name first."""
    padded = f" {plain(text)} "
    best: tuple[int, ServiceRule] | None = None
    for service in rules.services:
        name_words = {*plain(service.name).split(), *plain(service.code.replace("_", " ")).split()}
        telling = [word for word in name_words if word not in _EMPTY_WORDS]
        if telling and all(f" {word} " in padded or f" {word}s " in padded for word in telling):
            size = len(telling)
            if best is None or size > best[0]:
                best = (size, service)
    return best[1] if best else None


def service_by_code(rules: TenantRules, code: str) -> ServiceRule | None:
    return next((service for service in rules.services if service.code == code), None)


def not_offered_in(rules: TenantRules, text: str) -> str:
    """The entry of the tenant's not-offered list that the text asks for, or ""."""
    padded = f" {plain(text)} "
    if any(f" {word} " in padded for word in _HOOKED_UP):
        return ""  # the line to an appliance is plumbing, whatever hangs on it
    for words in _not_meant():
        padded = padded.replace(f" {words} ", " ")
    for entry in rules.not_offered:
        if _mentions(padded, plain(entry)):
            return entry
    return ""


def only_refused(rules: TenantRules, meaning: Meaning) -> str:
    """The entry of the not-offered list that is all the words are about, or "".

    "My air conditioner is leaking water" names nothing else that a plumber could mend.
    """
    if "no_hot_water" in meaning.cues:
        return ""
    entry = not_offered_in(rules, meaning.text)
    named = set(meaning.utterance.words) - _refused_words(entry)
    plumbing = words_of("trade_words") | _OF_PLUMBING
    return "" if named & (plumbing - _OF_ANYTHING) else entry


_OF_PLUMBING: Final = frozenset({"handle", "knob", "shutoff", "drop", "drops", "hookup"})
_OF_ANYTHING: Final = frozenset({"water", "leak", "agua", "tank", "pump", "plumbing", "radiator"})
"""Words of the trade that are said of other machines too."""


def refused_kinds(entry: str) -> Sequence[str]:
    """The keys of `data/synonyms.json` that an entry of the not-offered list falls under."""
    name = plain(entry)
    return [key for key, others in _synonyms().items() if key in name or name in others]


def _refused_words(entry: str) -> frozenset[str]:
    synonyms = [name for kind in refused_kinds(entry) for name in _synonyms()[kind]]
    return frozenset(word for phrase in (plain(entry), *synonyms) for word in phrase.split())


def _mentions(padded: str, entry: str) -> bool:
    parts = [part for part in re.split(r" and | or |[,/&]", entry) if part.strip()]
    if len(parts) > 1:  # "furnace and boiler repair" are two
        return any(_mentions(padded, part.strip()) for part in parts)
    if f" {entry} " in padded:
        return True
    for kind in refused_kinds(entry):
        if any(f" {s} " in padded or f" {s}s " in padded for s in _synonyms()[kind]):
            return True
    telling = [
        word
        for word in entry.split()
        if word not in _EMPTY_WORDS and word not in ("pumping", "lawn")
    ]
    return bool(telling) and all(f" {w} " in padded or f" {w}s " in padded for w in telling)


def _narrowed(kind: str, named: Sequence[str], chances: Mapping[str, float]) -> str:
    if kind == "sewer" and "drain" in named and chances.get("drain", 0) > 0.9:
        return "drain" if chances.get("sewer", 0) < 0.3 and chances.get("sewage", 0) < 0.3 else kind
    if kind == "drain" and "leak" in named and chances.get("leak", 0) > chances.get("drain", 0):
        return "leak"
    return kind


def _strong(chances: Mapping[str, float], named: Sequence[str]) -> bool:
    return any(
        chances.get(kind, 0) >= 0.5 and chances.get(kind, 0) > chances.get("other_job", 0)
        for kind in named
    )


@cache
def _kinds() -> Mapping[str, Mapping[str, object]]:
    return cast(Mapping[str, Mapping[str, object]], document("jobs")["kinds"])


@cache
def _known_codes() -> frozenset[str]:
    """The codes of all work our kinds cover: what is none of them is not filed under one."""
    return frozenset(
        code for entry in _kinds().values() for code in cast(Sequence[str], entry["codes"])
    )


@cache
def _order() -> tuple[str, ...]:
    return tuple(cast(Sequence[str], document("jobs")["order"]))


@cache
def _words() -> Mapping[str, tuple[str, ...]]:
    listed = cast(Mapping[str, str], document("jobs")["words"])
    return {kind: tuple(plain(w) for w in text.split("|")) for kind, text in listed.items()}


@cache
def _other_words() -> tuple[str, ...]:
    return tuple(plain(w) for w in str(document("jobs")["other_words"]).split("|"))


@cache
def _not_meant() -> tuple[str, ...]:
    """Phrases with a word of the not-offered list that mean something else."""
    return tuple(plain(words) for words in str(document("synonyms")["not_meant"]).split("|"))


@cache
def _synonyms() -> Mapping[str, tuple[str, ...]]:
    listed = cast(Mapping[str, str], document("synonyms")["not_offered"])
    return {key: tuple(plain(w) for w in text.split("|")) for key, text in listed.items()}
