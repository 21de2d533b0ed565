"""manage.py chat: talk to a tenant's receptionist by text."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from voice.receptionist import chat
from voice.receptionist.dialogue import Scene
from voice.receptionist.rules import TenantRules


class Command(BaseCommand):
    """The same brain as on the phone. A line is what the caller says; an empty one is silence.

    A fixture needs no database. Nothing is booked, sent or stored.
    """

    help = "Talk to a tenant's receptionist by text, one line a turn."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--tenant", help="the slug of a stored tenant")
        source.add_argument("--fixture", type=Path, help="a file with a tenant_fixture instead")
        chat.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Greet, then answer each line until the call or the input ends."""
        try:
            rules, scene = _from_fixture(options) if options["fixture"] else _stored(options)
        except ValueError as error:
            raise CommandError(str(error)) from error
        chat.talk(rules, scene, as_object=options["json"])


def _from_fixture(options: dict[str, Any]) -> tuple[TenantRules, Scene]:
    rules = chat.fixture_rules(options["fixture"], warn=lambda text: sys.stderr.write(f"{text}\n"))
    scene = chat.fixture_scene(rules, caller_id=options["caller_id"], now=options["now"])
    return rules, scene


def _stored(options: dict[str, Any]) -> tuple[TenantRules, Scene]:
    """A stored tenant's rules, calendar, and what it knows of the number that calls."""
    from calls.bookings import bookings_of_number, memory_of_number, open_windows
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
    now = chat.moment(options["now"], rules)
    caller_id = chat.number(options["caller_id"])
    scene = Scene(
        now=now,
        caller_id=caller_id,
        open_windows=open_windows(tenant_id=tenant.pk, rules=rules, now=now),
        bookings=bookings_of_number(tenant_id=tenant.pk, number=caller_id or "", now=now),
        memory=memory_of_number(tenant_id=tenant.pk, number=caller_id or ""),
    )
    return rules, scene
