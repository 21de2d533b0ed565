"""A tiny ONNX model written byte by byte: sigmoid(mean of its input), in place of a real one.

Field numbers are those of onnx.proto3; the onnx package is none of ours.
"""

from pathlib import Path

FLOAT = 1
INTS = 7


def write_model(path: Path, *, inputs: int = 1, bins: int = 80, sigmoid: bool = True) -> Path:
    """A model of that many [batch, bins, 800] inputs; only the first one is used."""
    last = _node("Sigmoid", "mean", "answer") if sigmoid else _node("Neg", "mean", "answer")
    axes = _text(1, "axes") + _number(8, 1) + _number(8, 2) + _number(20, INTS)
    keep = _text(1, "keepdims") + _number(3, 0) + _number(20, 2)
    mean = _node("ReduceMean", "features", "mean") + _part(5, axes) + _part(5, keep)
    names = ["features", *(f"more{number}" for number in range(1, inputs))]
    graph = (
        _part(1, mean)
        + _part(1, last)
        + _text(2, "graph")
        + b"".join(_part(11, _value(name, [None, bins, 800])) for name in names)
        + _part(12, _value("answer", [None]))
    )
    model = _number(1, 8) + _part(7, graph) + _part(8, _number(2, 13))
    path.write_bytes(model)
    return path


def _node(operator: str, source: str, target: str) -> bytes:
    return _text(1, source) + _text(2, target) + _text(4, operator)


def _value(name: str, shape: list[int | None]) -> bytes:
    sizes = (_text(2, "batch") if size is None else _number(1, size) for size in shape)
    tensor = _number(1, FLOAT) + _part(2, b"".join(_part(1, size) for size in sizes))
    return _text(1, name) + _part(2, _part(1, tensor))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _part(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, text: str) -> bytes:
    return _part(field, text.encode())


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
