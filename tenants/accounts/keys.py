"""Second factors' secrets under a new master key."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from tenants.accounts.adapters import TOTP_PURPOSE
from tenants.crypto import secret_is_newest, secret_seal, secret_unseal

SEALED = ("secret", "seed")  # what allauth keeps of an authenticator app, of recovery codes


def factors_reseal() -> int:
    """Seal every second factor by the newest master key; how many were not yet."""
    changed = 0
    with transaction.atomic():
        for row in Authenticator.objects.select_for_update().exclude(
            type=Authenticator.Type.WEBAUTHN  # public keys are no secret
        ):
            old = {
                name: row.data[name]
                for name in SEALED
                if name in row.data and not secret_is_newest(row.data[name])
            }
            for name, sealed in old.items():
                opened = secret_unseal(sealed, purpose=TOTP_PURPOSE)
                row.data[name] = secret_seal(opened, purpose=TOTP_PURPOSE)
                row.save(update_fields=["data"])
                changed += 1
    return changed
