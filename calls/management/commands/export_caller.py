"""manage.py export_caller: a caller asked what we know."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from calls.privacy import caller_export
from tenants.models import Tenant
from tenants.selectors import tenant_by_slug


class Command(BaseCommand):
    """Prints everything one tenant keeps about one caller."""

    help = "Print as JSON what one tenant keeps about a caller."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose caller, which number, and why."""
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--number", required=True, metavar="+1…")
        parser.add_argument("--reason", default="the caller asked for it")

    def handle(self, *args: Any, **options: Any) -> None:
        """JSON on standard output."""
        try:
            tenant = tenant_by_slug(options["tenant"])
            found = caller_export(tenant=tenant, number=options["number"], reason=options["reason"])
        except (Tenant.DoesNotExist, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(found, cls=DjangoJSONEncoder, indent=2))
