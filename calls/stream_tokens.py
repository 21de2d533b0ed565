"""The one-time key with which a carrier opens a call's media stream.

Signed and good for 60 seconds; bound to the carrier's name of the call; used up by the database
when the reservation that carries its nonce goes live (admission.confirm).
"""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing

MAX_AGE_S = 60
_SALT = "calls.stream_token"


@dataclass(frozen=True, slots=True)
class StreamGrant:
    """What a token says: whose call it opens, and the reservation's nonce."""

    tenant_id: int
    call_id: UUID
    call_sid: str
    nonce: str


def issue(grant: StreamGrant) -> str:
    """The token that says so."""
    return signing.dumps(
        [grant.tenant_id, str(grant.call_id), grant.call_sid, grant.nonce], salt=_SALT
    )


def read(token: str, *, call_sid: str) -> StreamGrant | None:
    """What the token says; None if it is forged, older than 60 s or another call's."""
    try:
        tenant_id, call_id, sid, nonce = signing.loads(token, salt=_SALT, max_age=MAX_AGE_S)
    except (signing.BadSignature, ValueError):
        return None
    if sid != call_sid:
        return None
    return StreamGrant(int(tenant_id), UUID(call_id), sid, nonce)
