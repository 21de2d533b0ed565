"""What the lead of each bundled scenario must hold: the facts its caller tells when asked."""

from calls.simulator.outcome import StoredCall

CALLERS = {"1": "+17735550121", "2": "+17735550122", "8": "+17735550128", "15": "+17735550135"}
"""Where each scenario's caller calls from."""

URGENCIES = {"1": "E1", "2": "E0", "8": "R", "15": "N"}
FACTS = {
    "1": {
        "name": "Dana Kowalczyk",
        "phone": "+17735550121",
        "street": "1847 W Ainslie St",
        "unit": "2",
        "zip": "60640",
    },
    "2": {"name": "Marcus Bell", "phone": "+17735550122", "street": "2210 N Halsted St"},
    "8": {
        "name": "Chris Adeyemi",
        "phone": "+17735550128",
        "street": "1019 W Armitage Ave",
        "zip": "60614",
    },
    "15": {"phone": "+17735550135"},
}
PROBLEM_WORDS = {"1": "water", "2": "gas", "8": "sink"}
"""A word of the caller's own that the lead's problem must keep."""


def missing_facts(scenario: str, stored: StoredCall | None) -> list[str]:
    """What the caller said and the lead does not hold, a sentence each; empty: all is well."""
    title = f"Scenario {scenario}"
    if stored is None:
        return [f"{title}: the server stored no call"]
    lead = stored.lead
    if lead is None:
        return [f"{title}: no lead was stored"]
    wrong = []
    for slot, said in FACTS[scenario].items():
        kept = str(lead.slots.get(slot, {}).get("value", ""))
        if kept != said:
            wrong.append(f"{title}: {slot} should be {said!r}, the lead has {kept!r}")
    word = PROBLEM_WORDS.get(scenario, "")
    if word not in lead.problem.lower():
        wrong.append(f"{title}: the problem should mention {word!r}, the lead has {lead.problem!r}")
    if lead.urgency != URGENCIES[scenario]:
        wrong.append(
            f"{title}: urgency should be {URGENCIES[scenario]}, the lead has {lead.urgency}"
        )
    if not stored.recording_path:
        wrong.append(f"{title}: no recording was stored")
    if wrong:
        said = " | ".join(f"{turn.speaker}: {turn.text}" for turn in stored.turns)
        wrong.append(f"{title}, ended {stored.call.end_reason}: {said}")
    return wrong
