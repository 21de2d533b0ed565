"""Our log-mel features are those of the extractor the turn model was trained with."""

import numpy as np
import pytest
from transformers import WhisperFeatureExtractor

from voice.stt import RECOGNITION_HZ
from voice.turn_model import LISTENS_S, features


@pytest.mark.parametrize("seconds", [0.3, 2.0, 8.0, 11.5])
def test_features_equal_the_reference_to_five_decimals(seconds: float) -> None:
    """Shorter audio is padded in front first, and then scaled as a whole."""
    dice = np.random.default_rng(3)
    count = int(seconds * RECOGNITION_HZ)
    swell = np.sin(np.linspace(0.0, 9.0, count)) ** 2
    utterance = np.asarray(0.2 * dice.standard_normal(count) * swell, np.float32)
    wanted = LISTENS_S * RECOGNITION_HZ
    heard = utterance[-wanted:]
    whole = np.pad(heard, (wanted - len(heard), 0))
    reference = WhisperFeatureExtractor(chunk_length=LISTENS_S)(
        whole, sampling_rate=RECOGNITION_HZ, return_tensors="np", do_normalize=True
    ).input_features[0]
    assert features(utterance).shape == reference.shape == (80, 800)
    assert np.abs(features(utterance) - reference).max() < 1e-5
