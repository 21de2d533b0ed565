"""What the supervisor needs to know of a server, and what its failures mean."""

from pathlib import Path
from typing import Protocol

from buddyhelps.embedded.errors import EmbeddedError
from buddyhelps.embedded.place import Place

MEANINGS = (
    ("No space left on device", "The disk holding {home} is full; free some space and try again"),
    ("Cannot allocate memory", "There is not enough memory for the embedded {kind}"),
    (
        "database files are incompatible",
        "{home} was made by another version of Postgres; move it away to start afresh",
    ),
    (
        "Address already in use",
        "Another server already listens in {sockets}; stop it and try again",
    ),
    ("Permission denied", "The embedded {kind} may not write below {home}; check who owns it"),
)


class Server(Protocol):
    """One kind of server: how to set it up, start it and know that it answers."""

    kind: str
    place: Place

    def set_up(self) -> None:
        """Make its data if there is none, and clear what a killed server left. Idempotent."""
        ...

    def command(self) -> list[str | Path]:
        """The program in the foreground; it ends at SIGTERM or SIGINT, see `stop_signal`."""
        ...

    def answers(self, pid: int) -> bool:
        """Whether process `pid`, and not one left from before, accepts connections now."""
        ...

    def provision(self) -> None:
        """Whatever has to be made inside the running server. Idempotent."""
        ...


def explain(kind: str, place: Place, output: str) -> EmbeddedError:
    """The error that a failed start's output means, with the output's last line if unknown."""
    for sign, meaning in MEANINGS:
        if sign in output:
            return EmbeddedError(
                meaning.format(kind=kind, home=place.home, sockets=place.sockets) + "."
            )
    lines = [line for line in output.splitlines() if line.strip()]
    last = lines[-1].strip() if lines else "it said nothing"
    return EmbeddedError(f"The embedded {kind} did not start: {last} (log: {place.log})")
