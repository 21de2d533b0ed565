"""Today's scheme, naive batching and ours under N calls, in virtual time with a profile's costs.

    .venv/bin/python -m benchmarks.batching --profile a4000 --calls 64 --json

Prints one object: {"profile", "calls", "today" | "naive" | "ours": {"p50_ms", "p95_ms", "p99_ms",
"late_audio", "max_calls_at_300_ms"}}. What is measured, and how the calls behave, is defined in
`voice/simulation/load.py`; where the costs come from is in the profile's file.
"""

import argparse
import json
import sys
from dataclasses import replace
from typing import Any

from voice.profiles import Profile, built_in_profiles, load_profile
from voice.simulation.load import DAY_MINUTES, Workload, measure, most_calls
from voice.simulation.schemes import SCHEMES

WORDS = {"today": "one at a time, continuous", "naive": "50 ms window, batch 8", "ours": "ours"}


def main() -> int:
    options = _options()
    try:
        profile = load_profile(options.profile)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    workload = Workload(
        turns_per_minute=options.turns_per_minute,
        minutes=options.minutes,
        head_start_s=0.0 if options.no_speculation else Workload().head_start_s,
        seed=options.seed,
    )
    shown = replace(workload, day=True, minutes=DAY_MINUTES) if options.day else workload
    report: dict[str, Any] = {"profile": profile.name, "calls": options.calls}
    for scheme in SCHEMES:
        report[scheme] = _run(profile, scheme, options.calls, workload, shown)
    if options.json:
        print(json.dumps(report))
    else:
        _print(report, profile, shown)
    return 0


def _run(
    profile: Profile, scheme: str, calls: int, busiest: Workload, shown: Workload
) -> dict[str, Any]:
    """Latencies of the time shown; the largest number of calls always of the busiest minutes."""
    measured = measure(profile, scheme, calls, shown)
    return {
        "p50_ms": round(measured.p50_ms, 1),
        "p95_ms": round(measured.p95_ms, 1),
        "p99_ms": round(measured.p99_ms, 1),
        "late_audio": measured.late_audio,
        "max_calls_at_300_ms": most_calls(profile, scheme, busiest),
    }


def _print(report: dict[str, Any], profile: Profile, workload: Workload) -> None:
    kind = "modelled" if profile.modelled else "measured"
    print(f"{profile.device}: {kind} costs, {report['calls']} calls,")
    print(f"{workload.turns_per_minute:g} turns a minute each, {workload.minutes:g} minutes")
    print(f"{'':28}{'p50 ms':>10}{'p95 ms':>10}{'p99 ms':>10}{'late':>8}{'calls at 300':>14}")
    for scheme, words in WORDS.items():
        row = report[scheme]
        print(
            f"{words:28}{row['p50_ms']:10.0f}{row['p95_ms']:10.0f}{row['p99_ms']:10.0f}"
            f"{row['late_audio']:8d}{row['max_calls_at_300_ms']:14d}"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    known = ", ".join(built_in_profiles())
    parser.add_argument("--profile", required=True, help=f"{known}, or a calibrated file's path")
    parser.add_argument("--calls", type=_positive, required=True, help="calls at the same time")
    parser.add_argument("--minutes", type=float, default=5.0, help="virtual minutes (default 5)")
    parser.add_argument(
        "--day", action="store_true", help="a whole day from 8 to 18 (takes minutes)"
    )
    parser.add_argument("--turns-per-minute", type=float, default=2.0, help="a call (default 2)")
    parser.add_argument(
        "--no-speculation", action="store_true", help="recognise only once the turn has ended"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 4096:
        raise argparse.ArgumentTypeError(f"{number} is not between 1 and 4096")
    return number


if __name__ == "__main__":
    sys.exit(main())
