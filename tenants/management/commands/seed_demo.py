"""manage.py seed_demo: two plumbers with numbers, rules and people to log in as."""

from pathlib import Path
from typing import Any

import environ
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tenants.demo import demo_password, log_ins, seed


class Command(BaseCommand):
    """Safe to run again: only what is missing or changed is written."""

    help = "Create the demo's tenants, numbers and log-ins (DEMO_PASSWORD, else one made up once)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, then print the log-ins and keep them in VAR_DIR/demo-logins.txt."""
        if settings.PRODUCTION:
            raise CommandError("seed_demo makes well-known accounts; it does not run in production")
        file = Path(settings.VAR_DIR) / "demo-logins.txt"
        password = demo_password(file, str(environ.Env().str("DEMO_PASSWORD", default="")))
        for tenant in seed(password=password):
            self.stdout.write(f"{tenant.name} answers with {tenant.current_profile}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(log_ins(password, settings.PUBLIC_URL))
        self.stdout.write(file.read_text())
