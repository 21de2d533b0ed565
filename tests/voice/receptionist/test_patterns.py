"""The pattern language of the data files."""

import pytest

from voice.receptionist.understanding.patterns import PatternBook, compile_pattern


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


def test_a_book_finds_what_each_of_its_patterns_would() -> None:
    patterns = [compile_pattern(text, {}) for text in ("smell .. gas", "leak*", "*", "(my|) dog$")]
    book = PatternBook(patterns)
    for text in (" i smell a bit of gas ", " it leaked on my dog ", " gas and smell ", " "):
        assert book.possible(text) == {p for p in patterns if p.is_possible(text)}
        assert {p for p in patterns if p.search(text)} <= book.possible(text)
