"""`manage.py chat` and `manage.py evaluate` driven by a script, as another program would."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.voice.receptionist.calls import BUNDLED, HARBOR
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


FIXTURE = json.loads(BUNDLED.read_text())["tenant_fixture"]


class Driver:
    """Another program that talks to `manage.py chat` a line at a time."""

    def __init__(self, *options: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "chat", "--json", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        )

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())  # type: ignore[no-any-return]

    def say(self, line: bytes) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        return self.answer()

    def end(self) -> tuple[int, str]:
        """Close its input; how it ended and what it complained of."""
        _, error = self.process.communicate(timeout=20)
        return self.process.returncode, error.decode()


def test_each_line_is_answered_before_the_next_one_is_sent() -> None:
    driver = Driver("--fixture", str(BUNDLED), "--caller-id", "anonymous")
    assert driver.answer()["ended"] is False
    assert driver.say(b"my toilet keeps running")["asked"] == "street"
    assert driver.say(b"1847 west ainslie street")["slots"]["street"] == "1847 W Ainslie St"
    assert driver.end() == (0, "")


@pytest.mark.parametrize("environment", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}])
def test_any_bytes_are_answered_whatever_the_terminals_encoding(
    environment: dict[str, str],
) -> None:
    driver = Driver("--fixture", str(BUNDLED), PYTHONUTF8="0", **environment)
    driver.answer()
    assert driver.say(b"\xff\xfe\x80 \xed\xa0\x80")["asked"] == "problem"
    spanish = driver.say(b"hola, huele a gas en la cocina")
    assert "¿" in spanish["reply"]
    assert driver.end() == (0, "")


def test_a_driver_that_stops_listening_ends_the_call_quietly() -> None:
    driver = Driver("--fixture", str(BUNDLED))
    driver.answer()
    assert driver.process.stdout is not None
    driver.process.stdout.close()
    assert driver.process.stdin is not None
    driver.process.stdin.write(b"hello\nhello\n")
    driver.process.stdin.close()
    assert driver.process.wait(timeout=20) == 0
    assert driver.process.stderr is not None
    assert driver.process.stderr.read() == b""


def test_no_input_at_all_is_a_call_that_is_only_greeted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert chat.main(["--json", "--fixture", str(BUNDLED)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize("content", [FIXTURE, {"tenant_fixture": FIXTURE, "scenarios": []}])
def test_a_fixture_stands_alone_or_in_a_scenario_file(
    tmp_path: Path, content: dict[str, Any]
) -> None:
    file = tmp_path / "fixture.json"
    file.write_text(json.dumps(content))
    warnings: list[str] = []
    assert chat.fixture_rules(file, warn=warnings.append).business_name == "Harbor Plumbing"
    assert warnings == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"hours": "always"}, "tenant_fixture.hours must be an object, not 'always'"),
        ({"hours": {"sometimes": "8-9"}}, "tenant_fixture.hours names no weekday: 'sometimes'"),
        ({"recording": "no"}, "tenant_fixture.recording must be true or false, not 'no'"),
        ({"services": {"x": {"book": "yes"}}}, "tenant_fixture.services.x.book must be true or"),
        ({"services": {"x": {"price": []}}}, "tenant_fixture.services.x.price must be text"),
        ({"services": []}, "tenant_fixture.services must be an object"),
        ({"tz": "Mars/Olympus"}, "tenant_fixture.tz is no timezone: 'Mars/Olympus'"),
        ({"languages": "en"}, "tenant_fixture.languages must be a list of texts"),
        ({"business": 7}, "tenant_fixture.business must be text, not 7"),
    ],
)
def test_a_wrong_fixture_is_refused_with_the_key_that_is_wrong(
    tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    file = tmp_path / "fixture.json"
    file.write_text(json.dumps(FIXTURE | change))
    with pytest.raises(ValueError, match=re.escape(sentence)):
        chat.fixture_rules(file)


@pytest.mark.parametrize("content", [b"\xff\xff", b"[" * 50_000, b"[]", b"{"])
def test_a_file_that_is_no_fixture_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "fixture.json"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"fixture\.json"):
        chat.fixture_rules(file)


def test_a_misspelt_key_is_ignored_with_a_word_about_it(tmp_path: Path) -> None:
    file = tmp_path / "fixture.json"
    file.write_text(json.dumps({"business": "Acme", "servces": {}, "qwertz": 1}))
    driver = Driver("--fixture", str(file))
    assert "Acme" in driver.answer()["reply"]
    assert driver.end() == (
        0,
        f"{file}: tenant_fixture.servces is unknown and ignored; did you mean 'services'?\n"
        f"{file}: tenant_fixture.qwertz is unknown and ignored\n",
    )


@pytest.mark.parametrize(
    ("now", "at"),
    [
        ("2026-11-24T10:15", "2026-11-24T10:15:00-06:00"),
        ("2026-11-24T10:15Z", "2026-11-24T10:15:00+00:00"),
        ("2026-11-24T10:15:30+01:00", "2026-11-24T10:15:30+01:00"),
    ],
)
def test_a_moment_without_a_zone_is_the_tenants_own(now: str, at: str) -> None:
    assert chat.moment(now, HARBOR).isoformat() == at


def test_evaluate_by_text_needs_no_django(capsys: pytest.CaptureFixture[str]) -> None:
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "manage.py", "evaluate", "/nowhere.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert "/nowhere.json cannot be read as a scenario file" in told.stderr
    assert "django" not in told.stderr


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
