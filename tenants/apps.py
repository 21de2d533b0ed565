"""Who the plumber is."""

from django.apps import AppConfig, apps


class TenantsConfig(AppConfig):
    """The tenants app."""

    name = "tenants"

    def ready(self) -> None:
        """Have beat run our tasks, and listen to what happens to accounts.

        Not in a process that knows neither: nobody logs in there.
        """
        if not apps.is_installed("django_celery_beat"):
            return
        from celery import current_app

        from tenants.accounts import receivers  # noqa: F401 - connects itself
        from tenants.tasks import SCHEDULE

        current_app.conf.beat_schedule = {**current_app.conf.beat_schedule, **SCHEDULE}
