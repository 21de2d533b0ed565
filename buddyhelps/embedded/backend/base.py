"""Starts the embedded Postgres at the first connection, so that nobody else has to think of it."""

from typing import Any

from django.db.backends.postgresql import base

from buddyhelps.embedded.configured import ensure_postgres


class DatabaseWrapper(base.DatabaseWrapper):
    """The stock backend; a new connection first makes sure that its server runs."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect. Raises EmbeddedError with one clear sentence if the server cannot run."""
        ensure_postgres()
        return super().get_new_connection(conn_params)
