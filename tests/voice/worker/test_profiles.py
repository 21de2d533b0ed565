"""Profiles as data: the built-in ones say where they come from, files round-trip, errors speak."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from voice.profiles import built_in_profiles, load_profile, save_profile


def test_the_built_in_cards_say_where_each_figure_comes_from() -> None:
    assert built_in_profiles() == ("a4000", "h100", "l4")
    for name in built_in_profiles():
        profile = load_profile(name)
        assert profile.name == name
        assert profile.modelled
        parts = (profile.recognition, profile.synthesis, profile.reply, profile.contention)
        assert all(len(part.source) > 20 for part in parts)


def test_the_a4000_costs_what_the_analysis_measured() -> None:
    profile = load_profile("a4000")
    assert profile.recognition.cost.batch_s(2.0) == pytest.approx(0.066)
    assert profile.synthesis.cost.batch_s(2.4) == pytest.approx(0.100, abs=0.001)
    assert profile.reply.first_sentence_ms == 22.0


def test_a_profile_survives_its_file(tmp_path: Path) -> None:
    profile = replace(load_profile("l4"), name="here", versions={"torch": "2.13.0"})
    path = tmp_path / "new" / "here.json"
    save_profile(profile, path)
    assert load_profile(str(path)) == profile
    assert [found.name for found in path.parent.iterdir()] == ["here.json"]


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no profile 'b200'.*a4000, h100, l4"):
        load_profile("b200")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"format": 2}, '"format" must be 1'),
        ({"surprise": True}, "surprise"),
        ({"reply": {}}, "missing"),
    ],
)
def test_a_file_that_is_no_profile_says_what_is_wrong(
    tmp_path: Path, change: dict[str, object], complaint: str
) -> None:
    path = tmp_path / "p.json"
    save_profile(load_profile("a4000"), path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ValueError, match=complaint):
        load_profile(str(path))


@pytest.mark.parametrize("figure", [-1.0, 0.0])
def test_a_lane_cannot_cost_nothing_or_less(tmp_path: Path, figure: float) -> None:
    profile = load_profile("a4000")
    lane = replace(profile.recognition, fixed_ms=figure, per_audio_second_ms=0.0)
    save_profile(replace(profile, recognition=lane), tmp_path / "p.json")
    with pytest.raises(ValueError, match="parakeet"):
        load_profile(str(tmp_path / "p.json"))


def test_broken_json_is_named_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "half.json"
    path.write_text('{"format": 1,')
    with pytest.raises(ValueError, match=r"half\.json cannot be used"):
        load_profile(str(path))
