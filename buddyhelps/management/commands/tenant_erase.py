"""manage.py tenant_erase: a plumber leaves, and nothing of theirs stays readable."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from buddyhelps.tenant_erasure import TenantStillOn, tenant_erase
from tenants.models import Tenant
from tenants.selectors import tenant_by_slug


class Command(BaseCommand):
    """Cannot be undone; tenant_export first."""

    help = "Erase a tenant: rows, recordings and keys. Asks for its slug unless --yes."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, and why."""
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--reason", default="the account was closed")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 1 with one sentence if nothing was erased."""
        try:
            tenant = tenant_by_slug(options["tenant"])
            name = tenant.name
            asked = f"This cannot be undone. Type {tenant.slug} to erase {name}: "
            if not options["yes"] and input(asked).strip() != tenant.slug:
                raise CommandError("nothing was erased")
            gone = tenant_erase(tenant=tenant, reason=options["reason"])
        except (Tenant.DoesNotExist, TenantStillOn) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{name} is erased: {gone} rows, its recordings and its keys are gone.")
