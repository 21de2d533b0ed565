"""The embedded servers as the settings ask for them: none where the settings name real ones."""

from django.conf import settings

from buddyhelps.embedded.hold import ensure


def ensure_postgres() -> None:
    """The embedded Postgres runs, unless DATABASE_URL is set. Raises EmbeddedError."""
    if settings.OWN_MACHINE:
        ensure("postgres", settings.VAR_DIR, durable=settings.EMBEDDED_DURABLE)


def ensure_redis() -> None:
    """The embedded Redis runs, unless REDIS_URL is set. Raises EmbeddedError."""
    if settings.EMBEDDED_REDIS:
        ensure("redis", settings.VAR_DIR, durable=settings.EMBEDDED_DURABLE)
