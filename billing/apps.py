"""What it costs."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """The billing app: each call that ends is entered in the ledger."""

    name = "billing"

    def ready(self) -> None:
        """Ask `calls` to tell us of each end."""
        from billing.services import usage_record
        from calls import hooks

        hooks.register(usage_record)
