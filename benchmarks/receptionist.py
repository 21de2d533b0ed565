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
    answers,
    classifier,
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
    long_ms = [timed(opened, turn)[1] for turn in long_turns(spoken)]
    show(turns_ms, long_ms, as_json=options.json)


def timed(state: State, line: str) -> tuple[State, float]:
    """The state after the line, and the milliseconds of CPU it took with nothing cached."""
    forget()
    started = time.thread_time()
    state, _ = step(state, CallerSaid(line))
    return state, (time.thread_time() - started) * 1000


def long_turns(spoken: list[str]) -> list[str]:
    """Turns of 10,000 characters: a ramble, and nineteen made of all that callers said."""
    turns = [(RAMBLE * LONG)[:LONG]]
    for seed in range(19):
        lines = random.Random(seed).sample(spoken, len(spoken))
        turns.append(" ".join(lines)[:LONG])
    return turns


def forget() -> None:
    """Empty the caches, so that a turn costs what it costs the first time."""
    meaning.understand.cache_clear()
    hazards.hazards_in.cache_clear()
    classifier.probabilities.cache_clear()
    patterns._words.cache_clear()
    numbers._all_runs.cache_clear()
    numbers._readings.cache_clear()
    answers._without_hesitation.cache_clear()
    text.read.cache_clear()


def show(turns_ms: list[float], long_ms: list[float], *, as_json: bool) -> None:
    turns, long = sorted(turns_ms), sorted(long_ms)
    result = {
        "turns": len(turns),
        "p50_ms": _at(turns, 0.5),
        "p95_ms": _at(turns, 0.95),
        "p99_ms": _at(turns, 0.99),
        "max_ms": _at(turns, 1.0),
        "long_turns": len(long),
        "long_p50_ms": _at(long, 0.5),
        "long_max_ms": _at(long, 1.0),
    }
    if as_json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:<28} {value}")


def _at(ordered: list[float], share: float) -> float:
    return round(ordered[max(0, round(len(ordered) * share) - 1)], 3)


if __name__ == "__main__":
    main()
