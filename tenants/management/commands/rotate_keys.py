"""manage.py rotate_keys: new keys for what tenants keep."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.accounts.keys import factors_reseal
from tenants.crypto import master_key_adopt, tenant_key_renew
from tenants.models import Tenant
from tenants.selectors import tenant_by_slug


class Command(BaseCommand):
    """Without arguments: the newest of MASTER_KEYS takes over all tenants' data keys."""

    help = "Seal all data keys by the newest of MASTER_KEYS; with --tenant, give it a new data key."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose data key, and why."""
        parser.add_argument("--tenant", metavar="SLUG")
        parser.add_argument("--reason", default="rotated by an operator")

    def handle(self, *args: Any, **options: Any) -> None:
        """Safe to run again."""
        if not options["tenant"]:
            changed = master_key_adopt() + factors_reseal()
            self.stdout.write(f"{changed} keys are now sealed by the newest master key.")
            return
        try:
            tenant = tenant_by_slug(options["tenant"])
        except Tenant.DoesNotExist as error:
            raise CommandError(str(error)) from error
        version = tenant_key_renew(tenant=tenant, reason=options["reason"])
        self.stdout.write(f"{tenant.name} seals with key {version} from now on.")
