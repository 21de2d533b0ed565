"""Kokoro with random weights: in small for tests, in its true size for benchmarks."""

import tempfile
from pathlib import Path
from typing import Any, Final

import torch
from kokoro import KModel

SYMBOLS: Final = (
    ';:,.!?—…"()“” ̃ʣʥʦʨᵝꭧAIOQSTWYᵊabcdefhijklmnopqrstuvwxyzɑɐ'
    "ɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ↓→↗↘ᵻ"
)
"""The phoneme alphabet of Kokoro 1.0; ids here are our own, as the weights are random."""


def config(*, full_size: bool) -> dict[str, Any]:
    """The published configuration, or one with narrow layers and the same shape."""
    wide = full_size
    return {
        "istftnet": {
            "upsample_kernel_sizes": [20, 12],
            "upsample_rates": [10, 6],
            "gen_istft_hop_size": 5,
            "gen_istft_n_fft": 20,
            "resblock_dilation_sizes": [[1, 3, 5]] * (3 if wide else 1),
            "resblock_kernel_sizes": [3, 7, 11] if wide else [3],
            "upsample_initial_channel": 512,
        },
        "dim_in": 64,
        "dropout": 0.2,
        "hidden_dim": 512,
        "max_conv_dim": 512,
        "max_dur": 50 if wide else 6,
        "multispeaker": True,
        "n_layer": 3 if wide else 1,
        "n_mels": 80,
        "n_token": 178,
        "style_dim": 128,
        "text_encoder_kernel_size": 5,
        "plbert": {
            "hidden_size": 768 if wide else 32,
            "num_attention_heads": 12 if wide else 2,
            "intermediate_size": 2048 if wide else 64,
            "max_position_embeddings": 512,
            "num_hidden_layers": 12 if wide else 2,
            "dropout": 0.1,
        },
        "vocab": {symbol: index + 1 for index, symbol in enumerate(SYMBOLS)},
    }


def build(*, full_size: bool = False, seed: int = 0) -> Any:
    """A `kokoro.KModel` with random weights, in evaluation mode."""
    torch.manual_seed(seed)
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.pth"
        torch.save({}, empty)
        model = KModel(
            repo_id="hexgrad/Kokoro-82M", config=config(full_size=full_size), model=str(empty)
        )
    return model.eval()
