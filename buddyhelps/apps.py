"""The project as an app: its commands, and the Celery app that tasks bind to."""

from django.apps import AppConfig


class BuddyHelpsConfig(AppConfig):
    """Holds `serve` and what belongs to no single app."""

    name = "buddyhelps"

    def ready(self) -> None:
        """Make our Celery app the current one, before anybody sends a task."""
        from buddyhelps import celery

        celery.app.set_default()
