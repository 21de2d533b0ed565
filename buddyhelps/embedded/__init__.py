"""A real Postgres and a real Redis for machines that have neither.

Used when DATABASE_URL or REDIS_URL is unset. `ensure` starts a server, or joins the one that runs;
it lives as long as any process that asked for it, and recovers when any of them is killed.
"""

from buddyhelps.embedded.errors import EmbeddedError
from buddyhelps.embedded.hold import ensure

__all__ = ["EmbeddedError", "ensure"]
