"""The few sentences the session says by itself, when something failed or time is over."""

from enum import StrEnum
from typing import Final


class Line(StrEnum):
    """What the session may have to say without the receptionist."""

    AGAIN = "again"
    TROUBLE = "trouble"
    MOMENT = "moment"
    TIME_UP = "time_up"


LINES: Final[dict[str, dict[Line, str]]] = {
    "en": {
        Line.AGAIN: "Sorry, I didn't catch that. Could you say it again?",
        Line.TROUBLE: "I'm sorry, I'm having trouble on my end. Let me pass you on.",
        Line.MOMENT: "One moment, please.",
        Line.TIME_UP: "I'm sorry, we are out of time for this call. Goodbye.",
    },
    "es": {
        Line.AGAIN: "Perdón, no le escuché bien. ¿Me lo puede repetir?",
        Line.TROUBLE: "Lo siento, tengo un problema técnico. Le comunico con alguien.",
        Line.MOMENT: "Un momento, por favor.",
        Line.TIME_UP: "Lo siento, se acabó el tiempo de esta llamada. Hasta luego.",
    },
}


def line_text(line: Line, language: str) -> str:
    """The line in the language of the call, English where we have no other."""
    return LINES.get(language, LINES["en"])[line]
