"""Kokoro's batch against Kokoro itself, and the engine around it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from scripts.tiny_models import kokoro as tiny
from voice.config import VoiceSettings
from voice.errors import EngineError, EngineUnavailable
from voice.tts import SpeechRequest, SpeechSynthesizer
from voice.tts.kokoro import without_weight_norm
from voice.tts.kokoro_batch import SAMPLES_PER_FRAME, KokoroBatch
from voice.tts.kokoro_phonemes import Pronouncer
from voice.tts.registry import build_synthesizer

TOKENS = (3, 9, 5, 2, 7, 1, 13)
SPEEDS = (1.0, 1.3, 0.8, 1.2, 1.1, 2.0, 0.9)


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The model in float64, with one fixed table in place of the noise of its excitation."""
    torch.set_default_dtype(torch.float64)
    generator = torch.Generator().manual_seed(3)
    noise = torch.randn(1, SAMPLES_PER_FRAME * 200, 9, generator=generator)
    phases = torch.rand(9, generator=generator)
    monkeypatch.setattr(
        torch, "randn_like", lambda x: noise[:, : x.shape[1], : x.shape[2]].expand_as(x).clone()
    )
    monkeypatch.setattr(
        torch, "rand", lambda rows, width, device=None: phases[:width].expand(rows, width).clone()
    )
    try:
        model = tiny.build().double()
        transform = model.decoder.generator.stft
        transform.window = transform.window.double()
        yield model
    finally:
        torch.set_default_dtype(torch.float32)


def _sentences(model: Any) -> tuple[list[list[int]], torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    rows = [
        [0, *torch.randint(1, len(model.vocab), (n,), generator=generator).tolist(), 0]
        for n in TOKENS
    ]
    return rows, 0.2 * torch.randn(len(rows), 256, generator=generator)


def test_batch_of_unequal_lengths_and_speeds_equals_one_by_one(exact: Any) -> None:
    rows, styles = _sentences(exact)

    together, frames = KokoroBatch(exact)(rows, styles, SPEEDS)

    for row, style, speed, audio, durations in zip(
        rows, styles, SPEEDS, together, frames, strict=True
    ):
        alone, own = exact.forward_with_tokens(torch.tensor([row]), style[None], speed)
        assert torch.equal(durations, own.reshape(-1))
        assert audio.shape == alone.shape
        assert float((audio - alone).abs().max()) <= 1e-8
    assert len({len(audio) for audio in together}) >= 6


def test_folding_in_the_weight_norms_changes_nothing(exact: Any) -> None:
    rows, styles = _sentences(exact)
    before, _ = KokoroBatch(exact)(rows[:2], styles[:2], SPEEDS[:2])

    after, _ = KokoroBatch(without_weight_norm(exact))(rows[:2], styles[:2], SPEEDS[:2])

    assert not [name for name, _ in exact.named_parameters() if name.endswith("weight_g")]
    for one, other in zip(before, after, strict=True):
        assert float((one - other).abs().max()) <= 1e-8


@pytest.fixture(scope="module")
def engine(tiny_kokoro: Path) -> SpeechSynthesizer:
    return build_synthesizer(_settings(tiny_kokoro))


def _settings(place: Path, voice: str = "") -> VoiceSettings:
    return VoiceSettings(
        tts_engine="kokoro", tts_model=str(place), tts_voice=voice, tts_device="cpu"
    )


def test_each_request_is_spoken_with_its_own_words_timed(engine: SpeechSynthesizer) -> None:
    requests = [
        SpeechRequest("Call 555-0142."),
        SpeechRequest("Yes.", voice="male", speed=1.5),
        SpeechRequest("  "),
    ]

    spoken = engine.synthesize(requests)

    assert [[word.text for word in speech.words] for speech in spoken] == [
        ["Call", "555-0142."],
        ["Yes."],
        [],
    ]
    assert [speech.sample_rate_hz for speech in spoken] == [24_000] * 3
    assert [len(speech.samples) % SAMPLES_PER_FRAME for speech in spoken] == [0, 0, 0]
    assert spoken[2].duration_ms == 0
    for speech in spoken[:2]:
        assert speech.samples.dtype == np.float32
        assert 0 < speech.words[0].start_ms < speech.words[-1].end_ms <= speech.duration_ms


def test_faster_speech_is_shorter(engine: SpeechSynthesizer) -> None:
    slow, fast = engine.synthesize(
        [SpeechRequest("Good morning.", speed=0.6), SpeechRequest("Good morning.", speed=1.8)]
    )

    assert fast.duration_ms < slow.duration_ms


def test_text_longer_than_the_model_takes_is_cut_at_a_word(
    engine: SpeechSynthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice.tts.kokoro.LONGEST_PHONEMES", 12)

    (spoken,) = engine.synthesize([SpeechRequest("one two three four")])

    assert [word.text for word in spoken.words] == ["one", "two", "three", "four"]
    assert [
        a.end_ms <= b.start_ms for a, b in zip(spoken.words, spoken.words[1:], strict=False)
    ] == [
        True,
        True,
        True,
    ]


def test_voice_may_be_a_file(tiny_kokoro: Path, engine: SpeechSynthesizer) -> None:
    path = str(tiny_kokoro / "voices" / "am_michael.pt")

    (spoken,) = engine.synthesize([SpeechRequest("Yes.", voice=path)])

    assert spoken.duration_ms > 0


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (SpeechRequest("Hi.", voice="nobody"), "no voice 'nobody'.*af_heart, am_michael"),
        (SpeechRequest("Hi.", voice="../../etc/passwd"), "no voice"),
        (SpeechRequest("Hi.", language="fr"), "speaks en and es here, not 'fr'"),
        (SpeechRequest("Hi.", speed=0.0), "cannot speak at speed 0.0"),
    ],
)
def test_request_that_cannot_be_spoken_says_why(
    engine: SpeechSynthesizer, request_: SpeechRequest, message: str
) -> None:
    with pytest.raises(EngineError, match=message):
        engine.synthesize([request_])


def test_unknown_default_voice_is_refused_at_start(tiny_kokoro: Path) -> None:
    with pytest.raises(EngineUnavailable, match=r"TTS_VOICE=nobody"):
        build_synthesizer(_settings(tiny_kokoro, "nobody"))


def test_missing_weights_name_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))

    with pytest.raises(EngineUnavailable, match=r"run `manage.py fetch_models kokoro`"):
        build_synthesizer(VoiceSettings(tts_engine="kokoro", tts_device="cpu"))


def test_folder_without_weights_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match=r"no config.json and .pth file"):
        build_synthesizer(_settings(tmp_path))


def test_pronunciation_is_the_dictionary_s_and_follows_its_neighbours() -> None:
    pronounce = Pronouncer(set(tiny.SYMBOLS))

    assert pronounce("Thanks for calling Acme Plumbing.", "en").text == (
        "θˈæŋks fɔɹ kˈɔlɪŋ ˈækmi plˈʌmɪŋ."
    )
    verb, noun = pronounce("We record it", "en").text, pronounce("The record", "en").text
    assert (verb.split()[1], noun.split()[1]) == ("ɹəkˈɔɹd", "ɹˈɛkəɹd")
    assert [word for word, _ in pronounce("Hola, señor", "es").words] == ["Hola,", "señor"]
