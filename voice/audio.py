"""Telephone audio: G.711 µ-law, resampling with carried state, framing, WAV files and levels."""

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, gcd, log10, pi
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Shorts = npt.NDArray[np.int16]

TELEPHONE_HZ: Final = 8_000
FRAME_MS: Final = 20
FRAME_BYTES: Final = 160
BYTES_PER_MS: Final = 8
ULAW_SILENCE: Final = 0xFF
SILENT_FRAME: Final = bytes([ULAW_SILENCE]) * FRAME_BYTES
SILENCE_DBFS: Final = -96.0

STOPBAND_DB: Final = 100.0
"""Designed attenuation of images and aliases; rounding in float32 leaves about 95 dB of it."""

BLOCK: Final = 64
"""Resampled values that are computed together, at least."""

_BIAS: Final = 33
_CLIP: Final = 8_191


def _encoding_table() -> npt.NDArray[np.uint8]:
    """The µ-law code of every int16, at index value + 32768 (ITU-T G.711, 14-bit magnitude)."""
    linear = np.arange(-32_768, 32_768, dtype=np.int32) >> 2
    magnitude = np.minimum(np.abs(linear) + _BIAS, _CLIP)
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 5
    mantissa = (magnitude >> (exponent + 1)) & 0x0F
    mask = np.where(linear < 0, 0x7F, 0xFF)
    codes: npt.NDArray[np.uint8] = (((exponent << 4) | mantissa) ^ mask).astype(np.uint8)
    return codes


def _decoding_table() -> Shorts:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


_ENCODE: Final = _encoding_table()
_DECODE: Final = _decoding_table()
_DECODE_FLOAT: Final[Floats] = (_DECODE / np.float32(32_768)).astype(np.float32)


def encode_ulaw(samples: Shorts) -> bytes:
    """One µ-law byte per int16 sample."""
    return _ENCODE[samples.astype(np.int32) + 32_768].tobytes()


def decode_ulaw(ulaw: bytes | bytearray | memoryview) -> Shorts:
    """One int16 sample per µ-law byte."""
    return _DECODE[np.frombuffer(ulaw, dtype=np.uint8)]


def ulaw_to_float(ulaw: bytes | bytearray | memoryview) -> Floats:
    """One float32 sample in [-1, 1) per µ-law byte."""
    return _DECODE_FLOAT[np.frombuffer(ulaw, dtype=np.uint8)]


def float_to_ulaw(samples: Floats) -> bytes:
    """One µ-law byte per float32 sample; what lies outside [-1, 1] is clipped."""
    return encode_ulaw(float_to_int16(samples))


def float_to_int16(samples: Floats) -> Shorts:
    """Rounded and clipped to int16."""
    clipped: Shorts = np.clip(np.rint(samples * 32_768.0), -32_768, 32_767).astype(np.int16)
    return clipped


def int16_to_float(samples: Shorts) -> Floats:
    return (samples / np.float32(32_768)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Filter:
    """A linear-phase low-pass at `up` times the input rate; its delay is `half` samples there."""

    up: int
    down: int
    taps: Floats
    half: int


@lru_cache(maxsize=32)
def _filter(from_hz: int, to_hz: int) -> _Filter:
    """Kaiser design: flat to 0.425 of the lower rate, STOPBAND_DB from 0.525 of it on."""
    from scipy.signal import firwin, kaiser_beta

    if from_hz <= 0 or to_hz <= 0:
        raise ValueError(f"sample rates must be positive, got {from_hz} and {to_hz} Hz")
    divisor = gcd(from_hz, to_hz)
    up, down = to_hz // divisor, from_hz // divisor
    rate_hz, lower_hz = from_hz * up, min(from_hz, to_hz)
    width = 2 * pi * 0.1 * lower_hz / rate_hz
    half = ceil((STOPBAND_DB - 8) / (2.285 * width) / 2)  # Kaiser's estimate of the length
    taps = firwin(
        2 * half + 1, 0.475 * lower_hz, window=("kaiser", kaiser_beta(STOPBAND_DB)), fs=rate_hz
    )
    return _Filter(up, down, (taps * up).astype(np.float32), half)


def _filtered(plan: _Filter, samples: Floats, offset: int, count: int) -> Floats:
    """`count` outputs, the first at upsampled position `offset` of the given samples.

    Outputs come in blocks, each one product of a window of samples with the same matrix: a tenth
    of the time of a filter that goes through them one by one.
    """
    at, phase = divmod(offset, plan.up)
    matrix, reach = _block_matrix(plan.taps.tobytes(), plan.up, plan.down, phase)
    width, block = matrix.shape
    step = block * plan.down // plan.up
    blocks = -(-count // block)
    padded = np.zeros((blocks - 1) * step + width, np.float32)
    start = at - reach  # the sample that the first column of the first window stands for
    part = samples[max(start, 0) : max(start + len(padded), 0)]
    padded[max(-start, 0) : max(-start, 0) + len(part)] = part
    windows = np.lib.stride_tricks.sliding_window_view(padded, width)[::step]
    out: Floats = (np.ascontiguousarray(windows) @ matrix).reshape(-1)
    return out[:count]


@lru_cache(maxsize=32)
def _block_matrix(taps: bytes, up: int, down: int, phase: int) -> tuple[Floats, int]:
    """[samples, outputs] for outputs whose first is `phase` after a sample, and its samples before.

    Each column is the filter's taps, `up` apart, where that output is.
    """
    values = np.frombuffer(taps, np.float32)
    outputs = up * -(-BLOCK // up)
    reach = (len(values) - 1 - phase) // up
    last = (phase + (outputs - 1) * down) // up
    positions = phase + np.arange(outputs) * down
    places = positions[None, :] - np.arange(-reach, last + 1)[:, None] * up
    inside = (places >= 0) & (places < len(values))
    matrix = np.where(inside, values[np.where(inside, places, 0)], np.float32(0))
    return matrix.astype(np.float32), reach


class Resampler:
    """Any rational rate change of a running stream; chunks give what the whole would give.

    The output lags by `delay_ms`; nothing else is held back.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._plan = _filter(from_hz, to_hz)
        self._reach = (len(self._plan.taps) - 1) // self._plan.up
        self._kept = np.zeros(self._reach, np.float32)
        self._taken = 0
        self._made = 0
        self.delay_ms = 1000 * self._plan.half / (from_hz * self._plan.up)

    def push(self, samples: Floats) -> Floats:
        """The output that the next input samples make possible."""
        plan = self._plan
        buffer = np.concatenate((self._kept, samples))
        first = self._taken - self._reach
        self._taken += len(samples)
        count = -(-self._taken * plan.up // plan.down) - self._made
        offset = self._made * plan.down - first * plan.up
        out = _filtered(plan, buffer, offset, count) if count > 0 else np.zeros(0, np.float32)
        self._made += len(out)
        self._kept = buffer[len(buffer) - self._reach :]
        return out


def resample(samples: Floats, from_hz: int, to_hz: int) -> Floats:
    """A whole clip at another rate, with no delay: positions in time stay where they were."""
    if from_hz == to_hz or not len(samples):
        return samples
    plan = _filter(from_hz, to_hz)
    count = -(-len(samples) * plan.up // plan.down)
    return _filtered(plan, samples, plan.half, count)


def frames(ulaw: bytes) -> Iterator[bytes]:
    """Exact 20 ms frames; the last one is filled up with silence."""
    for start in range(0, len(ulaw), FRAME_BYTES):
        yield ulaw[start : start + FRAME_BYTES].ljust(FRAME_BYTES, bytes([ULAW_SILENCE]))


def silence(duration_ms: int) -> bytes:
    """That much µ-law silence."""
    return bytes([ULAW_SILENCE]) * (duration_ms * BYTES_PER_MS)


def level_dbfs(samples: Floats) -> float:
    """The RMS level in dB below a full-scale square wave; -96 for silence."""
    if not len(samples):
        return SILENCE_DBFS
    power = float(np.dot(samples, samples)) / len(samples)
    return max(10 * log10(power), SILENCE_DBFS) if power > 0 else SILENCE_DBFS


def write_wav(target: Path | BinaryIO, samples: Shorts, sample_rate_hz: int) -> None:
    """Write int16 samples, [n] mono or [n, 2] stereo, as a WAV file."""
    if samples.ndim not in (1, 2):
        raise ValueError(f"samples must be [n] or [n, channels], got {samples.ndim} dimensions")
    with wave.open(str(target) if isinstance(target, Path) else target, "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(sample_rate_hz)
        file.writeframes(np.ascontiguousarray(samples, dtype="<i2").tobytes())


def read_wav(source: Path | BinaryIO) -> tuple[Shorts, int]:
    """The int16 samples, [n] mono or [n, channels], and their rate.

    Raises ValueError when it is not 16-bit PCM.
    """
    with wave.open(str(source) if isinstance(source, Path) else source, "rb") as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{source}: {8 * file.getsampwidth()}-bit samples, need 16-bit PCM")
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
        channels, rate_hz = file.getnchannels(), file.getframerate()
    return (samples if channels == 1 else samples.reshape(-1, channels)), rate_hz


def stereo(left_ulaw: bytes, right_ulaw: bytes) -> Shorts:
    """Two µ-law tracks side by side, int16 [n, 2]; the shorter one ends in silence."""
    length = max(len(left_ulaw), len(right_ulaw))
    filling = bytes([ULAW_SILENCE])
    return np.stack(
        [decode_ulaw(track.ljust(length, filling)) for track in (left_ulaw, right_ulaw)], axis=1
    )
