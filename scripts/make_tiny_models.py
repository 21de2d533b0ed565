"""Make the small models that the model tests use: random ones in seconds, tone words in minutes.

    python scripts/make_tiny_models.py [--out var/models] [parakeet tone-words qwen …]

What is there already is kept. `tone-words` is trained (two to four minutes on two cores); the
others have random weights. All are reproducible by seed.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from voice.audio import float_to_int16, write_wav

CLIPS: Final = {
    "bip-zap": ("bip", "zap"),
    "hum-clik-dot": ("hum", "clik", "dot"),
    "tock-whir-ping-bip": ("tock", "whir", "ping", "bip"),
}


def main() -> None:
    """Parse the command line and make what is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MAKERS))
    parser.add_argument("--out", type=Path, default=Path("var/models"))
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(MAKERS)
    if unknown:
        parser.error(f"no model is called {', '.join(sorted(unknown))}: {', '.join(MAKERS)}")
    for name in arguments.names or MAKERS:
        path = make(name, arguments.out)
        sys.stdout.write(f"{name}: {path}\n")


def make(name: str, out: Path) -> Path:
    """The model's file or folder under `out`, made if it is not there."""
    out.mkdir(parents=True, exist_ok=True)
    return MAKERS[name](out)


def _parakeet(out: Path) -> Path:
    from scripts.tiny_models import parakeet

    path = out / "parakeet-tiny.nemo"
    if not path.exists():
        tokenizer = parakeet.write_tokenizer(out / "tokenizer")
        _save(parakeet.build(parakeet.TINY, tokenizer), path)
    return path


def _tone_words(out: Path) -> Path:
    from scripts.tiny_models import parakeet

    path = out / "tone-words.nemo"
    if not path.exists():
        tokenizer = parakeet.write_tokenizer(out / "tokenizer")
        _save(parakeet.train_tone_words(tokenizer), path)
    return path


def _save(model: object, path: Path) -> None:
    """Under another name first: an interrupted run leaves no half model."""
    part = path.with_name(f"part-{path.name}")
    model.save_to(str(part))  # type: ignore[attr-defined]
    part.replace(path)


def _qwen(out: Path) -> Path:
    from scripts.tiny_models import qwen

    folder = out / "qwen-tiny"
    return folder if (folder / "model.safetensors").exists() else qwen.write(folder)


def _kokoro(out: Path) -> Path:
    import json

    import torch

    from scripts.tiny_models import kokoro

    folder = out / "kokoro-tiny"
    if not (folder / "kokoro-v1_0.pth").exists():
        (folder / "voices").mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(kokoro.config(full_size=False)))
        for seed, voice in enumerate(("af_heart", "am_michael")):
            generator = torch.Generator().manual_seed(seed)
            style = 0.2 * torch.randn(510, 1, 256, generator=generator)
            torch.save(style, folder / "voices" / f"{voice}.pt")
        torch.save({}, folder / "kokoro-v1_0.pth")
    return folder


def _whisper(out: Path) -> Path:
    from scripts.tiny_models import whisper

    folder = out / "whisper-tiny"
    return folder if (folder / "model.bin").exists() else whisper.write(folder)


def _clips(out: Path) -> Path:
    from scripts.tiny_models.tones import by_telephone, say

    folder = out / "tone-clips"
    folder.mkdir(parents=True, exist_ok=True)
    for name, words in CLIPS.items():
        samples = by_telephone(say(words, gap_s=0.12))
        write_wav(folder / f"{name}.wav", float_to_int16(samples), 16_000)
    return folder


MAKERS: Final[dict[str, Callable[[Path], Path]]] = {
    "parakeet": _parakeet,
    "tone-words": _tone_words,
    "qwen": _qwen,
    "kokoro": _kokoro,
    "whisper": _whisper,
    "clips": _clips,
}

if __name__ == "__main__":
    main()
