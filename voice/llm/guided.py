"""Filling a JSON schema with a model that knows nothing of schemas, one place at a time.

The braces and names are ours; the model chooses among options by likelihood and writes only
the values, so what comes out always parses and fits.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

import torch

from voice.errors import EngineError
from voice.llm.json_schema import properties_of, types_of

LONGEST_VALUE: Final = 24
"""Tokens in one string."""

MOST_ITEMS: Final = 8
DIGITS: Final = "0123456789"


class GuidedJson:
    """Fills schemas by greedy choice. Not thread-safe: made for one extraction."""

    def __init__(self, model: Any, tokenizer: Any, *, max_tokens: int) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._left = max_tokens
        self._stop = threading.Event()

    def fill(
        self, schema: Mapping[str, object], prompt: Sequence[int], stop: threading.Event
    ) -> str:
        """JSON text that fits the schema. Raises EngineError when stopped."""
        self._stop = stop
        with torch.inference_mode():
            return self._value(schema, list(prompt), "")

    def _value(self, schema: Mapping[str, object], prompt: list[int], so_far: str) -> str:
        """`so_far` with one more value at its end."""
        if self._stop.is_set():
            raise EngineError("The extraction was stopped.")
        options = schema.get("enum")
        if isinstance(options, list):
            return so_far + self._choose(prompt, so_far, [json.dumps(item) for item in options])
        kinds = list(types_of(schema)) or ["string"]
        if "null" in kinds and len(kinds) > 1:
            kinds.remove("null")
            if self._choose(prompt, so_far, ["null", _opening(kinds[0])]) == "null":
                return so_far + "null"
        kind = kinds[0]
        if kind == "object":
            return self._object(schema, prompt, so_far)
        if kind == "array":
            return self._array(schema, prompt, so_far)
        if kind == "boolean":
            return so_far + self._choose(prompt, so_far, ["true", "false"])
        if kind in {"integer", "number"}:
            return so_far + self._digits(prompt, so_far)
        if kind == "null":
            return so_far + "null"
        return so_far + self._string(prompt, so_far)

    def _object(self, schema: Mapping[str, object], prompt: list[int], so_far: str) -> str:
        so_far += "{"
        for index, (name, inner) in enumerate(properties_of(schema).items()):
            so_far += f"{', ' if index else ''}{json.dumps(name)}: "
            so_far = self._value(inner, prompt, so_far)
        return so_far + "}"

    def _array(self, schema: Mapping[str, object], prompt: list[int], so_far: str) -> str:
        items = schema.get("items")
        inner = items if isinstance(items, Mapping) else {}
        so_far += "["
        for index in range(MOST_ITEMS):
            more = _opening((*types_of(inner), "string")[0])
            if self._left <= 0 or self._choose(prompt, so_far, ["]", more]) == "]":
                break
            so_far = self._value(inner, prompt, so_far + (", " if index else ""))
        return so_far + "]"

    def _choose(self, prompt: list[int], so_far: str, options: Sequence[str]) -> str:
        """The likeliest option, by mean log-probability of its tokens."""
        before = prompt + self._encode(so_far)
        scores = []
        for option in options:
            ids = self._encode(option)
            logits = self._logits(before + ids)[-len(ids) - 1 : -1].log_softmax(dim=-1)
            scores.append(float(logits[range(len(ids)), ids].mean()))
        return options[max(range(len(options)), key=scores.__getitem__)]

    def _string(self, prompt: list[int], so_far: str) -> str:
        ids = prompt + self._encode(so_far + '"')
        start = len(ids)
        for _ in range(min(LONGEST_VALUE, max(0, self._left))):
            ids.append(int(self._logits(ids)[-1].argmax()))
            self._left -= 1
            if set(self._tokenizer.decode(ids[start:])) & {'"', "\n"}:
                break
            if ids[-1] in self._tokenizer.all_special_ids:
                break
        text = self._tokenizer.decode(ids[start:], skip_special_tokens=True)
        return json.dumps(text.split('"')[0].split("\n")[0].strip(), ensure_ascii=False)

    def _digits(self, prompt: list[int], so_far: str) -> str:
        """A whole number of at most six digits; the model says when it ends."""
        number = self._choose(prompt, so_far, list(DIGITS))
        while number != "0" and len(number) < 6:
            following = self._choose(prompt, so_far + number, [*DIGITS, ","])
            if following == ",":
                break
            number += following
        return number

    def _logits(self, ids: list[int]) -> Any:
        tensor = torch.tensor([ids], device=self._model.device)
        return self._model(input_ids=tensor).logits[0].float()

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids


def _opening(kind: str) -> str:
    """How a value of that type begins."""
    return {"object": "{", "array": "[", "string": '"', "boolean": "t"}.get(kind, "1")
