"""The part of JSON Schema that extraction uses: enough to say whether an object fits."""

import json
from collections.abc import Mapping
from typing import Final

from voice.errors import EngineError

TYPES: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def parsed(text: str, schema: Mapping[str, object], *, engine: str) -> Mapping[str, object]:
    """The object that `text` holds. Raises EngineError when it is none or does not fit."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise EngineError(f"{engine} gave no JSON ({error}): {text[:80]!r}") from error
    problem = misfit(value, schema)
    if problem or not isinstance(value, dict):
        raise EngineError(f"{engine} gave JSON that does not fit: {problem or 'not an object'}")
    return value


def misfit(value: object, schema: Mapping[str, object], place: str = "$") -> str:
    """What is wrong with the value, with its place; empty when it fits."""
    kinds = types_of(schema)
    if kinds and not any(_is(value, kind) for kind in kinds):
        return f"{place} is {type(value).__name__}, not {' or '.join(kinds)}"
    options = schema.get("enum")
    if isinstance(options, list) and value not in options:
        return f"{place} is {value!r}, not one of {options}"
    if isinstance(value, dict):
        return _object_misfit(value, schema, place)
    items = schema.get("items")
    if isinstance(value, list) and isinstance(items, Mapping):
        for index, item in enumerate(value):
            if problem := misfit(item, items, f"{place}[{index}]"):
                return problem
    return ""


def types_of(schema: Mapping[str, object]) -> tuple[str, ...]:
    """The types the schema allows; empty for any."""
    kind = schema.get("type")
    if isinstance(kind, str):
        return (kind,)
    return tuple(kind) if isinstance(kind, list) else ()


def properties_of(schema: Mapping[str, object]) -> Mapping[str, Mapping[str, object]]:
    """The schema of each property."""
    found = schema.get("properties")
    return found if isinstance(found, Mapping) else {}


def _object_misfit(value: Mapping[str, object], schema: Mapping[str, object], place: str) -> str:
    known = properties_of(schema)
    required = schema.get("required")
    for name in required if isinstance(required, list) else []:
        if name not in value:
            return f"{place}.{name} is missing"
    if schema.get("additionalProperties") is False and set(value) - set(known):
        return f"{place} has {', '.join(sorted(set(value) - set(known)))}"
    for name, inner in known.items():
        if name in value and (problem := misfit(value[name], inner, f"{place}.{name}")):
            return problem
    return ""


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, TYPES.get(kind, (object,)))
