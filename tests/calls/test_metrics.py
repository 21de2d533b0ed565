"""What a process exports: reply times by stage, ends by reason, and no name of anybody."""

from prometheus_client import REGISTRY

from calls import metrics
from voice.receptionist.dialogue import LeadRecord
from voice.records import CallRecord, EndReason, TurnLatency


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def replies_within(bound: str, *, stage: str, held: str) -> float:
    name = "buddyhelps_reply_latency_seconds_bucket"
    return sample(name, stage=stage, held=held, le=bound)


def test_each_stage_a_reply_reached_is_counted_once_and_held_turns_apart() -> None:
    before = replies_within("0.45", stage="first_frame", held="false")
    slow = replies_within("0.4", stage="first_frame", held="false")
    held = replies_within("3.0", stage="first_frame", held="true")
    tokens = replies_within("+Inf", stage="first_token", held="false")

    metrics.observe_reply(TurnLatency(endpoint_ms=290, first_frame_ms=430))
    metrics.observe_reply(TurnLatency(endpoint_ms=1500, first_frame_ms=2100, held=True))
    metrics.observe_reply(None)

    assert replies_within("0.45", stage="first_frame", held="false") == before + 1
    assert replies_within("0.4", stage="first_frame", held="false") == slow
    assert replies_within("3.0", stage="first_frame", held="true") == held + 1
    assert replies_within("+Inf", stage="first_token", held="false") == tokens


def test_a_call_counts_under_its_reason_with_its_late_frames() -> None:
    ended = sample("buddyhelps_calls_ended_total", reason="silence")
    late = sample("buddyhelps_late_frames_total")
    metrics.observe_call(
        CallRecord(EndReason.SILENCE, 4_000, (), LeadRecord(), None, late_frames=3)
    )
    assert sample("buddyhelps_calls_ended_total", reason="silence") == ended + 1
    assert sample("buddyhelps_late_frames_total") == late + 3


def test_the_page_shows_live_calls_and_journals_without_labels_that_name_anybody() -> None:
    text = metrics.page().decode()
    assert "buddyhelps_live_calls 0.0" in text
    assert 'buddyhelps_journal_faults_total{what="rejected"}' in text
    assert "tenant" not in text
