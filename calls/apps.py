"""What happened on the phone."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """The calls app."""

    name = "calls"
