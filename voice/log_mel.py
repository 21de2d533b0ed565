"""Whisper's log-mel features in plain numpy, for models that were trained on them."""

from typing import Final

import numpy as np
import numpy.typing as npt

from voice.stt import RECOGNITION_HZ, Samples

MEL_BINS: Final = 80
HOP: Final = 160
WINDOW: Final = 400
"""10 ms and 25 ms at 16 kHz."""

_FLOOR: Final = 1e-10
_RANGE: Final = 8.0
"""Decades below the loudest bin that are kept."""

_LINEAR_HZ: Final = 1_000.0
_HZ_A_MEL: Final = 200.0 / 3.0
_LOG_STEP: Final = np.log(6.4) / 27.0
"""Slaney's mel scale: linear up to 1 kHz, above it 27 mels for each factor of 6.4."""


def log_mel(samples: Samples) -> npt.NDArray[np.float32]:
    """[80, frames] of 16 kHz samples, one frame each 10 ms, in Whisper's range of about -1 to 1.5.

    The same figures as transformers' WhisperFeatureExtractor: reflected edges, Hann windows,
    power spectra, Slaney's mel filters, log10 no more than eight decades below the loudest.
    """
    padded = np.pad(samples.astype(np.float64), WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:-1]
    power = np.abs(np.fft.rfft(frames * _HANN, axis=1)) ** 2
    log = np.log10(np.maximum(_FILTERS @ power.T, _FLOOR))
    scaled = (np.maximum(log, log.max() - _RANGE) + 4.0) / 4.0
    return np.asarray(scaled, np.float32)


def _mel_filters() -> npt.NDArray[np.float64]:
    """[80, 201]: triangles of equal area between neighbouring mels, from 0 to 8 kHz."""
    top = RECOGNITION_HZ / 2
    edges = _hz_of(np.linspace(0.0, float(_mel_of(top)), MEL_BINS + 2))
    bins = np.linspace(0.0, top, WINDOW // 2 + 1)
    slopes = (bins[None, :] - edges[:, None]) / np.diff(edges, append=np.nan)[:, None]
    rising, falling = slopes[:-2], 1.0 - slopes[1:-1]
    areas = 2.0 / (edges[2:] - edges[:-2])
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)) * areas[:, None])


def _mel_of(hz: float) -> float:
    if hz < _LINEAR_HZ:
        return hz / _HZ_A_MEL
    return float(_LINEAR_HZ / _HZ_A_MEL + np.log(hz / _LINEAR_HZ) / _LOG_STEP)


def _hz_of(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    above = mels - _LINEAR_HZ / _HZ_A_MEL
    return np.where(above < 0.0, mels * _HZ_A_MEL, _LINEAR_HZ * np.exp(_LOG_STEP * above))


_HANN: Final = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(WINDOW) / WINDOW)
_FILTERS: Final = _mel_filters()
