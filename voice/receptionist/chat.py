"""The receptionist at a terminal, without Django: what `manage.py chat --fixture` runs.

Also by itself, which starts faster: `python -m voice.receptionist.chat --fixture FILE`.
"""

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from voice.receptionist.calendar import upcoming_windows
from voice.receptionist.conversation import Conversation, Said, as_json
from voice.receptionist.dialogue import CallerPressed, CallerSaid, CallerSilent, Event, Scene
from voice.receptionist.fixture import unknown_keys
from voice.receptionist.rules import TenantRules, rules_from_fixture

KEYS = "0123456789*#"
WITHHELD = ("anonymous", "blocked", "private", "none", "")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that set the scene, besides where the rules come from."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--caller-id", default="anonymous", help="E.164, or anonymous")
    parser.add_argument("--now", help="the moment of the call, ISO 8601")


def hold(
    rules: TenantRules, scene: Scene, lines: Iterable[str], out: TextIO, *, as_object: bool
) -> None:
    """Greet, then answer each line until the call or the input ends.

    A line is what the caller says; an empty one is silence, "#5" a key of the telephone. What
    comes after the end of the call is not read.
    """
    conversation = Conversation(rules, scene)
    _show(conversation.greeting, conversation, out, as_object=as_object)
    for event in _events(lines):
        said = conversation.hear(event)
        _show(said, conversation, out, as_object=as_object)
        if said.ended:
            return


def talk(rules: TenantRules, scene: Scene, *, as_object: bool) -> None:
    """Hold the conversation over this process' standard streams, in UTF-8, line by line.

    Bytes that are no UTF-8 are read as such; whoever stops listening or speaking ends it.
    """
    lines, out = sys.stdin, sys.stdout
    for stream in (lines, out):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        hold(rules, scene, lines or (), out, as_object=as_object)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())  # nothing is left to be flushed


def fixture_rules(path: Path, *, warn: Callable[[str], object] = lambda _: None) -> TenantRules:
    """The rules in a fixture file, or in a scenario file. Raises ValueError with one sentence.

    `warn` is told of keys that are not known.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} cannot be read as a fixture: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds no object")
    fixture = content.get("tenant_fixture", content)
    try:
        rules = rules_from_fixture(fixture)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    for sentence in unknown_keys(fixture):
        warn(f"{path}: {sentence}")
    return rules


def fixture_scene(rules: TenantRules, *, caller_id: str, now: str | None) -> Scene:
    """A scene with every window of the rules' own pattern free. Raises ValueError."""
    at = moment(now, rules)
    return Scene(at, number(caller_id), upcoming_windows(rules, at))


def moment(text: str | None, rules: TenantRules) -> datetime:
    """The moment of the call; without an offset it is the tenant's own time. Raises ValueError."""
    if not text:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"--now must be like 2026-11-24T10:15, not {text!r}") from error
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(rules.timezone))


def number(text: str) -> str | None:
    """The caller's number in E.164; None when it is withheld. Raises ValueError."""
    if text.lower() in WITHHELD:
        return None
    digits = "".join(character for character in text if character.isdecimal())
    if len(digits) == 10:
        return f"+1{digits}"
    if not text.startswith("+") or not 8 <= len(digits) <= 15:
        raise ValueError(f"--caller-id must be like +17735550121 or anonymous, not {text!r}")
    return f"+{digits}"


def main(arguments: Sequence[str]) -> int:
    """Hold a conversation over a fixture; 2 when the options are wrong."""
    parser = argparse.ArgumentParser(prog="chat", description="Talk to a receptionist by text.")
    parser.add_argument("--fixture", type=Path, required=True, help="a file with a tenant_fixture")
    add_arguments(parser)
    options = parser.parse_args(arguments)
    try:
        rules = fixture_rules(options.fixture, warn=lambda text: sys.stderr.write(f"{text}\n"))
        scene = fixture_scene(rules, caller_id=options.caller_id, now=options.now)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    talk(rules, scene, as_object=options.json)
    return 0


def _show(said: Said, conversation: Conversation, out: TextIO, *, as_object: bool) -> None:
    line = said.text
    if as_object:
        line = json.dumps(as_json(said, conversation.state), ensure_ascii=False)
    out.write(f"{line}\n")
    out.flush()


def _events(lines: Iterable[str]) -> Iterator[Event]:
    silent = 0
    for raw in lines:
        line = raw.rstrip("\r\n")
        if not line.strip():
            silent += 1
            yield CallerSilent(silent)
            continue
        silent = 0
        is_key = len(line) == 2 and line[0] == "#" and line[1] in KEYS
        yield CallerPressed(line[1]) if is_key else CallerSaid(line)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
