"""What this process exports to Prometheus about its calls. No tenant, caller or call is named."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from calls import journal
from calls.media import live
from voice.records import CallRecord, TurnLatency

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

STAGES: Final = tuple(
    field.name.removesuffix("_ms") for field in fields(TurnLatency) if field.name != "held"
)
"""The stages of a reply, in order; what each of them means is in docs/PERFORMANCE.md."""

BUCKETS_S: Final = (0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.7, 0.85, 1.0, 1.5, 2.0, 3.0, 5.0)
"""The goals (450 and 700 ms) are bounds of their own, so that shares below them are exact."""

reply_latency: Final = Histogram(
    "buddyhelps_reply_latency_seconds",
    "From the end of the caller's speech to each stage of the reply.",
    ("stage", "held"),
    buckets=BUCKETS_S,
)
late_frames: Final = Counter(
    "buddyhelps_late_frames", "Frames of replies sent later than the caller's ear needed them."
)
calls_ended: Final = Counter(
    "buddyhelps_calls_ended", "Conversations that ended here, by reason.", ("reason",)
)
streams_wrong: Final = Counter(
    "buddyhelps_streams_wrong",
    "Media streams refused or broken, and frames that came late or twice.",
    ("what",),
)
zombies: Final = Counter(
    "buddyhelps_zombie_calls", "Conversations ended from outside, long after their longest time."
)


def observe_reply(latency: TurnLatency | None) -> None:
    """One reply was heard, this fast; one that answered no words is not counted."""
    if latency is None:
        return
    for stage in STAGES:
        reached_ms = getattr(latency, f"{stage}_ms")
        if reached_ms is not None:
            held = "true" if latency.held else "false"
            reply_latency.labels(stage, held).observe(reached_ms / 1000)


def observe_call(record: CallRecord) -> None:
    """One conversation is over."""
    calls_ended.labels(record.reason.value).inc()
    late_frames.inc(record.late_frames)


def page(registry: CollectorRegistry = REGISTRY) -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest(registry)


class _Counts(Collector):
    """What is counted elsewhere, read when it is asked for."""

    def collect(self) -> Iterator[Metric]:
        live_calls = GaugeMetricFamily("buddyhelps_live_calls", "Calls this process holds.")
        live_calls.add_metric([], live.count())
        yield live_calls
        journals = CounterMetricFamily(
            "buddyhelps_journal_faults", "What went wrong with calls' journals.", labels=["what"]
        )
        for field in fields(journal.counts):
            journals.add_metric([field.name], getattr(journal.counts, field.name))
        yield journals


REGISTRY.register(_Counts())
