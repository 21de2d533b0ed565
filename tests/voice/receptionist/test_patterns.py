"""The pattern language of the data files."""

import pytest

from voice.receptionist.understanding.patterns import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("smell .. gas", " i smell a bit of gas ", True),
        ("smell .. gas", " i smell a b c d e gas ", False),
        ("(burst|broke) pipe", " a burst pipe ", True),
        ("leak*", " it leaked ", True),
        ("^ gas$", " gas ", True),
        ("^ gas$", " gas heater ", False),
        ("(my|) dog$", " a dog ", True),
        ("{who} (is (very|) ill)", " she is ill ", True),
    ],
)
def test_a_pattern_finds_what_it_says(pattern: str, text: str, matches: bool) -> None:
    assert bool(compile_pattern(pattern, {"who": "he|she"}).search(text)) is matches


@pytest.mark.parametrize("pattern", ["(a", "a)", "(a (b)"])
def test_brackets_have_to_match(pattern: str) -> None:
    with pytest.raises(ValueError, match="bracket"):
        compile_pattern(pattern, {})
