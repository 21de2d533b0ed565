"""The embedded synthesiser says what it is given, tells when, and fails in a typed way."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from voice.config import VoiceSettings
from voice.errors import EngineError, EngineUnavailable
from voice.tts import Samples, SpeechRequest
from voice.tts.espeak import LONGEST_TEXT, EspeakSynthesizer, build

SENTENCE = "Is the water near any lights, outlets or the electrical panel?"


def alike(one: Samples, other: Samples) -> float:
    """Correlation of two loudness curves: eSpeak's pitch flutters differently every time."""
    count = min(len(one), len(other)) // 441
    curves = [
        np.sqrt(np.mean(x[: count * 441].reshape(count, 441) ** 2, axis=1)) for x in (one, other)
    ]
    return float(np.corrcoef(curves[0], curves[1])[0, 1])


def pitch_hz(samples: Samples) -> float:
    """The fundamental of the loudest 50 ms, by autocorrelation between 70 and 350 Hz."""
    size = 22_050 // 20
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    loudest = frames[np.argmax(np.mean(frames**2, axis=1))]
    echo = np.correlate(loudest, loudest, "full")[size - 1 :]
    low, high = 22_050 // 350, 22_050 // 70
    return 22_050 / (low + int(np.argmax(echo[low:high])))


@pytest.fixture(scope="module")
def espeak() -> EspeakSynthesizer:
    return build(VoiceSettings())


def test_speech_is_mono_float_at_22050_hz_and_telephone_level(espeak: EspeakSynthesizer) -> None:
    (speech,) = espeak.synthesize([SpeechRequest(SENTENCE)])
    assert speech.sample_rate_hz == 22_050
    assert speech.samples.dtype == np.float32
    assert speech.samples.ndim == 1
    assert float(np.max(np.abs(speech.samples))) <= 0.9
    assert 2_500 < speech.duration_ms < 5_500


def test_the_words_are_the_original_words_in_the_time_of_the_audio(
    espeak: EspeakSynthesizer,
) -> None:
    text = "I have 1847 W Ainslie St Apt 2 — right?"
    (speech,) = espeak.synthesize([SpeechRequest(text)])
    assert [word.text for word in speech.words] == text.split()
    assert all(word.start_ms <= word.end_ms for word in speech.words)
    ends = [word.end_ms for word in speech.words]
    assert ends == sorted(ends)
    assert ends[-1] == speech.duration_ms
    number = speech.words[2]
    assert number.end_ms - number.start_ms > 600


def test_a_word_begins_where_its_audio_begins(espeak: EspeakSynthesizer) -> None:
    alone, pair = espeak.synthesize([SpeechRequest("water"), SpeechRequest("Stop. Water.")])
    assert pair.words[1].start_ms > 300
    second = pair.samples[pair.words[1].start_ms * 22_050 // 1000 :]
    assert abs(len(second) - len(alone.samples)) < 0.15 * 22_050


def test_a_batch_comes_back_in_order(espeak: EspeakSynthesizer) -> None:
    texts = ["Yes.", SENTENCE, "Goodbye."]
    together = espeak.synthesize([SpeechRequest(text) for text in texts])
    for text, speech in zip(texts, together, strict=True):
        (alone,) = espeak.synthesize([SpeechRequest(text)])
        assert [word.text for word in speech.words] == text.split()
        assert alike(alone.samples, speech.samples) > 0.95


def test_speed_shortens_speech(espeak: EspeakSynthesizer) -> None:
    slow, fast = espeak.synthesize(
        [SpeechRequest(SENTENCE, speed=0.8), SpeechRequest(SENTENCE, speed=1.4)]
    )
    assert slow.duration_ms > 1.4 * fast.duration_ms


def test_voices_and_languages_differ(espeak: EspeakSynthesizer) -> None:
    female, male, kokoro_male, spanish = espeak.synthesize(
        [
            SpeechRequest("Hello", voice="female"),
            SpeechRequest("Hello", voice="male"),
            SpeechRequest("Hello", voice="am_adam"),
            SpeechRequest("Hola, son $189", language="es"),
        ]
    )
    assert pitch_hz(female.samples) > 150 > pitch_hz(male.samples)
    assert pitch_hz(kokoro_male.samples) < 150
    assert [word.text for word in spanish.words] == ["Hola,", "son", "$189"]


@pytest.mark.parametrize("text", ["", "   ", "...", "—", "\x00"])
def test_text_without_words_is_silent(espeak: EspeakSynthesizer, text: str) -> None:
    (speech,) = espeak.synthesize([SpeechRequest(text)])
    assert speech.duration_ms == 0
    assert speech.words == ()


@pytest.mark.parametrize(
    "request_",
    [
        SpeechRequest("Hello", voice="no such voice"),
        SpeechRequest("Hello", voice="../../etc/passwd"),
        SpeechRequest("Hello", language="xx"),
        SpeechRequest("Hello", speed=0.0),
        SpeechRequest("Hello", speed=float("nan")),
        SpeechRequest("a" * (LONGEST_TEXT + 1)),
    ],
)
def test_what_cannot_be_said_is_an_engine_error(
    espeak: EspeakSynthesizer, request_: SpeechRequest
) -> None:
    with pytest.raises(EngineError):
        espeak.synthesize([request_])


@pytest.mark.parametrize("text", ["[[h@lou]] <speak>hi</speak>", "日本語", "🚿 leak", "a\x01+20b"])
def test_markup_and_foreign_letters_are_only_text(espeak: EspeakSynthesizer, text: str) -> None:
    (speech,) = espeak.synthesize([SpeechRequest(text)])
    assert speech.duration_ms < 10_000


def test_threads_share_the_library_without_mixing_speech(espeak: EspeakSynthesizer) -> None:
    texts = ["One leak.", "Two drains are slow.", "Three toilets run all night long."] * 6
    alone = {text: espeak.synthesize([SpeechRequest(text)])[0] for text in set(texts)}
    with ThreadPoolExecutor(4) as threads:
        spoken = list(
            threads.map(
                lambda text: build(VoiceSettings()).synthesize([SpeechRequest(text)])[0], texts
            )
        )
    for text, speech in zip(texts, spoken, strict=True):
        assert [word.text for word in speech.words] == text.split()
        assert abs(speech.duration_ms - alone[text].duration_ms) <= 20
        assert alike(speech.samples, alone[text].samples) > 0.95


def test_an_unknown_default_voice_is_refused_at_the_start() -> None:
    with pytest.raises(EngineUnavailable, match="TTS_VOICE=nobody cannot be used"):
        build(VoiceSettings(tts_voice="nobody"))
