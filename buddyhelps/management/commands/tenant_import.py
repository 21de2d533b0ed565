"""manage.py tenant_import: a tenant from another installation."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from buddyhelps.tenant_archive import ArchiveRefused, tenant_import


class Command(BaseCommand):
    """All of the archive or nothing."""

    help = "Bring in an archive written by tenant_export, as a new tenant."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which file, under which name, and why."""
        parser.add_argument("file", type=Path, metavar="FILE.zip")
        parser.add_argument("--slug", default="", help="instead of the archive's own")
        parser.add_argument("--reason", default="brought in by an operator")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 1 with one sentence if it cannot be brought in."""
        try:
            tenant, found = tenant_import(
                source=options["file"], slug=options["slug"], reason=options["reason"]
            )
        except (ArchiveRefused, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{tenant.name} ({tenant.slug}) is here with {found.rows} rows and "
            f"{found.recordings} recordings."
        )
