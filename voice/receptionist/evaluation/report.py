"""The result of an evaluation for a terminal, a browser and a program."""

import json
from collections.abc import Mapping, Sequence
from html import escape

from voice.receptionist.evaluation.running import Line
from voice.receptionist.evaluation.scoring import Figures, Score

_URGENCIES = ("E0", "E1", "U", "R", "N")


def as_object(figures: Figures, scores: Sequence[Score]) -> Mapping[str, object]:
    """The evaluation as plain values."""
    return {
        "scenarios": figures.scenarios,
        "emergency_recall": round(figures.emergency_recall, 4),
        "e0_false_alarm_rate": round(figures.e0_false_alarm_rate, 4),
        "urgency_accuracy": round(figures.urgency_accuracy, 4),
        "slot_accuracy": {name: round(value, 4) for name, value in figures.slot_accuracy.items()},
        "action_accuracy": round(figures.action_accuracy, 4),
        "forbidden_claims": figures.forbidden_claims,
        "repeated_questions": figures.repeated_questions,
        "longest_routine_booking_turns": figures.longest_booking,
        "urgency_confusion": {name: dict(row) for name, row in figures.confusion.items()},
        "missed_targets": list(figures.missed_targets),
        "results": [_result(score) for score in scores],
    }


def as_json(figures: Figures, scores: Sequence[Score]) -> str:
    return json.dumps(as_object(figures, scores), indent=1, ensure_ascii=False)


def as_text(figures: Figures, scores: Sequence[Score]) -> str:
    """A few lines of figures, then every failed run with its transcript."""
    lines = [
        f"scenarios          {figures.scenarios}, passed {sum(s.passed for s in scores)}",
        f"emergency recall   {figures.emergency_recall:.1%}",
        f"E0 false alarms    {figures.e0_false_alarm_rate:.1%}",
        f"urgency exact      {figures.urgency_accuracy:.1%}",
        *(f"{name:<18} {value:.1%}" for name, value in figures.slot_accuracy.items()),
        f"actions            {figures.action_accuracy:.1%}",
        f"forbidden claims   {figures.forbidden_claims}",
        f"repeated questions {figures.repeated_questions}",
        f"longest booking    {figures.longest_booking} receptionist turns",
        "",
        "urgency, expected by row:   " + "  ".join(f"{name:>4}" for name in _URGENCIES),
    ]
    for wanted in _URGENCIES:
        row = figures.confusion.get(wanted)
        if row:
            cells = "  ".join(f"{row.get(name, 0):>4}" for name in _URGENCIES)
            lines.append(f"{wanted:>26}  {cells}")
    for score in scores:
        if not score.passed:
            lines += ["", f"{_name(score)}: " + "; ".join(score.failures)]
            lines += [f"    {line.speaker:>12}: {_shown(line)}" for line in score.run.lines]
    missed = figures.missed_targets
    lines += ["", "all targets reached" if not missed else "missed: " + "; ".join(missed)]
    return "\n".join(lines)


def as_html(figures: Figures, scores: Sequence[Score]) -> str:
    """One page that needs nothing else."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
        for name, value in as_object(figures, scores).items()
        if name != "results"
    )
    runs = "".join(_html_run(score) for score in scores)
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Receptionist evaluation</title>"
        "<style>body{font:15px system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "th{text-align:left;padding-right:2rem}summary{cursor:pointer}"
        ".failed{color:#b00}.caller{color:#456}</style>"
        f"<h1>Receptionist evaluation</h1><table>{rows}</table><h2>Calls</h2>{runs}</html>"
    )


def _html_run(score: Score) -> str:
    talk = "".join(
        f"<p class={line.speaker}><b>{line.speaker}</b> {escape(_shown(line))}</p>"
        for line in score.run.lines
    )
    failures = "".join(f"<li class=failed>{escape(text)}</li>" for text in score.failures)
    mark = "passed" if score.passed else "failed"
    return (
        f"<details{'' if score.passed else ' open'}><summary class={mark}>{escape(_name(score))}: "
        f"{mark}</summary><ul>{failures}</ul>{talk}</details>"
    )


def _name(score: Score) -> str:
    run = score.run
    how = ", spoken" if run.spoken else ""
    return f"{run.scenario.id} {run.scenario.title} (seed {run.seed}{how})"


def _result(score: Score) -> Mapping[str, object]:
    return {
        "id": score.run.scenario.id,
        "seed": score.run.seed,
        "spoken": score.run.spoken,
        "passed": score.passed,
        "failures": list(score.failures),
        "turns": score.run.receptionist_turns,
        "transcript": [
            {"speaker": line.speaker, "text": line.text, "asked": line.asked}
            | ({} if line.heard is None else {"heard": line.heard})
            for line in score.run.lines
        ],
    }


def _shown(line: Line) -> str:
    """What was said, and what was heard where that differs."""
    return line.text if line.heard in (None, line.text) else f"{line.text}  [heard: {line.heard}]"
