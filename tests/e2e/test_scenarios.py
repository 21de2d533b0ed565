"""Whole calls in audio: a real server process, the embedded engines, a caller who listens.

In real time, as calls are; two at once, as the embedded engines carry on two cores.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from billing.models import UsageEntry
from calls.simulator.carrier import Number
from calls.simulator.expected import CALLERS, missing_facts
from calls.simulator.outcome import StoredCall, wait_for_stored_call
from calls.simulator.placing import PlacedCall, place
from calls.simulator.speech import scenario_script
from tenants.context import unscoped
from voice.audio import TELEPHONE_HZ, read_wav

pytestmark = pytest.mark.realtime
HARBOR, SUMMIT = "+13125550100", "+13125550200"


def place_together(base_url: str, calls: Sequence[tuple[str, str]]) -> list[PlacedCall]:
    """The scenarios to the numbers, all at the same time."""

    async def together() -> list[PlacedCall]:
        return await asyncio.gather(
            *(
                place(
                    Number(number, CALLERS[scenario], settings.TWILIO_AUTH_TOKEN),
                    scenario_script(scenario),
                    base_url=base_url,
                )
                for scenario, number in calls
            )
        )

    return asyncio.run(together())


def stored(placed: PlacedCall) -> StoredCall:
    found = wait_for_stored_call(placed.call_sid)
    assert found is not None
    return found


def test_two_callers_at_once_get_their_own_plumber_and_their_jobs_down_right(
    seeded: None, web_server: str
) -> None:
    emergency, routine = place_together(web_server, [("1", HARBOR), ("8", SUMMIT)])
    burst, drain = stored(emergency), stored(routine)

    assert missing_facts("1", burst) == []
    assert missing_facts("8", drain) == []
    assert burst.call.tenant.slug == "harbor"
    assert drain.call.tenant.slug == "summit"
    said_to_drain = " ".join(turn.text for turn in drain.turns if turn.speaker == "receptionist")
    assert "$225 flat for the first hour" in said_to_drain  # Summit's own price, verbatim
    assert "189" not in said_to_drain  # Harbor's
    assert "Harbor" not in said_to_drain
    assert emergency.log.dialled == ["+13125550111", "+13125550112", "+13125550113"]
    with unscoped(reason="the test looks at both tenants"):
        billed = dict(UsageEntry.objects.values_list("call_id", "billed_seconds"))
    assert billed == {
        call.pk: -(-(call.duration_ms or 0) // 1000) for call in (burst.call, drain.call)
    }
    assert_channels_line_up(burst)


def test_gas_is_sent_outside_first_and_who_wants_a_person_gets_one(
    seeded: None, web_server: str
) -> None:
    gas, person = (
        stored(placed) for placed in place_together(web_server, [("2", HARBOR), ("15", HARBOR)])
    )

    assert missing_facts("2", gas) == []
    replies = [turn.text for turn in gas.turns if turn.speaker == "receptionist"][1:]
    before_any_question = replies[0].split("?")[0].lower()
    for words in ("leave", "switches", "flames", "911", "gas utility"):
        assert words in before_any_question
    assert missing_facts("15", person) == []
    assert person.call.end_reason == "transferred"
    assert len([turn for turn in person.turns if turn.speaker == "caller"]) == 1


def assert_channels_line_up(call: StoredCall) -> None:
    """Each side is audible on its own channel during its turns, and only there."""
    samples, _ = read_wav(Path(call.recording_path))
    loud = np.abs(samples.astype(np.float32) / 32768) > 0.02
    for turn in call.turns:
        own, other = (0, 1) if turn.speaker == "caller" else (1, 0)
        span = slice(turn.started_ms * TELEPHONE_HZ // 1000, turn.ended_ms * TELEPHONE_HZ // 1000)
        assert loud[span, own].mean() > 0.05, turn.text
        assert loud[span, other].mean() < 0.05, turn.text
