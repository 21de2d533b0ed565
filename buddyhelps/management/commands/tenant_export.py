"""manage.py tenant_export: everything a tenant owns, in one file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from buddyhelps.tenant_archive import tenant_export
from tenants.crypto import SealBroken
from tenants.models import Tenant
from tenants.selectors import tenant_by_slug


class Command(BaseCommand):
    """The archive is not encrypted: hand it over with care."""

    help = "Write a tenant's archive: settings, calls, leads, transcripts and recordings."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, whereto, and why."""
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--out", required=True, type=Path, metavar="FILE.zip")
        parser.add_argument("--reason", default="exported by an operator")

    def handle(self, *args: Any, **options: Any) -> None:
        """Never overwrites a file."""
        try:
            found = tenant_export(
                tenant=tenant_by_slug(options["tenant"]),
                target=options["out"],
                reason=options["reason"],
            )
        except (Tenant.DoesNotExist, OSError, SealBroken) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{options['out']} holds {found.rows} rows and {found.recordings} recordings, "
            "readable by whoever has it."
        )
