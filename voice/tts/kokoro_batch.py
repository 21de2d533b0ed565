"""Kokoro for several sentences at once, sample for sample what it says one by one.

Kokoro's own forward takes one sentence: its alignment, its recurrent layers, its instance norms
and its Fourier transforms all see the whole time axis, so plain padding would change every
sentence but the longest. Here each layer is told how long each row is. Statistics are taken over
a row's own frames, recurrences run on packed rows, everything behind a row's end is zero before
each convolution (as it is behind the end of a sentence alone), the excitation's spectrum is
reflected at each row's own end, and the overlap-add has each row's own envelope.

Rates, for a row of F alignment frames (25 ms): text T, frames F, prosody 2F, generator 20F and
120F + 1, samples 600F at 24 kHz.
"""

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional

from voice.tts.kokoro_layers import Rows, masked_block, masked_residual

SAMPLE_RATE_HZ: Final = 24_000
SAMPLES_PER_FRAME: Final = 600


class KokoroBatch:
    """Runs a `kokoro.KModel` on many sentences. Keeps the model, changes nothing in it."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __call__(
        self, tokens: Sequence[Sequence[int]], styles: Tensor, speeds: Sequence[float]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Audio [600·F] and frames per token [T] of each sentence, on the model's device.

        `tokens` are vocabulary ids with the leading and the trailing 0; `styles` is [B, 256].
        """
        with torch.no_grad():
            return self._speak(tokens, styles, speeds)

    def _speak(
        self, tokens: Sequence[Sequence[int]], styles: Tensor, speeds: Sequence[float]
    ) -> tuple[list[Tensor], list[Tensor]]:
        ids, lengths = self._padded(tokens)
        text = Rows(lengths)
        decoding, prosody = styles[:, :128], styles[:, 128:]
        encoded = self._encode(ids, text)
        spread = self._model.predictor.text_encoder(encoded, prosody, lengths, ~text.mask)
        durations = self._durations(spread, text, speeds)
        places, frames = _alignment(durations)
        curves = self._prosody(_spread(spread.transpose(1, 2), places, frames), prosody, frames)
        words = self._model.text_encoder(ids, lengths, ~text.mask)
        mel = self._decode(_spread(words, places, frames), *curves, decoding, frames)
        audio = self._generate(mel, curves[0], decoding, frames)
        samples = (frames.lengths * SAMPLES_PER_FRAME).tolist()
        return (
            [row[:count] for row, count in zip(audio, samples, strict=True)],
            [row[: len(own)] for row, own in zip(durations, tokens, strict=True)],
        )

    def _padded(self, tokens: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        device = self._model.device
        lengths = torch.tensor([len(row) for row in tokens], device=device)
        ids = torch.zeros(len(tokens), int(lengths.max()), dtype=torch.long, device=device)
        for row, values in enumerate(tokens):
            ids[row, : len(values)] = torch.tensor(values, device=device)
        return ids, lengths

    def _encode(self, ids: Tensor, text: Rows) -> Tensor:
        hidden = self._model.bert(ids, attention_mask=text.mask.int())
        encoded: Tensor = self._model.bert_encoder(hidden).transpose(1, 2)
        return encoded

    def _durations(self, spread: Tensor, text: Rows, speeds: Sequence[float]) -> Tensor:
        """Frames each token lasts [B, T]; 0 behind a row's end."""
        hidden = text.recur(self._model.predictor.lstm, spread)
        pace = torch.tensor(speeds, device=hidden.device, dtype=hidden.dtype)
        seconds = torch.sigmoid(self._model.predictor.duration_proj(hidden)).sum(dim=-1)
        frames = torch.round(seconds / pace[:, None]).clamp(min=1).long()
        return frames * text.mask

    def _prosody(self, spread: Tensor, style: Tensor, frames: Rows) -> tuple[Tensor, Tensor]:
        """Pitch and energy [B, 2F], 0 behind a row's end."""
        predictor = self._model.predictor
        shared = frames.recur(predictor.shared, spread.transpose(1, 2)).transpose(1, 2)
        curves = []
        for blocks, projection in (
            (predictor.F0, predictor.F0_proj),
            (predictor.N, predictor.N_proj),
        ):
            x, rows = shared, frames
            for block in blocks:
                x, rows = masked_block(block, x, style, rows)
            curves.append(rows.zeroed(projection(x)).squeeze(1))
        return curves[0], curves[1]

    def _decode(
        self, words: Tensor, pitch: Tensor, energy: Tensor, style: Tensor, frames: Rows
    ) -> Tensor:
        decoder = self._model.decoder
        pitch_in = decoder.F0_conv(pitch[:, None])
        energy_in = decoder.N_conv(energy[:, None])
        x, rows = masked_block(
            decoder.encode, torch.cat([words, pitch_in, energy_in], dim=1), style, frames
        )
        residual = decoder.asr_res(words)
        for block in decoder.decode:
            if rows is frames:
                x = torch.cat([x, residual, pitch_in, energy_in], dim=1)
            x, rows = masked_block(block, x, style, rows)
        return x

    def _generate(self, x: Tensor, pitch: Tensor, style: Tensor, frames: Rows) -> Tensor:
        """Samples [B, 600·F], garbage behind a row's end."""
        generator = self._model.decoder.generator
        source = self._excitation(pitch, frames)
        rows = frames.scaled(2)
        last = generator.num_upsamples - 1
        for stage, upsample in enumerate(generator.ups):
            stride = int(upsample.stride[0])
            upsampled = upsample(rows.zeroed(functional.leaky_relu(x, 0.1)))
            rows = rows.scaled(stride, extra=1 if stage == last else 0)
            if stage == last:
                upsampled = generator.reflection_pad(upsampled)
            excited = masked_residual(
                generator.noise_res[stage], generator.noise_convs[stage](source), style, rows
            )
            x = upsampled + excited
            count = generator.num_kernels
            blocks = generator.resblocks[stage * count : (stage + 1) * count]
            total = masked_residual(blocks[0], x, style, rows)
            for block in blocks[1:]:
                total = total + masked_residual(block, x, style, rows)
            x = total / count
        return self._waveform(rows.zeroed(functional.leaky_relu(x)), rows)

    def _excitation(self, pitch: Tensor, frames: Rows) -> Tensor:
        """Magnitude and phase of the harmonic source [B, 22, 120F + 1], 0 behind a row's end."""
        generator, transform = self._model.decoder.generator, self._model.decoder.generator.stft
        upsampled = generator.f0_upsamp(pitch[:, None]).transpose(1, 2)
        harmonic, _, _ = generator.m_source(upsampled)
        half = transform.filter_length // 2
        reflected = _reflect(harmonic.squeeze(-1), frames.lengths * SAMPLES_PER_FRAME, half)
        spectrum = torch.stft(
            reflected,
            transform.filter_length,
            transform.hop_length,
            transform.win_length,
            window=transform.window.to(reflected),
            center=False,
            return_complex=True,
        )
        hops = SAMPLES_PER_FRAME // transform.hop_length
        rows = frames.scaled(hops, extra=1)
        return rows.zeroed(torch.cat([spectrum.abs(), spectrum.angle()], dim=1))

    def _waveform(self, x: Tensor, rows: Rows) -> Tensor:
        """Inverse transform by overlap-add; window and envelope end where the row ends."""
        generator, transform = self._model.decoder.generator, self._model.decoder.generator.stft
        size, hop = transform.filter_length, transform.hop_length
        x = generator.conv_post(x)
        bins = size // 2 + 1
        magnitude, phase = torch.exp(x[:, :bins]), torch.sin(x[:, bins:])
        window = transform.window.to(x)
        pieces = torch.fft.irfft(torch.polar(magnitude, phase), n=size, dim=1)
        pieces = rows.zeroed(pieces * window[:, None])
        weights = rows.zeroed((window**2)[None, :, None].expand_as(pieces))
        length = (x.shape[-1] - 1) * hop + size
        added, envelope = _overlap_add(pieces, hop, length), _overlap_add(weights, hop, length)
        safe = torch.where(envelope > 1e-11, envelope, torch.ones_like(envelope))
        return (added / safe)[:, size // 2 : length - size // 2]


def _alignment(durations: Tensor) -> tuple[Tensor, Rows]:
    """For each frame the token it belongs to [B, F], and the rows of frames."""
    ends = durations.cumsum(dim=1)
    frames = Rows(ends[:, -1])
    clock = torch.arange(frames.longest, device=durations.device).expand(len(durations), -1)
    places = torch.searchsorted(ends, clock.contiguous(), right=True)
    return places.clamp(max=durations.shape[1] - 1), frames


def _spread(x: Tensor, places: Tensor, frames: Rows) -> Tensor:
    """x [B, C, T] at each frame's token: [B, C, F], 0 behind a row's end."""
    return frames.zeroed(x.gather(2, places[:, None, :].expand(-1, x.shape[1], -1)))


def _reflect(x: Tensor, lengths: Tensor, pad: int) -> Tensor:
    """x [B, L] with `pad` samples mirrored before each row's start and after each row's end."""
    clock = torch.arange(-pad, x.shape[1] + pad, device=x.device)
    last = (lengths - 1)[:, None]
    mirrored = last - (clock[None] - last).abs()
    inside = torch.where(clock[None] > last, mirrored, clock[None].abs())
    return x.gather(1, inside.clamp(min=0))


def _overlap_add(pieces: Tensor, hop: int, length: int) -> Tensor:
    """pieces [B, N, frames] laid down every `hop` samples: [B, length]."""
    folded = functional.fold(
        pieces, output_size=(1, length), kernel_size=(1, pieces.shape[1]), stride=(1, hop)
    )
    return folded[:, 0, 0]
