"""Kokoro's residual blocks for rows of unequal length: what each layer needs to be told."""

from typing import Any, Final

import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

HALF_SQRT: Final = 2.0**-0.5


class Rows:
    """The lengths of a padded batch's rows at one rate, and masks made from them."""

    def __init__(self, lengths: Tensor, longest: int | None = None) -> None:
        self.lengths = lengths
        self.longest = int(lengths.max()) if longest is None else longest
        clock = torch.arange(self.longest, device=lengths.device)
        self.mask = clock[None] < lengths[:, None]
        """True on a row's own positions: [B, longest]."""

    def scaled(self, factor: int, extra: int = 0) -> "Rows":
        """The same rows at `factor` times the rate, `extra` positions longer."""
        return Rows(self.lengths * factor + extra, self.longest * factor + extra)

    def zeroed(self, x: Tensor) -> Tensor:
        """x [B, C, L] with 0 behind each row's end."""
        return x.masked_fill(~self.mask[:, None, : x.shape[-1]], 0.0)

    def recur(self, network: Any, x: Tensor) -> Tensor:
        """A recurrent network over x [B, L, C], each row to its own end."""
        packed = pack_padded_sequence(x, self.lengths.cpu(), batch_first=True, enforce_sorted=False)
        output, _ = network(packed)
        padded: Tensor
        padded, _ = pad_packed_sequence(output, batch_first=True, total_length=self.longest)
        return padded


def adain(layer: Any, x: Tensor, style: Tensor, rows: Rows) -> Tensor:
    """Adaptive instance norm with each row's own mean and variance, 0 behind its end."""
    mask = rows.mask[:, None].to(x.dtype)
    count = rows.lengths[:, None, None].to(x.dtype)
    mean = (x * mask).sum(dim=-1, keepdim=True) / count
    centred = (x - mean) * mask
    variance = centred.square().sum(dim=-1, keepdim=True) / count
    norm = layer.norm
    normal = centred * torch.rsqrt(variance + norm.eps)
    normal = normal * norm.weight[None, :, None] + norm.bias[None, :, None]
    gamma, beta = layer.fc(style)[:, :, None].chunk(2, dim=1)
    return rows.zeroed((1 + gamma) * normal + beta)


def masked_block(block: Any, x: Tensor, style: Tensor, rows: Rows) -> tuple[Tensor, Rows]:
    """`kokoro.istftnet.AdainResBlk1d`; the rows are twice as long where it upsamples."""
    upsamples = block.upsample_type != "none"
    out_rows = rows.scaled(2) if upsamples else rows
    residual = block.actv(adain(block.norm1, x, style, rows))
    if upsamples:
        residual = out_rows.zeroed(block.pool(residual))
    residual = block.conv1(residual)
    residual = block.actv(adain(block.norm2, residual, style, out_rows))
    residual = block.conv2(residual)
    shortcut = block.upsample(x)
    if block.learned_sc:
        shortcut = block.conv1x1(shortcut)
    return out_rows.zeroed((residual + shortcut) * HALF_SQRT), out_rows


def masked_residual(block: Any, x: Tensor, style: Tensor, rows: Rows) -> Tensor:
    """`kokoro.istftnet.AdaINResBlock1`: three dilated convolutions with Snake activations."""
    x = rows.zeroed(x)
    layers = zip(
        block.convs1,
        block.convs2,
        block.adain1,
        block.adain2,
        block.alpha1,
        block.alpha2,
        strict=True,
    )
    for conv1, conv2, norm1, norm2, alpha1, alpha2 in layers:
        inner = conv1(_snake(adain(norm1, x, style, rows), alpha1))
        inner = conv2(_snake(adain(norm2, inner, style, rows), alpha2))
        x = rows.zeroed(x + inner)
    return x


def _snake(x: Tensor, alpha: Tensor) -> Tensor:
    return x + torch.sin(alpha * x).square() / alpha
