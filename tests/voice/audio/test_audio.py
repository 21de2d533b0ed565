"""G.711, resampling, framing and WAV files against independent references."""

import io
import warnings
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice import audio

EVERY_INT16 = np.arange(-32_768, 32_768, dtype=np.int16)


def reference_encode(sample: int) -> int:
    """G.711 by the book, one sample at a time: the segment whose end is not yet passed."""
    value = sample >> 2
    mask = 0xFF
    if value < 0:
        value, mask = -value, 0x7F
    value = min(value, 8159) + 33
    for segment in range(8):
        if value <= (0x40 << segment) - 1:
            return ((segment << 4) | ((value >> (segment + 1)) & 0x0F)) ^ mask
    return 0x7F ^ mask


def test_every_sample_encodes_as_the_reference_says() -> None:
    assert list(audio.encode_ulaw(EVERY_INT16)) == [reference_encode(int(s)) for s in EVERY_INT16]


def test_encoding_and_decoding_agree_with_the_standard_library() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        audioop = pytest.importorskip("audioop")
    assert audio.encode_ulaw(EVERY_INT16) == audioop.lin2ulaw(EVERY_INT16.tobytes(), 2)
    codes = bytes(range(256))
    assert audio.decode_ulaw(codes).tobytes() == audioop.ulaw2lin(codes, 2)


def test_decoding_and_encoding_again_changes_only_negative_zero() -> None:
    codes = bytes(range(256))
    again = audio.encode_ulaw(audio.decode_ulaw(codes))
    assert [code for code in range(256) if again[code] != code] == [0x7F]


def test_floats_are_clipped_not_wrapped() -> None:
    assert audio.float_to_ulaw(np.array([4.0, -4.0, 0.0], np.float32)) == b"\x80\x00\xff"


def tone(hz: float, rate_hz: int, seconds: float = 1.0) -> audio.Floats:
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * hz * at)).astype(np.float32)


def spectrum_db(samples: audio.Floats, rate_hz: int, hz: float) -> float:
    """The level at one frequency relative to a sine of amplitude 0.5."""
    window = np.blackman(len(samples))
    turn = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / rate_hz)
    amplitude = 2 * abs(np.sum(samples * window * turn)) / np.sum(window)
    return float(20 * np.log10(amplitude / 0.5 + 1e-12))


@pytest.mark.parametrize("hz", [300, 1_000, 2_500, 3_400])
def test_doubling_the_rate_leaves_images_below_ninety_db(hz: int) -> None:
    out = audio.resample(tone(hz, 8_000), 8_000, 16_000)[2_000:-2_000]
    assert spectrum_db(out, 16_000, 8_000 - hz) < -90
    assert abs(spectrum_db(out, 16_000, hz)) < 0.01


@pytest.mark.parametrize("from_hz", [16_000, 22_050, 24_000, 44_100])
@pytest.mark.parametrize("hz", [4_300, 5_000, 6_600])
def test_what_8_khz_cannot_hold_is_removed_not_folded_back(from_hz: int, hz: int) -> None:
    out = audio.resample(tone(hz, from_hz), from_hz, 8_000)[1_000:-1_000]
    assert spectrum_db(out, 8_000, abs(8_000 - hz)) < -85


@pytest.mark.parametrize("from_hz", [22_050, 24_000])
def test_a_telephone_tone_survives_the_way_down(from_hz: int) -> None:
    out = audio.resample(tone(3_300, from_hz), from_hz, 8_000)
    assert len(out) == 8_000
    assert np.abs(out[500:-500] - tone(3_300, 8_000)[500:-500]).max() < 1e-3


@pytest.mark.parametrize(
    ("from_hz", "to_hz"), [(24_000, 8_000), (22_050, 8_000), (8_000, 16_000), (8_000, 11_025)]
)
@pytest.mark.parametrize("length", [1, 7, 129, 4_801])
def test_resampling_is_the_filter_itself(from_hz: int, to_hz: int, length: int) -> None:
    noise = np.random.default_rng(3).standard_normal(length).astype(np.float32)
    plan = audio._filter(from_hz, to_hz)
    spread = np.zeros(length * plan.up)
    spread[:: plan.up] = noise
    expected = np.convolve(spread, plan.taps.astype(np.float64))[plan.half :: plan.down]
    resampled = audio.resample(noise, from_hz, to_hz)
    assert len(resampled) == -(-length * plan.up // plan.down)
    np.testing.assert_allclose(resampled, expected[: len(resampled)], atol=1e-5)


@given(
    rates=st.sampled_from(
        [(8_000, 16_000), (16_000, 8_000), (24_000, 8_000), (22_050, 8_000), (8_000, 11_025)]
    ),
    sizes=st.lists(st.integers(1, 700), min_size=1, max_size=8),
)
def test_chunks_make_what_the_whole_makes(rates: tuple[int, int], sizes: list[int]) -> None:
    noise = np.random.default_rng(5).standard_normal(sum(sizes)).astype(np.float32)
    ends = np.cumsum([0, *sizes])
    chunked = audio.Resampler(*rates)
    parts = [chunked.push(noise[start:end]) for start, end in pairwise(ends)]
    whole = audio.Resampler(*rates).push(noise)  # equal but for the rounding of float32 sums
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-5)


def test_a_running_stream_lags_by_its_stated_delay_only() -> None:
    resampler = audio.Resampler(8_000, 16_000)
    source = tone(440, 8_000)
    out = resampler.push(source)
    lag = round(resampler.delay_ms * 16)
    whole = audio.resample(source, 8_000, 16_000)
    np.testing.assert_allclose(out[lag:], whole[: len(out) - lag], atol=1e-6)
    assert resampler.delay_ms < 6


def test_rates_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="got 0 and 8000 Hz"):
        audio.Resampler(0, 8_000)


def test_frames_are_160_bytes_and_the_last_is_filled_with_silence() -> None:
    parts = list(audio.frames(b"\x01" * 170))
    assert parts == [b"\x01" * 160, b"\x01" * 10 + b"\xff" * 150]


def test_levels_are_relative_to_a_full_scale_square_wave() -> None:
    assert audio.level_dbfs(np.ones(80, np.float32)) == 0.0
    assert audio.level_dbfs(tone(1_000, 8_000)) == pytest.approx(-9.03, abs=0.01)
    assert audio.level_dbfs(np.zeros(80, np.float32)) == -96.0
    assert audio.level_dbfs(np.zeros(0, np.float32)) == -96.0


def test_wav_files_come_back_as_written() -> None:
    for samples in (EVERY_INT16, EVERY_INT16.reshape(-1, 2)):
        file = io.BytesIO()
        audio.write_wav(file, samples, 8_000)
        file.seek(0)
        back, rate_hz = audio.read_wav(file)
        assert rate_hz == 8_000
        assert back.shape == samples.shape
        assert np.array_equal(back, samples)


def test_stereo_puts_the_tracks_side_by_side_and_fills_the_shorter() -> None:
    both = audio.stereo(b"\x80\x80", b"\x00")
    assert both.tolist() == [[32124, -32124], [32124, 0]]
