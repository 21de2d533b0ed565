"""What happened on the phone."""

from django.apps import AppConfig, apps


class CallsConfig(AppConfig):
    """The calls app."""

    name = "calls"

    def ready(self) -> None:
        """Put the sweeps, replays and notices on beat's schedule, in a process that knows of it."""
        if not apps.is_installed("django_celery_beat"):
            return
        from celery import current_app

        from calls.tasks import SCHEDULE

        current_app.conf.beat_schedule = {**current_app.conf.beat_schedule, **SCHEDULE}
