"""What fits a schema and what does not."""

import pytest

from voice.errors import EngineError
from voice.llm.json_schema import misfit, parsed

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": ["string", "null"]},
        "urgency": {"enum": ["E0", "R"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "count": {"type": "integer"},
    },
    "required": ["urgency"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "value",
    [
        {"urgency": "R"},
        {"urgency": "E0", "name": None, "tags": ["a"], "count": 3},
        {"urgency": "E0", "name": "Ann", "tags": []},
    ],
)
def test_value_that_fits_has_no_misfit(value: object) -> None:
    assert misfit(value, SCHEMA) == ""


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([], "$ is list, not object"),
        ({}, "$.urgency is missing"),
        ({"urgency": "X"}, "$.urgency is 'X', not one of ['E0', 'R']"),
        ({"urgency": "R", "name": 4}, "$.name is int, not string or null"),
        ({"urgency": "R", "tags": ["a", 1]}, "$.tags[1] is int, not string"),
        ({"urgency": "R", "count": True}, "$.count is bool, not integer"),
        ({"urgency": "R", "other": 1}, "$ has other"),
    ],
)
def test_misfit_names_the_place(value: object, problem: str) -> None:
    assert misfit(value, SCHEMA) == problem


def test_text_that_is_no_json_is_an_engine_error() -> None:
    with pytest.raises(EngineError, match="vllm gave no JSON"):
        parsed("Sure! {", SCHEMA, engine="vllm")


def test_json_that_is_no_object_is_an_engine_error() -> None:
    with pytest.raises(EngineError, match="not an object"):
        parsed("[]", {}, engine="vllm")
