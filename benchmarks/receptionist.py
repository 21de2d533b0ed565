"""How much CPU one turn of the receptionist takes, without a model.

    python -m benchmarks.receptionist [--calls N] [--json]

Each call is a scenario played by the simulated caller, nothing cached from call to call.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

from voice.receptionist.brain import open_call, step
from voice.receptionist.dialogue import CallerSaid
from voice.receptionist.evaluation.running import run
from voice.receptionist.evaluation.scenario import load, scene_for
from voice.receptionist.understanding import classifier, hazards, meaning, text

SCENARIOS = Path(classifier.__file__).parents[1] / "evaluation" / "data" / "scenarios.json"
LONG_TURN = "so I was telling my neighbour about the water and the heater and the smell " * 130


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=70)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rules, scenarios = load(SCENARIOS)
    turns_ms: list[float] = []
    run(scenarios[0], rules)  # reads the data files
    for index in range(options.calls):
        scenario = scenarios[index % len(scenarios)]
        played = run(scenario, rules, seed=index, spoken=True)
        lines = [line.text for line in played.lines if line.speaker == "caller"]
        state, _ = open_call(rules, scene_for(scenario, rules))
        for line in lines:
            forget()
            started = time.thread_time()
            state, _ = step(state, CallerSaid(line))
            turns_ms.append((time.thread_time() - started) * 1000)
    state, _ = open_call(rules, scene_for(scenarios[0], rules))
    forget()
    started = time.thread_time()
    step(state, CallerSaid(LONG_TURN))
    long_ms = (time.thread_time() - started) * 1000
    show(turns_ms, long_ms, as_json=options.json)


def forget() -> None:
    """Empty the caches, so that a turn costs what it costs the first time."""
    meaning.understand.cache_clear()
    hazards.hazards_in.cache_clear()
    classifier.probabilities.cache_clear()
    text.read.cache_clear()


def show(turns_ms: list[float], long_ms: float, *, as_json: bool) -> None:
    ordered = sorted(turns_ms)
    result = {
        "turns": len(ordered),
        "p50_ms": round(statistics.median(ordered), 3),
        "p99_ms": round(ordered[int(len(ordered) * 0.99) - 1], 3),
        "max_ms": round(ordered[-1], 3),
        "ten_thousand_characters_ms": round(long_ms, 3),
    }
    if as_json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:<28} {value}")


if __name__ == "__main__":
    main()
