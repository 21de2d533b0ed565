"""`manage.py chat` and `manage.py evaluate` driven by a script, as another program would."""

import io
import json
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.voice.receptionist.calls import BUNDLED
from voice.receptionist import chat


def talk(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *lines: str
) -> list[dict[str, object]]:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    options = ["--json", "--caller-id", "+17735550128", "--now", "2026-11-24T10:15"]
    call_command("chat", "--fixture", str(BUNDLED), *options)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_booking_by_text_needs_no_database(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = talk(
        monkeypatch, capsys, "Bathroom sink drains slow, how much to clear it?",
        "ten nineteen west armitage avenue", "six oh six one four", "chris adeyemi", "yes",
        "the first one", "yes", "no that's all", "are you there",
    )  # fmt: skip
    assert len(answers) == 9
    greeting, price = answers[:2]
    assert "AI assistant" in str(greeting["reply"])
    assert set(greeting) == {
        "reply", "asked", "slots", "urgency", "intent", "job_type", "actions", "ended",
    }  # fmt: skip
    assert "from $189" in str(price["reply"])
    assert price["asked"] == "street"
    last = answers[-1]
    assert last["ended"] is True
    assert last["slots"] == {
        "name": "Chris Adeyemi", "phone": "+17735550128", "street": "1019 W Armitage Ave",
        "unit": None, "city": None, "zip": "60614",
        "problem": "Bathroom sink drains slow, how much to clear it?",
        "window": "Tue 2026-11-24 12:00-14:00",
    }  # fmt: skip
    assert (last["urgency"], last["intent"], last["job_type"]) == (
        "R", "price+booking", "drain_clear",
    )  # fmt: skip
    assert last["actions"] == ["faq_price", "book"]


def test_silence_is_asked_about_twice_and_then_ends_the_call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = talk(monkeypatch, capsys, "", "", "", "")
    assert [answer["ended"] for answer in answers] == [False, False, False, True]


def test_a_key_is_pressed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert talk(monkeypatch, capsys, "#0")[-1]["actions"] == ["transfer"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fixture", "/nowhere.json"], "cannot be read"),
        (["--fixture", str(BUNDLED), "--now", "noon"], "--now must be like"),
        (["--fixture", str(BUNDLED), "--caller-id", "12"], "--caller-id must be like"),
    ],
)
def test_a_wrong_option_is_explained_in_one_sentence(options: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("chat", *options)


def test_the_plain_program_answers_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("I smell gas\n"))
    assert chat.main(["--fixture", str(BUNDLED)]) == 0
    assert "Leave the building now" in capsys.readouterr().out
    assert chat.main(["--fixture", "/nowhere.json"]) == 2


def test_evaluate_writes_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "result.json"
    call_command("evaluate", str(BUNDLED), "--json", str(out))
    result = json.loads(out.read_text())
    assert result["emergency_recall"] == 1.0
    assert result["forbidden_claims"] == 0
    assert set(result["slot_accuracy"]) == {"phone", "zip", "street", "name"}
    assert {"id", "passed", "failures", "transcript"} <= set(result["results"][0])
    assert (tmp_path / "result.html").read_text().startswith("<!doctype html>")
    assert "all targets reached" in capsys.readouterr().out


def test_evaluate_fails_when_a_target_is_missed(tmp_path: Path) -> None:
    content = json.loads(BUNDLED.read_text())
    content["scenarios"] = [
        {"id": 1, "opening": "my sink is clogged", "facts": {}, "expect": {"urgency": "E0"}}
    ]
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(content))
    with pytest.raises(CommandError, match="emergency recall"):
        call_command("evaluate", str(file))
