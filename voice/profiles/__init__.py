"""What a machine's lanes cost, as data: the built-in cards, and what `calibrate` measured here."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from voice.costs import Cost

BUILT_IN: Final = Path(__file__).parent
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class LaneFigures:
    """One lane's cost, and where the figures come from. `modelled`: scaled, not measured."""

    engine: str
    fixed_ms: float
    per_audio_second_ms: float
    modelled: bool
    source: str

    @property
    def cost(self) -> Cost:
        return Cost(self.fixed_ms / 1000, self.per_audio_second_ms / 1000)


@dataclass(frozen=True, slots=True)
class ReplyFigures:
    """The language model's time to a first sentence; 0 where replies are templates."""

    engine: str
    first_sentence_ms: float
    modelled: bool
    source: str


@dataclass(frozen=True, slots=True)
class Contention:
    """How lanes slow each other down: 0 not at all, 1 as if they took turns.

    `fixed` is for the launch-bound part of a batch (the host's Python), `compute` for the part
    that grows with the batch (the GPU, or the cores).
    """

    fixed: float
    compute: float
    source: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A machine: its lanes, its language model, how they share it, and what was installed."""

    name: str
    device: str
    recognition: LaneFigures
    synthesis: LaneFigures
    reply: ReplyFigures
    contention: Contention
    measured_at: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    hourly_usd: float | None = None
    carried_calls: int | None = None
    """Calls at pipeline p95 within 300 ms, as computed when the profile was made."""

    @property
    def modelled(self) -> bool:
        """Whether any figure was scaled from another machine rather than measured on this one."""
        return self.recognition.modelled or self.synthesis.modelled or self.reply.modelled


def built_in_profiles() -> tuple[str, ...]:
    """The names that `load_profile` knows without a path."""
    return tuple(sorted(path.stem for path in BUILT_IN.glob("*.json")))


def load_profile(name: str) -> Profile:
    """A built-in profile by its name, or one from a file by its path.

    Raises ValueError naming the file and what is wrong with it, or listing the known names.
    """
    path = BUILT_IN / f"{name}.json" if name in built_in_profiles() else Path(name)
    try:
        return _parse(json.loads(path.read_text()))
    except FileNotFoundError as error:
        known = ", ".join(built_in_profiles())
        raise ValueError(
            f"there is no profile {name!r}: give a file's path or one of {known}"
        ) from error
    except (OSError, json.JSONDecodeError, TypeError, KeyError) as error:
        raise ValueError(f"profile {path} cannot be used: {error}") from error


def save_profile(profile: Profile, path: Path) -> None:
    """Write it where `load_profile` finds it; missing folders are made, a half file never left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".partial")
    draft.write_text(json.dumps({"format": FORMAT, **asdict(profile)}, indent=2) + "\n")
    draft.replace(path)


def _parse(raw: dict[str, Any]) -> Profile:
    fields = dict(raw)
    if fields.pop("format", None) != FORMAT:
        raise TypeError(f'"format" must be {FORMAT}')
    profile = Profile(
        recognition=LaneFigures(**fields.pop("recognition")),
        synthesis=LaneFigures(**fields.pop("synthesis")),
        reply=ReplyFigures(**fields.pop("reply")),
        contention=Contention(**fields.pop("contention")),
        **fields,
    )
    for lane in (profile.recognition, profile.synthesis):
        if lane.fixed_ms < 0 or lane.per_audio_second_ms < 0:
            raise TypeError(f"{lane.engine} has a negative cost")
        if lane.fixed_ms + lane.per_audio_second_ms == 0:
            raise TypeError(f"{lane.engine} costs nothing")
    return profile
