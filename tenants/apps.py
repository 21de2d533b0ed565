"""Who the plumber is."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """The tenants app."""

    name = "tenants"

    def ready(self) -> None:
        """Have beat run our tasks."""
        from celery import current_app

        from tenants.tasks import SCHEDULE

        current_app.conf.beat_schedule = {**current_app.conf.beat_schedule, **SCHEDULE}
