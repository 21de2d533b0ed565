"""A simulated caller: answers what is asked, in varied words, with hesitations and corrections."""

import random
import re
from collections.abc import Callable, Mapping
from typing import Final

from voice.receptionist.evaluation.scenario import Scenario
from voice.receptionist.evaluation.spoken import spell, spoken_digits, spoken_street

_HESITATIONS: Final = (
    *("uh, ", "um, ", "well, ", "let me see, ", "yeah, ", "okay, ", "so, ", "oh, ", "sure, "),
    *("hmm, ", "alright, ", ""),
)
_STALLS: Final = (
    "hold on, let me look", "one second please", "hang on a sec", "let me get my glasses",
    "give me a minute", "just a moment, I have to check",
)  # fmt: skip
_SPANISH_STALLS: Final = ("un momento por favor", "a ver, déjeme ver", "espéreme tantito")
_STALLING: Final = ("phone", "street", "zip", "window")
_PROBLEMS: Final[Mapping[str, tuple[str, ...]]] = {
    "drain_clear": ("my bathroom sink is clogged", "the tub won't drain"),
    "leak_repair": ("there's a small leak under the sink", "my faucet keeps dripping"),
    "toilet_repair": ("my toilet keeps running", "the toilet won't flush right"),
    "water_heater_repair": ("the water heater isn't working",),
    "water_heater_install": ("I need a new water heater",),
    "sewer_main": ("I want the sewer line rodded",),
    "gas_line": ("I need a gas line run for a stove",),
    "other": ("I need a garbage disposal installed",),
}  # fmt: skip
_SILENT_JOBS: Final = frozenset({"unknown", "faq", "spam", "not_offered", "existing", ""})
_YES: Final = (
    *("yes", "yeah", "yes, that's right", "yep", "correct", "that's right", "uh huh", "right"),
    *("you got it", "that's it", "sounds right", "perfect", "yes ma'am"),
)
_NO: Final = ("no", "no, nothing like that", "not that I can see", "nope", "no, none of that")
_SPANISH_YES: Final = ("sí", "sí, correcto", "así es", "claro que sí")
_SPANISH_NO: Final = ("no", "no, nada de eso", "no, para nada")


class SimulatedCaller:
    """Plays one scenario by `seed`; `spoken` makes it talk as a recogniser writes."""

    def __init__(self, scenario: Scenario, *, seed: int = 0, spoken: bool = False) -> None:
        self._scenario = scenario
        self._random = random.Random(f"{scenario.id}:{seed}")  # noqa: S311 - repeatable, no secret
        self._spoken = spoken
        self._lines = list(scenario.turns)
        self._asked: dict[str, int] = {}
        self._plain = seed == 0
        self._stalled = self._plain
        self._spanish = scenario.fact("language") == "es"

    def opening(self) -> str:
        """The first words: the scenario's own, or one of its paraphrases."""
        choices = (self._scenario.opening, *self._scenario.openings)
        text = choices[0] if self._plain else self._random.choice(choices)
        return self._written(text)

    def answer(self, asked: str | None, heard: str) -> str | None:
        """What the caller says to the question about `asked`; None: they hang up."""
        if asked is None:
            return None
        self._asked[asked] = self._asked.get(asked, 0) + 1
        if self._asked[asked] > 6:
            return None
        if not self._stalled and asked in _STALLING and self._random.random() < 0.08:
            self._stalled = True
            return self._written(self._pick(_SPANISH_STALLS if self._spanish else _STALLS))
        if self._lines and asked in ("problem", "anything_else"):
            return self._written(self._lines.pop(0))
        say: Callable[[str], str] = self._answers().get(asked, lambda heard: self._unknown(heard))
        return self._written(self._hesitate(say(heard)))

    def _answers(self) -> Mapping[str, Callable[[str], str]]:
        return {
            "name": self._name,
            "booking_name": self._name,
            "phone": self._phone,
            "street": self._street,
            "zip": self._zip,
            "unit": lambda heard: self._unit() or "no unit, it's a house",
            "city": lambda heard: "Chicago",
            "problem": self._problem,
            "message": lambda heard: self._pick(
                ("please have someone call me back", "just tell them I called", "call me please")
            ),
            "window": self._window,
            "confirm": lambda heard: self._yes(),
            "correction": lambda heard: "no, it's all right",
            "hurt": lambda heard: self._fact_yes("hurt"),
            "near_electric": lambda heard: self._fact_yes("near_electric"),
            "near_sparks": lambda heard: self._fact_yes("near_sparks"),
            "gas_smell": lambda heard: self._fact_yes("gas_smell"),
            "co_alarm": lambda heard: self._fact_yes("co_alarm"),
            "leak": self._leak,
            "active_leak": self._active,
            "fixtures": self._fixtures,
            "other_toilet": self._other_toilet,
            "cleanout": lambda heard: self._scenario.fact("cleanout") or "I don't know",
            "outside": self._outside,
            "anything_else": self._nothing_else,
            "callback": lambda heard: self._pick(("no thanks", "no, that's okay", "no")),
            "leave_message": lambda heard: self._pick(("yes please", "sure", "yeah okay")),
            "book": self._book,
            "cancel_or_move": lambda heard: self._pick(
                ("no, just cancel it", "cancel it please", "just cancel")
            ),
            "keep_trying": lambda heard: self._yes(),
        }  # fmt: skip

    def _name(self, heard: str) -> str:
        name = self._scenario.fact("name")
        if not name:
            return "I'd rather not say"
        if "spell" in heard:
            return f"{name}, {spell(name.split()[-1])}"
        if self._spanish:
            return self._pick((name, f"me llamo {name}", f"soy {name}"))
        return self._pick(
            (name, f"my name is {name}", f"it's {name}", f"this is {name}", f"sure, {name}")
        )

    def _phone(self, heard: str) -> str:
        number = self._scenario.fact("callback")
        if not number:
            return "no, I'd rather not give one"
        local = number.removeprefix("+1")
        if f"{local[:3]}-{local[3:6]}-{local[6:]}" in heard:
            return self._pick(
                (
                    *(_SPANISH_YES if self._spanish else _YES),
                    *("yeah that one is fine", "yes that one", "that one works", "this number"),
                )
            )
        said = self._number(local)
        if not self._plain and self._random.random() < 0.3:
            wrong = local[:6] + local[6:][::-1]
            if wrong != local:
                return f"{self._number(wrong)}, no sorry, it's {said}"
        return said

    def _number(self, digits: str) -> str:
        if self._spoken:
            return spoken_digits(digits, self._random)
        return self._pick(
            (digits, f"{digits[:3]}-{digits[3:6]}-{digits[6:]}", f"{digits[:3]} {digits[3:]}")
        )

    def _street(self, heard: str) -> str:
        address = self._scenario.address
        if not address:
            return "I'd rather not give my address"
        if "last" in heard and self._plain:
            return address
        said = spoken_street(address, self._random) if self._spoken else address
        return self._pick((said, f"it's {said}", f"the address is {said}", f"I'm at {said}"))

    def _zip(self, heard: str) -> str:
        code = self._scenario.fact("zip")
        if not code:
            return "I don't know the zip"
        said = spoken_digits(code, self._random) if self._spoken else code
        return self._pick((said, f"it's {said}", f"{said} I think", f"zip is {said}"))

    def _unit(self) -> str:
        unit = self._scenario.unit
        return f"apartment {unit}" if unit else ""

    def _problem(self, heard: str) -> str:
        told = self._scenario.fact("problem")
        job = self._scenario.expect.job_type or ""
        if told:
            return told
        if job in _SILENT_JOBS:
            return self._pick(("no, that's all", "nothing else, thanks", "that was all"))
        return self._pick(_PROBLEMS.get(job, ("something is wrong with my plumbing",)))

    def _window(self, heard: str) -> str:
        if " or " not in heard:
            return self._pick((*_YES[:4], "that works", "that'll do"))
        return self._pick(
            ("the first one", "the earlier one", "first one's good", "let's do the first")
        )

    def _outside(self, heard: str) -> str:
        if self._spanish:
            return self._pick(("sí, ya estamos afuera", "sí, estoy afuera"))
        return self._pick(
            (
                *("yes, we're outside", "yes I'm out now", "we're across the street", "yes"),
                *("I'm outside now", "yeah we all got out", "I'm standing on the sidewalk"),
            )
        )

    def _nothing_else(self, heard: str) -> str:
        if self._spanish:
            return self._pick(("no, es todo, gracias", "no, gracias"))
        return self._pick(
            ("no that's all", "no thanks", "nope, that's it", "that's everything, thank you", "no")
        )

    def _book(self, heard: str) -> str:
        """Somebody who only compares prices declines."""
        if "book" in self._scenario.expect.actions:
            return self._pick(("yes please", "sure", "yeah let's do it", "okay"))
        wants = self._scenario.expect.intent not in ("price", "faq")
        return "yes please" if wants else self._pick(("no thanks, just the price", "not yet, no"))

    def _fact_yes(self, name: str) -> str:
        value = self._scenario.facts.get(name)
        if value is True:
            return self._yes()
        if value is False or value is None:
            return self._pick(_SPANISH_NO if self._spanish else _NO)
        return str(value)

    def _yes(self) -> str:
        return self._pick(_SPANISH_YES if self._spanish else _YES)

    def _leak(self, heard: str) -> str:
        """Whether the water heater leaks; facts on other leaks are no answer to that."""
        return self._fact_yes("leak")

    def _active(self, heard: str) -> str:
        value = self._scenario.facts.get("active_leak")
        if value is True or self._scenario.expect.urgency == "E1":
            return self._pick(("yes, it's still coming out", "yeah it won't stop"))
        return self._pick(("no, it's just a drip", "no, not really", "no it's dry now"))

    def _fixtures(self, heard: str) -> str:
        fixtures = self._scenario.fact("fixtures")
        if fixtures and self._scenario.expect.urgency == "E1":
            return f"yes, {fixtures.replace(' + ', ' and the ')}"
        return "yes" if self._scenario.expect.urgency == "E1" else "no, just the one"

    def _other_toilet(self, heard: str) -> str:
        if self._scenario.expect.urgency == "E1":
            return self._pick(("no, it's the only one", "no, that's the only one we have"))
        return self._pick(("yes, there's another one", "yes"))

    def _unknown(self, heard: str) -> str:
        return self._pick(("I'm not sure", "I don't know"))

    def _pick(self, choices: tuple[str, ...]) -> str:
        return choices[0] if self._plain else self._random.choice(choices)

    def _hesitate(self, text: str) -> str:
        if self._plain or self._random.random() < 0.6:
            return text
        return self._random.choice(_HESITATIONS) + text

    def _written(self, text: str) -> str:
        """As typed, or as a recogniser writes it: lower case, no punctuation."""
        if not self._spoken:
            return text
        return " ".join(re.sub(r"[^\w\s'+@]", " ", text.lower()).split())
