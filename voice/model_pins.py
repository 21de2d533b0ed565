"""The weights we run: one immutable revision each, and the size and SHA-256 of every file."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a model."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelPin:
    """A model's repository at one commit, and the files of it that we use."""

    name: str
    repo: str
    revision: str
    licence: str
    files: tuple[WeightFile, ...]

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


PINS: Final[Mapping[str, ModelPin]] = MappingProxyType(
    {
        "parakeet": ModelPin(
            name="parakeet",
            repo="nvidia/parakeet-tdt-0.6b-v2",
            revision="ae9ad07059c7c739ffaf932226a8fe64ae2620b0",
            licence="CC-BY-4.0",
            files=(
                WeightFile(
                    "parakeet-tdt-0.6b-v2.nemo",
                    2_472_222_720,
                    "d99e39955c9d3d0350d8fb7c75e40c64a2b2eaeb003883d7c941fd2e8747b28c",
                ),
            ),
        ),
        "qwen": ModelPin(
            name="qwen",
            repo="Qwen/Qwen2.5-0.5B-Instruct",
            revision="7ae557604adf67be50417f59c2c2f167def9a775",
            licence="Apache-2.0",
            files=(
                WeightFile(
                    "config.json",
                    659,
                    "18e18afcaccafade98daf13a54092927904649e1dd4eba8299ab717d5d94ff45",
                ),
                WeightFile(
                    "generation_config.json",
                    242,
                    "e558847a8b4402616f1273797b015104dc266fe4b520056fca88823ba8f8ebe6",
                ),
                WeightFile(
                    "merges.txt",
                    1_671_839,
                    "599bab54075088774b1733fde865d5bd747cbcc7a547c5bc12610e874e26f5e3",
                ),
                WeightFile(
                    "model.safetensors",
                    988_097_824,
                    "fdf756fa7fcbe7404d5c60e26bff1a0c8b8aa1f72ced49e7dd0210fe288fb7fe",
                ),
                WeightFile(
                    "tokenizer.json",
                    7_031_645,
                    "c0382117ea329cdf097041132f6d735924b697924d6f6fc3945713e96ce87539",
                ),
                WeightFile(
                    "tokenizer_config.json",
                    7_305,
                    "5b5d4f65d0acd3b2d56a35b56d374a36cbc1c8fa5cf3b3febbbfabf22f359583",
                ),
                WeightFile(
                    "vocab.json",
                    2_776_833,
                    "ca10d7e9fb3ed18575dd1e277a2579c16d108e32f27439684afa0e10b1440910",
                ),
            ),
        ),
        "kokoro": ModelPin(
            name="kokoro",
            repo="hexgrad/Kokoro-82M",
            revision="f3ff3571791e39611d31c381e3a41a3af07b4987",
            licence="Apache-2.0",
            files=(
                WeightFile(
                    "config.json",
                    2_351,
                    "5abb01e2403b072bf03d04fde160443e209d7a0dad49a423be15196b9b43c17f",
                ),
                WeightFile(
                    "kokoro-v1_0.pth",
                    327_212_226,
                    "496dba118d1a58f5f3db2efc88dbdc216e0483fc89fe6e47ee1f2c53f18ad1e4",
                ),
                WeightFile(
                    "voices/af_heart.pt",
                    523_425,
                    "0ab5709b8ffab19bfd849cd11d98f75b60af7733253ad0d67b12382a102cb4ff",
                ),
                WeightFile(
                    "voices/af_bella.pt",
                    523_425,
                    "8cb64e02fcc8de0327a8e13817e49c76c945ecf0052ceac97d3081480e8e48d6",
                ),
                WeightFile(
                    "voices/af_nova.pt",
                    523_420,
                    "e0233676ddc21908c37a1f102f6b88a59e4e5c1bd764983616eb9eda629dbcd2",
                ),
                WeightFile(
                    "voices/af_sarah.pt",
                    523_425,
                    "49bd364ea3be9eb3e9685e8f9a15448c4883112a7c0ff7ab139fa4088b08cef9",
                ),
                WeightFile(
                    "voices/am_adam.pt",
                    523_420,
                    "ced7e284aba12472891be1da3ab34db84cc05cc02b5889535796dbf2d8b0cb34",
                ),
                WeightFile(
                    "voices/am_fenrir.pt",
                    523_430,
                    "98e507eca1db08230ae3b6232d59c10aec9630022d19accac4f5d12fcec3c37a",
                ),
                WeightFile(
                    "voices/am_michael.pt",
                    523_435,
                    "9a443b79a4b22489a5b0ab7c651a0bcd1a30bef675c28333f06971abbd47bd37",
                ),
                WeightFile(
                    "voices/am_puck.pt",
                    523_420,
                    "dd1d8973f4ce4b7d8ae407c77a435f485dabc052081b80ea75c4f30b84f36223",
                ),
            ),
        ),
        "whisper": ModelPin(
            name="whisper",
            repo="Systran/faster-whisper-small.en",
            revision="d1d751a5f8271d482d14ca55d9e2deeebbae577f",
            licence="MIT",
            files=(
                WeightFile(
                    "config.json",
                    2_657,
                    "666a9605530ac1f61fa8177f3702b4dacec9966749e42610839fcc32661d5fae",
                ),
                WeightFile(
                    "model.bin",
                    483_545_366,
                    "62b2a45b05ee59acb4a5341b33ee35e041395d378d418a18acfe4c9e768ee37a",
                ),
                WeightFile(
                    "tokenizer.json",
                    2_128_466,
                    "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
                ),
                WeightFile(
                    "vocabulary.txt",
                    422_309,
                    "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
                ),
            ),
        ),
    }
)
