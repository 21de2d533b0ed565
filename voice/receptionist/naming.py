"""What work is called in the caller's language; a name nobody translated stays the tenant's own."""

from collections.abc import Mapping
from typing import cast

from voice.receptionist.jobs import refused_kinds
from voice.receptionist.phrasing import Fact
from voice.receptionist.rules import ServiceRule
from voice.receptionist.understanding.lexicon import document


def service_fact(service: ServiceRule, language: str) -> Fact:
    """The service's name for the ear."""
    known = _names("services") if language == "es" else {}
    return Fact(known.get(service.code, service.name), f"rules.services.{service.code}.name")


def refused_fact(entry: str, language: str) -> Fact:
    """The name of work that the tenant does not do, as its list has it."""
    known = _names("not_offered") if language == "es" else {}
    names = [known[kind] for kind in refused_kinds(entry) if kind in known]
    return Fact(" y ".join(names) or entry, "rules.not_offered")


def _names(of: str) -> Mapping[str, str]:
    return cast(Mapping[str, Mapping[str, str]], document("names_es"))[of]
