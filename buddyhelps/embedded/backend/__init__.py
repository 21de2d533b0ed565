"""Django's Postgres backend, over the embedded server."""
