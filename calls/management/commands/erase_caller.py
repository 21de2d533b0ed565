"""manage.py erase_caller: a caller asked to be forgotten."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls.privacy import CallStillOn, caller_erase
from tenants.models import Tenant
from tenants.selectors import tenant_by_slug


class Command(BaseCommand):
    """Removes every call, recording, lead and booking of one caller of one tenant."""

    help = "Erase what one tenant keeps about a caller; asks first unless --yes."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose caller, which number, and why."""
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--number", required=True, metavar="+1…")
        parser.add_argument("--reason", default="the caller asked for it")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 1 with one sentence if nothing could be done."""
        try:
            tenant = tenant_by_slug(options["tenant"])
        except Tenant.DoesNotExist as error:
            raise CommandError(str(error)) from error
        asked = f"Erase all that {tenant.name} keeps about {options['number']}? [y/N] "
        if not options["yes"] and input(asked).strip().lower() != "y":
            raise CommandError("nothing was erased")
        try:
            gone = caller_erase(tenant=tenant, number=options["number"], reason=options["reason"])
        except (CallStillOn, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Erased {gone.calls} calls, {gone.turns} turns, {gone.recordings} recordings and "
            f"{gone.bookings} bookings; the proof is in {tenant.name}'s audit log."
        )
