"""What a call costs in CPU and how late its frames are, ours beside Channels' stock dispatch.

python -m benchmarks.media --calls 50 --seconds 10 [--json]

The server runs on one core and the streams come from this process on another, where there are
two. Both ways carry the whole media path: socket, envelopes, µ-law, voice activity (Silero, real
model), turns, pacing, marks. Lateness is measured here, at the carrier's end of the socket: how
much later a frame comes than its stream's best one, both against the 20 ms pace; the first two
seconds are not judged. The output is kept 140 ms ahead, so that is what a frame may be late
before anybody hears it. Loopback only; ends by itself.
"""

import argparse
import asyncio
import base64
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.media_load import StreamFigures, run_load
from voice.audio import FRAME_BYTES, float_to_ulaw

ROOT = Path(__file__).parents[1]
READY_TIMEOUT_S = 30.0
FRAMES_OF_NOISE = 50
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class MediaFigures:
    """One way's figures; CPU of the server's process per second of one call."""

    lateness_p50_ms: float
    lateness_p99_ms: float
    cpu_ms_per_call_second: float
    frames: int
    closed_early: int


def measure(path: str, *, calls: int, seconds: float) -> MediaFigures:
    """Load one address of a fresh server."""
    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.media_server", str(port)], cwd=ROOT
    )
    try:
        _wait_until_listening(port, server)
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > 1:
            os.sched_setaffinity(server.pid, {cores[0]})
            os.sched_setaffinity(0, set(cores[1:]))
        cpu_before = _cpu_seconds(server.pid)
        figures = asyncio.run(
            run_load(port=port, path=path, calls=calls, seconds=seconds, payloads=_noise())
        )
        cpu = _cpu_seconds(server.pid) - cpu_before
    finally:
        server.terminate()
        server.wait(30)
        os.sched_setaffinity(0, set(os.sched_getaffinity(0)) | set(range(os.cpu_count() or 1)))
    return _summary(figures, cpu / (calls * seconds) * 1000)


def _summary(figures: list[StreamFigures], cpu_ms: float) -> MediaFigures:
    lateness = np.concatenate([np.array(one.lateness_ms()) for one in figures])
    if not len(lateness):
        raise SystemExit("no frame came back; the server's output says why")
    p50, p99 = np.percentile(lateness, [50, 99])
    return MediaFigures(
        lateness_p50_ms=round(float(p50), 2),
        lateness_p99_ms=round(float(p99), 2),
        cpu_ms_per_call_second=round(cpu_ms, 3),
        frames=len(lateness),
        closed_early=sum(one.closed_early for one in figures),
    )


def _noise() -> list[str]:
    """A second of faint noise: voice activity has to judge it, and judges it as silence."""
    noise = np.random.default_rng(7).normal(0, 0.002, FRAMES_OF_NOISE * FRAME_BYTES)
    ulaw = float_to_ulaw(noise.astype(np.float32))
    return [
        base64.b64encode(ulaw[at : at + FRAME_BYTES]).decode()
        for at in range(0, len(ulaw), FRAME_BYTES)
    ]


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
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not 1 <= options.calls <= 1000 or not 3 <= options.seconds <= 300:
        parser.error("--calls must be 1 to 1000 and --seconds 3 to 300")
    ours = measure("/ours", calls=options.calls, seconds=options.seconds)
    stock = measure("/stock", calls=options.calls, seconds=options.seconds)
    if options.json:
        result = {"calls": options.calls, "ours": asdict(ours), "stock_dispatch": asdict(stock)}
        print(json.dumps(result))
        return
    print(f"{options.calls} calls, {options.seconds:.0f} s, server on one core")
    for name, figures in (("ours", ours), ("stock dispatch", stock)):
        print(
            f"  {name:<15} lateness p50 {figures.lateness_p50_ms} ms, "
            f"p99 {figures.lateness_p99_ms} ms, "
            f"CPU {figures.cpu_ms_per_call_second} ms a call-second, {figures.frames} frames"
        )
    ratio = stock.cpu_ms_per_call_second / ours.cpu_ms_per_call_second
    print(f"  stock dispatch costs {ratio:.2f} times ours")


if __name__ == "__main__":
    main()
