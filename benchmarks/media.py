"""What a call costs in CPU and how late its frames are, ours beside Channels' stock dispatch.

python -m benchmarks.media --calls 50 --seconds 10 [--monologue] [--json]

The server runs on one core and the streams come from this process on another, where there are
two. Both ways carry the whole media path: socket, envelopes, µ-law, voice activity (Silero, real
model), turns, replies, conversion to telephone audio, pacing, marks, ledger. Callers speak
recorded words whenever a reply has ended; the engines are fakes that take a fixed time and no
CPU. With --monologue the receptionist speaks all the time instead: the most that output can be.

Lateness is measured here, at the carrier's end of the socket: how long after its time a frame
came. A reply's first 160 ms are due at once and then one frame every 20 ms, on a clock set by
the reply's best frame. The caller hears a gap only when what came before has been played, 140 ms
later: those are the `dry_frames`. Loopback only; ends by itself.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import uvloop

from benchmarks.media_caller import recorded_voice
from benchmarks.media_load import LoadFigures, run_load

ROOT = Path(__file__).parents[1]
READY_TIMEOUT_S = 30.0
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class MediaFigures:
    """One way's figures; `cpu_ms_per_call_second` is the server's process per second of one call.

    `client_cpu_share` tells whether the other end had time to measure: well below 1.
    """

    lateness_p50_ms: float
    lateness_p99_ms: float
    lateness_max_ms: float
    cpu_ms_per_call_second: float
    frames: int
    dry_frames: int
    utterances: int
    replies: int
    unanswered: int
    closed_early: int
    client_cpu_share: float


def measure(path: str, *, calls: int, seconds: float, monologue: bool) -> MediaFigures:
    """Load one address of a fresh server."""
    port = _free_port()
    talk = "monologue" if monologue else "conversation"
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.media_server", str(port), path, talk], cwd=ROOT
    )
    try:
        _wait_until_listening(port, server)
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > 1:
            _pin(server.pid, cores[0])
            os.sched_setaffinity(0, set(cores[1:]))
        figures = uvloop.run(
            run_load(
                port=port,
                path=path,
                calls=calls,
                seconds=seconds,
                voice=recorded_voice(),
                speak=not monologue,
                server_cpu_s=lambda: _cpu_seconds(server.pid),
            )
        )
    finally:
        server.terminate()
        server.wait(30)
        os.sched_setaffinity(0, set(os.sched_getaffinity(0)) | set(range(os.cpu_count() or 1)))
    return _summary(figures, calls=calls, seconds=seconds)


def _pin(pid: int, core: int) -> None:
    """Keep every thread of the process on one core."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def _summary(figures: LoadFigures, *, calls: int, seconds: float) -> MediaFigures:
    if not figures.lateness_ms:
        raise SystemExit("no frame came back; the server's output says why")
    p50, p99, worst = np.percentile(figures.lateness_ms, [50, 99, 100])
    return MediaFigures(
        lateness_p50_ms=round(float(p50), 2),
        lateness_p99_ms=round(float(p99), 2),
        lateness_max_ms=round(float(worst), 2),
        cpu_ms_per_call_second=round(figures.server_cpu_s / (calls * seconds) * 1000, 3),
        frames=len(figures.lateness_ms),
        dry_frames=figures.dry_frames,
        utterances=figures.said,
        replies=figures.replies,
        unanswered=figures.unanswered,
        closed_early=figures.closed_early,
        client_cpu_share=round(figures.client_cpu_s / seconds, 2),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_listening(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"the server did not listen on port {port} within {READY_TIMEOUT_S:.0f} s")


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def main() -> None:
    """Measure both ways, one after the other, and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--monologue", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not 1 <= options.calls <= 1000 or not 3 <= options.seconds <= 300:
        parser.error("--calls must be 1 to 1000 and --seconds 3 to 300")
    ours, stock = (
        measure(path, calls=options.calls, seconds=options.seconds, monologue=options.monologue)
        for path in ("/ours", "/stock")
    )
    if options.json:
        result = {
            "calls": options.calls,
            "monologue": options.monologue,
            "ours": asdict(ours),
            "stock_dispatch": asdict(stock),
        }
        print(json.dumps(result))
        return
    print(f"{options.calls} calls, {options.seconds:.0f} s, server on one core")
    for name, figures in (("ours", ours), ("stock dispatch", stock)):
        print(
            f"  {name:<15} lateness p50 {figures.lateness_p50_ms} ms, "
            f"p99 {figures.lateness_p99_ms} ms, most {figures.lateness_max_ms} ms, "
            f"CPU {figures.cpu_ms_per_call_second} ms a call-second, {figures.frames} frames "
            f"({figures.dry_frames} after a gap), {figures.replies} replies to "
            f"{figures.utterances} utterances"
        )
    ratio = stock.cpu_ms_per_call_second / ours.cpu_ms_per_call_second
    print(f"  stock dispatch costs {ratio:.2f} times ours")


if __name__ == "__main__":
    main()
