"""Parakeet-TDT in small and in its true size, with random weights, and a trained tone-word model.

The architecture is the published one of Parakeet-TDT 0.6B v2: FastConformer encoder with 8-fold
subsampling, LSTM prediction network, token-and-duration joint with durations 0 to 4.
"""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import sentencepiece
import torch
from nemo.collections.asr.models import EncDecRNNTBPEModel
from omegaconf import OmegaConf

from scripts.tiny_models.tones import NAMES, SAMPLE_RATE_HZ, Clip, random_clip

DURATIONS: Final = (0, 1, 2, 3, 4)
FRAME_S: Final = 0.08
"""One encoder frame: 10 ms features, subsampled 8 times."""


@dataclass(frozen=True, slots=True)
class Size:
    """The widths that set an architecture's cost."""

    layers: int
    width: int
    heads: int
    conv_channels: int
    mels: int
    prediction: int
    prediction_layers: int
    joint: int


TINY: Final = Size(1, 32, 2, 16, 32, 32, 1, 32)
TONE: Final = Size(2, 64, 4, 24, 40, 32, 1, 64)
FULL: Final = Size(24, 1024, 8, 256, 128, 640, 2, 640)


def write_tokenizer(folder: Path, vocabulary: int = 64) -> Path:
    """A SentencePiece model over the tone words in `folder`, as NeMo wants it."""
    folder.mkdir(parents=True, exist_ok=True)
    sentences = [" ".join(random.Random(n).choices(NAMES, k=6)) for n in range(400)]  # noqa: S311
    (folder / "text.txt").write_text("\n".join(sentences), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.Train(
        input=str(folder / "text.txt"),
        model_prefix=str(folder / "tokenizer"),
        vocab_size=vocabulary,
        model_type="bpe",
        bos_id=-1,
        eos_id=-1,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
    names = [pieces.id_to_piece(index) for index in range(pieces.get_piece_size())]
    (folder / "vocab.txt").write_text(
        "\n".join(name.replace("▁", "##") for name in names), encoding="utf-8"
    )
    return folder


def build(size: Size, tokenizer: Path, *, seed: int = 0) -> Any:
    """A randomly initialised model of that size, in evaluation mode."""
    torch.manual_seed(seed)
    model = EncDecRNNTBPEModel(cfg=OmegaConf.create(_config(size, tokenizer)), trainer=None)
    return model.eval()


def _config(size: Size, tokenizer: Path) -> dict[str, Any]:
    joint_net = {"joint_hidden": size.joint, "activation": "relu", "dropout": 0.0}
    greedy = {"max_symbols": 10}
    return {
        "sample_rate": SAMPLE_RATE_HZ,
        "compute_eval_loss": False,
        "model_defaults": {
            "enc_hidden": size.width,
            "pred_hidden": size.prediction,
            "joint_hidden": size.joint,
            "tdt_durations": list(DURATIONS),
            "num_tdt_durations": len(DURATIONS),
        },
        "tokenizer": {"dir": str(tokenizer), "type": "bpe"},
        "preprocessor": {
            "_target_": "nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor",
            "sample_rate": SAMPLE_RATE_HZ,
            "normalize": "per_feature",
            "window_size": 0.025,
            "window_stride": 0.01,
            "window": "hann",
            "features": size.mels,
            "n_fft": 512,
            "dither": 1e-5,
            "pad_to": 0,
        },
        "encoder": {
            "_target_": "nemo.collections.asr.modules.ConformerEncoder",
            "feat_in": size.mels,
            "feat_out": -1,
            "n_layers": size.layers,
            "d_model": size.width,
            "use_bias": False,
            "subsampling": "dw_striding",
            "subsampling_factor": 8,
            "subsampling_conv_channels": size.conv_channels,
            "ff_expansion_factor": 4,
            "self_attention_model": "rel_pos",
            "n_heads": size.heads,
            "att_context_size": [-1, -1],
            "xscaling": False,
            "conv_kernel_size": 9,
            "conv_norm_type": "batch_norm",
            "dropout": 0.0,
            "dropout_pre_encoder": 0.0,
            "dropout_emb": 0.0,
            "dropout_att": 0.0,
        },
        "decoder": {
            "_target_": "nemo.collections.asr.modules.RNNTDecoder",
            "normalization_mode": None,
            "random_state_sampling": False,
            "blank_as_pad": True,
            "prednet": {
                "pred_hidden": size.prediction,
                "pred_rnn_layers": size.prediction_layers,
                "t_max": None,
                "dropout": 0.0,
            },
        },
        "joint": {
            "_target_": "nemo.collections.asr.modules.RNNTJoint",
            "log_softmax": None,
            "preserve_memory": False,
            "fuse_loss_wer": False,
            "num_extra_outputs": len(DURATIONS),
            "jointnet": {**joint_net, "encoder_hidden": size.width, "pred_hidden": size.prediction},
        },
        "decoding": {
            "strategy": "greedy_batch",
            "model_type": "tdt",
            "durations": list(DURATIONS),
            "greedy": greedy,
            "beam": {"beam_size": 2},
        },
        "loss": {
            "loss_name": "tdt",
            "tdt_kwargs": {"fastemit_lambda": 0.0, "durations": list(DURATIONS), "sigma": 0.02},
        },
        "optim": {"name": "adamw", "lr": 1e-3},
    }


def train_tone_words(tokenizer: Path, *, steps: int = 900, batch: int = 16, seed: int = 7) -> Any:
    """A model that transcribes the tone words: about three minutes on two cores.

    The words' places are known, so the transducer's sum over alignments is not needed: each
    encoder frame gets one target token (a word's piece at its centre, else blank) and one target
    duration (frames to the next event), trained by cross-entropy. Reproducible by seed.
    """
    torch.set_num_threads(1)  # batches this small only lose by a second thread
    model = build(TONE, tokenizer, seed=seed)
    model.preprocessor.featurizer.dither = 0.0
    rng = np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    model.train()
    for _ in range(steps):
        loss = _alignment_loss(model, [random_clip(rng) for _ in range(batch)])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model.eval()


def _alignment_loss(model: Any, clips: list[Clip]) -> torch.Tensor:
    lengths = torch.tensor([len(clip.samples) for clip in clips])
    audio = torch.zeros(len(clips), int(lengths.max()))
    for row, clip in enumerate(clips):
        audio[row, : len(clip.samples)] = torch.from_numpy(clip.samples)
    features, feature_lengths = model.preprocessor(input_signal=audio, length=lengths)
    encoded, encoded_lengths = model.encoder(audio_signal=features, length=feature_lengths)
    events = [_events(model, clip) for clip in clips]
    most = max((len(row) for row in events), default=0)
    tokens = torch.zeros(len(clips), most, dtype=torch.long)
    for row, items in enumerate(events):
        tokens[row, : len(items)] = torch.tensor([token for _, token in items], dtype=torch.long)
    state, _, _ = model.decoder(
        targets=tokens, target_length=torch.tensor([len(r) for r in events])
    )
    rows, frames, states, labels, durations = [], [], [], [], []
    for row, items in enumerate(events):
        for frame, emitted, label, duration in _targets(
            items, int(encoded_lengths[row]), model.joint.num_classes_with_blank - 6
        ):
            rows.append(row)
            frames.append(frame)
            states.append(emitted)
            labels.append(label)
            durations.append(duration)
    heard = encoded.transpose(1, 2)[rows, frames]
    said = state.transpose(1, 2)[rows, states]
    logits = _joint(model, heard, said)
    tokens_loss = torch.nn.functional.cross_entropy(
        logits[:, : -len(DURATIONS)], torch.tensor(labels)
    )
    duration_loss = torch.nn.functional.cross_entropy(
        logits[:, -len(DURATIONS) :], torch.tensor(durations)
    )
    return tokens_loss + 0.3 * duration_loss


def _joint(model: Any, heard: torch.Tensor, said: torch.Tensor) -> torch.Tensor:
    """The joint network on matched pairs [n, width]; NeMo's own forward takes the full grid."""
    joint = model.joint
    merged: torch.Tensor = joint.joint_net(joint.enc(heard) + joint.pred(said))
    return merged


def _events(model: Any, clip: Clip) -> list[tuple[int, int]]:
    """(frame, token) of each piece of each word; further pieces follow in the next frames."""
    events: list[tuple[int, int]] = []
    for word, centre in zip(clip.words, clip.centres_s, strict=True):
        first = round(centre / FRAME_S)
        for offset, token in enumerate(model.tokenizer.text_to_ids(word)):
            frame = first + offset
            if events and frame <= events[-1][0]:
                frame = events[-1][0] + 1
            events.append((frame, token))
    return events


def _targets(
    events: list[tuple[int, int]], frames: int, blank: int
) -> list[tuple[int, int, int, int]]:
    """(frame, tokens said so far, label, duration) for every frame of a clip."""
    out = []
    places = {frame: (index, token) for index, (frame, token) in enumerate(events)}
    for frame in range(frames):
        said = sum(1 for place, _ in events if place < frame)
        index, label = places.get(frame, (said, blank))
        upcoming = next((place for place, _ in events if place > frame), frame + DURATIONS[-1])
        duration = min(DURATIONS[-1], upcoming - frame)
        out.append((frame, index, label, duration))
    return out
