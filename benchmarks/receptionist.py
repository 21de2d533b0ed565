"""How much CPU one turn of the receptionist takes, without a model.

    python -m benchmarks.receptionist [--calls N] [--json]

Each call is a scenario played by the simulated caller. What was made of a turn's words is forgotten
before each turn; what is known of single words stays, as it does in a server.
"""

import argparse
import json
import random
import time
from pathlib import Path

from voice.receptionist.brain import open_call, step
from voice.receptionist.dialogue import CallerSaid
from voice.receptionist.evaluation.running import run
from voice.receptionist.evaluation.scenario import load, scene_for
from voice.receptionist.state import State
from voice.receptionist.understanding import (
    address,
    answers,
    classifier,
    contact,
    cues,
    hazards,
    meaning,
    numbers,
    patterns,
    text,
)

SCENARIOS = Path(classifier.__file__).parents[1] / "evaluation" / "data" / "scenarios.json"
LONG = 10_000
RAMBLE = "so I was telling my neighbour about the water and the heater and the smell "


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=70)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rules, scenarios = load(SCENARIOS)
    turns_ms: list[float] = []
    spoken: list[str] = []
    run(scenarios[0], rules)  # reads the data files
    for index in range(options.calls):
        scenario = scenarios[index % len(scenarios)]
        played = run(scenario, rules, seed=index, spoken=True)
        lines = [line.text for line in played.lines if line.speaker == "caller"]
        spoken += lines
        state, _ = open_call(rules, scene_for(scenario, rules))
        for line in lines:
            state, took_ms = timed(state, line)
            turns_ms.append(took_ms)
    opened, _ = open_call(rules, scene_for(scenarios[0], rules))
    ramble = (RAMBLE * LONG)[:LONG]
    ramble_ms = [timed(opened, ramble)[1] for _ in range(20)]
    dense = dense_turns(spoken)
    whole_ms = [timed(opened, turn[: text.LONGEST])[1] for turn in dense]
    dense_ms = [timed(opened, turn)[1] for turn in dense]
    measured = {"": turns_ms, "whole_": whole_ms, "ramble_": ramble_ms, "dense_": dense_ms}
    show(measured, as_json=options.json)


def timed(state: State, line: str) -> tuple[State, float]:
    """The state after the line, and the milliseconds of CPU it took with nothing cached."""
    forget()
    started = time.thread_time()
    state, _ = step(state, CallerSaid(line))
    return state, (time.thread_time() - started) * 1000


def dense_turns(spoken: list[str]) -> list[str]:
    """Turns of LONG characters made of all that callers said: every trouble, no filler."""
    shuffled = (random.Random(seed).sample(spoken, len(spoken)) for seed in range(20))
    return [" ".join(lines)[:LONG] for lines in shuffled]


def forget() -> None:
    """Empty the caches, so that a turn costs what it costs the first time."""
    meaning.understand.cache_clear()
    hazards.hazards_in.cache_clear()
    hazards.clauses.cache_clear()
    address._address_in.cache_clear()
    patterns._words.cache_clear()
    hazards.wordings().possible.cache_clear()
    cues._cues()[0].possible.cache_clear()
    numbers._all_runs.cache_clear()
    numbers._readings.cache_clear()
    answers._without_hesitation.cache_clear()
    text.read.cache_clear()
    classifier._pair_bucket.cache_clear()
    contact._dictated_runs.cache_clear()


def show(measured: dict[str, list[float]], *, as_json: bool) -> None:
    """Ordinary turns, the longest that are read whole, and two kinds of 10,000 characters."""
    result: dict[str, float] = {}
    for kind, times_ms in measured.items():
        ordered = sorted(times_ms)
        result[f"{kind}turns"] = len(ordered)
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)):
            result[f"{kind}{name}_ms"] = _at(ordered, share)
    if as_json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:<28} {value}")


def _at(ordered: list[float], share: float) -> float:
    return round(ordered[max(0, round(len(ordered) * share) - 1)], 3)


if __name__ == "__main__":
    main()
