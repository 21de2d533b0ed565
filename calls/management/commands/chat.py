"""manage.py chat: talk to the receptionist by text."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from voice.receptionist.calendar import upcoming_windows
from voice.receptionist.conversation import Conversation, Said, as_json
from voice.receptionist.dialogue import CallerPressed, CallerSaid, CallerSilent, Event, Scene
from voice.receptionist.rules import TenantRules, rules_from_fixture


class Command(BaseCommand):
    """The same brain as on the phone. A line is what the caller says; an empty one is silence.

    A fixture needs no database: windows come from its own pattern, nothing is stored.
    """

    help = "Talk to a tenant's receptionist by text, one line a turn."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--tenant", help="the slug of a stored tenant")
        source.add_argument("--fixture", type=Path, help="a file with a tenant_fixture instead")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")
        parser.add_argument("--caller-id", default="anonymous", help="E.164, or anonymous")
        parser.add_argument("--now", help="the moment of the call, ISO 8601")

    def handle(self, *args: Any, **options: Any) -> None:
        """Greet, then answer each line until the call or the input ends."""
        rules = _fixture(options["fixture"]) if options["fixture"] else None
        if rules is not None:
            now = _moment(options["now"], rules)
            scene = Scene(now, _number(options["caller_id"]), upcoming_windows(rules, now))
        else:
            rules, scene = _stored(options)
        conversation = Conversation(rules, scene)
        self._show(conversation.greeting, conversation, as_object=options["json"])
        for event in _events():
            said = conversation.hear(event)
            self._show(said, conversation, as_object=options["json"])
            if said.ended:
                return

    def _show(self, said: Said, conversation: Conversation, *, as_object: bool) -> None:
        if as_object:
            line = json.dumps(as_json(said, conversation.state), ensure_ascii=False)
        else:
            line = said.text
        self.stdout.write(line)
        self.stdout.flush()


def _events() -> Iterator[Event]:
    """What the caller does, line by line; "#5" is a key of the telephone."""
    silent = 0
    for raw in sys.stdin:
        line = raw.rstrip("\n")
        if not line.strip():
            silent += 1
            yield CallerSilent(silent)
            continue
        silent = 0
        if len(line) == 2 and line[0] == "#" and line[1] in "0123456789*#":
            yield CallerPressed(line[1])
        else:
            yield CallerSaid(line)


def _fixture(path: Path) -> TenantRules:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise CommandError(f"{path} cannot be read as a fixture: {error}") from error
    if not isinstance(content, dict):
        raise CommandError(f"{path} holds no object")
    try:
        return rules_from_fixture(content.get("tenant_fixture", content))
    except ValueError as error:
        raise CommandError(f"{path}: {error}") from error


def _moment(text: str | None, rules: TenantRules) -> datetime:
    """The moment of the call; without an offset it is the tenant's own time."""
    if not text:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--now must be like 2026-11-24T10:15, not {text!r}") from error
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(rules.timezone))


def _number(text: str) -> str | None:
    """The caller's number; None when it is withheld."""
    if text.lower() in ("anonymous", "blocked", "private", "none", ""):
        return None
    digits = "".join(character for character in text if character.isdecimal())
    if len(digits) == 10:
        return f"+1{digits}"
    if not text.startswith("+") or not 8 <= len(digits) <= 15:
        raise CommandError(f"--caller-id must be like +17735550121 or anonymous, not {text!r}")
    return f"+{digits}"


def _stored(options: dict[str, Any]) -> tuple[TenantRules, Scene]:
    """A stored tenant's rules, calendar and memory of the caller."""
    from calls.bookings import open_windows
    from tenants.context import tenant_context
    from tenants.models import Tenant
    from tenants.selectors import rules_for, tenant_by_slug

    try:
        tenant = tenant_by_slug(options["tenant"])
    except Tenant.DoesNotExist as error:
        raise CommandError(str(error)) from error
    if tenant.current_profile is None:
        raise CommandError(f"tenant {tenant.slug!r} has no receptionist profile yet")
    with tenant_context(tenant):
        rules = rules_for(tenant.current_profile)
    now = _moment(options["now"], rules)
    windows = open_windows(tenant_id=tenant.pk, rules=rules, now=now)
    return rules, Scene(now, _number(options["caller_id"]), windows)
