"""The secret address at which a tenant's calendar can be read."""

from django.db import models
from django.db.models.functions import Now

from tenants.fields import SealedTextField
from tenants.owned import TenantOwned


class CalendarFeed(TenantOwned):
    """The one address a tenant's calendar has; a new one takes its place, without it there is none.

    A request is found by the token's SHA-256: of 256 random bits nothing can be guessed from it,
    nor from how long the look-up took. The token itself is sealed, since the page has to show it
    again for the next telephone; neither column opens the feed to who copies the database.
    """

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    token = SealedTextField(editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="calls_one_feed_a_tenant"),
        ]

    def __str__(self) -> str:
        return f"calendar address of {self.created_at:%Y-%m-%d}"
