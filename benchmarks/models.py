"""Recognition and synthesis at growing batch sizes, beside the packages' own one-by-one ways.

    .venv-models/bin/python -m benchmarks.models --device cpu|cuda [--full-size] [--json]

The architectures are the true ones (small by default, their true size with --full-size), the
weights are random, so speed is measured and quality is not. Utterances are 2 s of noise; the
recogniser's blank is biased until it emits about as many tokens a second as English does.
Prints {"device", "name", "full_size", "versions", "stt", "tts", "ratios"}: for each batch size
milliseconds per second of audio (best of --repeats), speed-up over one by one in the same run,
and the peak of GPU memory in MiB. On a CPU the milliseconds are processor time, so that a busy
machine does not change them. `transcribe` is NeMo's own call, `stock` Kokoro's own model.
"""

import argparse
import gc
import json
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from scripts.tiny_models import kokoro, parakeet
from voice.stt import RECOGNITION_HZ, RecognitionRequest
from voice.stt.parakeet import ParakeetRecognizer
from voice.tts.kokoro import without_weight_norm
from voice.tts.kokoro_batch import SAMPLE_RATE_HZ, KokoroBatch

UTTERANCE_S = 2.0
TOKENS_PER_S = 4.0
PHONEMES = 30
SENTENCE_FRAMES = 80
"""Two seconds of speech at 25 ms a frame."""


def main() -> None:
    options = _options()
    torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    report: dict[str, Any] = {
        "device": options.device,
        "name": torch.cuda.get_device_name() if device.type == "cuda" else "cpu",
        "full_size": options.full_size,
        "versions": {name: version(name) for name in ("torch", "nemo_toolkit", "kokoro")},
        "stt": _recognition(device, options),
        "tts": _synthesis(device, options),
    }
    report["ratios"] = {
        "stt_best_over_one_by_one": max(row["speed_up"] for row in report["stt"]["batches"]),
        "stt_best_over_transcribe": _over(report["stt"], "transcribe"),
        "tts_best_over_one_by_one": max(row["speed_up"] for row in report["tts"]["batches"]),
        "tts_best_over_stock": _over(report["tts"], "stock"),
    }
    if options.json:
        print(json.dumps(report))
    else:
        _print(report)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--full-size", action="store_true", help="0.6B and 82M parameters")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32, 64])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1, help="of torch on a CPU")
    parser.add_argument("--json", action="store_true", help="one JSON object, nothing else")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("there is no CUDA device here: use --device cpu, or check `nvidia-smi`")
    return options


def _recognition(device: torch.device, options: argparse.Namespace) -> dict[str, Any]:
    size = parakeet.FULL if options.full_size else parakeet.TINY
    with tempfile.TemporaryDirectory() as folder:
        model = parakeet.build(size, parakeet.write_tokenizer(Path(folder)))
        parameters = sum(weights.numel() for weights in model.parameters())
        engine = ParakeetRecognizer(model, device)
        rng = np.random.default_rng(1)
        samples = 0.1 * rng.standard_normal((64, int(UTTERANCE_S * RECOGNITION_HZ)))
        requests = [RecognitionRequest(row.astype(np.float32)) for row in samples]
        _bias_blank(model, engine, requests[:16])

        def ours(count: int) -> float:
            engine.transcribe(requests[:count])
            return count * UTTERANCE_S

        def transcribe(count: int) -> float:
            audio = [request.samples for request in requests[:count]]
            model.transcribe(audio, batch_size=count, verbose=False)
            return count * UTTERANCE_S

        batches = _measured(ours, device, options)
        own = _measured(transcribe, device, options)
        engine.close()
    _forget()
    return {"parameters": parameters, "batches": batches, "transcribe": own}


def _bias_blank(model: Any, engine: ParakeetRecognizer, requests: list[RecognitionRequest]) -> None:
    """Random weights emit nothing or everything: find the bias between, by halving."""
    bias = model.joint.joint_net[-1].bias
    blank = model.joint.num_classes_with_blank - len(parakeet.DURATIONS) - 1
    low, high = -5.0, 15.0
    with torch.no_grad():
        for _ in range(12):
            middle = (low + high) / 2
            bias[blank] = middle
            emitted = sum(len(heard.y_sequence) for heard in engine._hypotheses(requests))
            if emitted > TOKENS_PER_S * UTTERANCE_S * len(requests):
                low = middle
            else:
                high = middle


def _synthesis(device: torch.device, options: argparse.Namespace) -> dict[str, Any]:
    model = kokoro.build(full_size=options.full_size).to(device)
    parameters = sum(weights.numel() for weights in model.parameters())
    generator = torch.Generator().manual_seed(2)
    rows = torch.randint(1, len(model.vocab), (64, PHONEMES), generator=generator)
    tokens = [[0, *row.tolist(), 0] for row in rows]
    styles = (0.2 * torch.randn(64, 256, generator=generator)).to(device)
    _, frames = KokoroBatch(model)(tokens[:1], styles[:1], [1.0])
    speed = max(1.0, int(frames[0].sum()) / SENTENCE_FRAMES)

    def stock(count: int) -> float:
        seconds = 0.0
        for row, style in zip(tokens[:count], styles[:count], strict=True):
            ids = torch.tensor([row], device=device)
            audio, _ = model.forward_with_tokens(ids, style[None], speed)
            seconds += int(audio.shape[-1]) / SAMPLE_RATE_HZ
        return seconds

    def batched(count: int) -> float:
        audio, _ = batch(tokens[:count], styles[:count], [speed] * count)
        samples = sum(len(row) for row in audio)
        return samples / SAMPLE_RATE_HZ

    own = _measured(stock, device, options, sizes=options.batches[:1])
    batch = KokoroBatch(without_weight_norm(model))
    batches = _measured(batched, device, options)
    _forget()
    return {"parameters": parameters, "batches": batches, "stock": own}


def _measured(
    run: Callable[[int], float],
    device: torch.device,
    options: argparse.Namespace,
    sizes: list[int] | None = None,
) -> list[dict[str, Any]]:
    """A row for each batch size; `run` returns the seconds of audio it went through."""
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    rows: list[dict[str, Any]] = []
    for count in sizes or options.batches:
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        costs = []
        for repeat in range(options.repeats + 1):
            _wait(device)
            began = clock()
            seconds = run(count)
            _wait(device)
            if repeat:  # the first is warm-up
                costs.append((clock() - began) * 1000 / seconds)
        cost = min(costs)
        peak = torch.cuda.max_memory_allocated() >> 20 if device.type == "cuda" else None
        first: float = rows[0]["ms_per_audio_s"] if rows else cost
        rows.append(
            {
                "batch": count,
                "ms_per_audio_s": round(cost, 2),
                "speed_up": round(first / cost, 2),
                "vram_mib": peak,
            }
        )
    return rows


def _over(part: dict[str, Any], own: str) -> float:
    """How much faster our best batch is than the package's best own way."""
    ours: float = min(row["ms_per_audio_s"] for row in part["batches"])
    theirs: float = min(row["ms_per_audio_s"] for row in part[own])
    return round(theirs / ours, 2)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def _forget() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _print(report: dict[str, Any]) -> None:
    print(f"{report['name']}, {'full size' if report['full_size'] else 'small'}, random weights")
    for part, own in (("stt", "transcribe"), ("tts", "stock")):
        print(f"\n{part}, {report[part]['parameters'] / 1e6:.2f}M parameters")
        print("  batch   ms per audio second   speed-up   GPU memory")
        for label, rows in (("ours", report[part]["batches"]), (own, report[part][own])):
            for row in rows:
                memory = "-" if row["vram_mib"] is None else f"{row['vram_mib']} MiB"
                print(
                    f"  {row['batch']:>5}   {row['ms_per_audio_s']:>19.2f}"
                    f"   {row['speed_up']:>7.2f}x   {memory:>10}   {label}"
                )
    print("\n" + "\n".join(f"{name}: {value}x" for name, value in report["ratios"].items()))


if __name__ == "__main__":
    main()
