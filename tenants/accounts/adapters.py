"""How django-allauth behaves here: closed, by PUBLIC_URL, audited."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.urls import reverse

from tenants.accounts.addresses import display, name_follow, person_with
from tenants.accounts.second_factor import FACTORS, second_factor_kept
from tenants.accounts.sudo import lately_confirmed
from tenants.crypto import secret_seal, secret_unseal
from tenants.models.audit import AuditKind
from tenants.services import account_note
from tenants.tasks import mail_queue

TOTP_PURPOSE = "second factor"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no stubs
    """Accounts come from invitations alone; mail is queued, its links are PUBLIC_URL's."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an invitation is the only way in (tenants.team_views.join)."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Axes counts wrong passwords. allauth would count them by address alone, from wherever

        they come, and so let anybody lock an owner out.
        """

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Also what only allauth knows of (second factors, addresses); a log-in counts as proof."""
        return not lately_confirmed(context.request)

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """Who has a second factor proves it; a password alone would let its thief take it off."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [one for one in methods if one["id"] != "reauthenticate"] or methods

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """False if the address is an account's already that has not confirmed it yet."""
        holder = person_with(email_address.email)
        if holder is not None and holder.pk != email_address.user_id:
            return False
        before = email_address.user.email
        if not super().confirm_email(request, email_address):
            return False
        name_follow(user=email_address.user, before=before)
        return True

    def get_reset_password_from_key_url(self, key: str) -> str:
        """By PUBLIC_URL: the request's Host header is the asker's to choose."""
        path = reverse("account_reset_password_from_key", args=["UID", "KEY"])
        return str(settings.PUBLIC_URL) + path.replace("UID-KEY", quote(key))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the overview, where it says that it is done."""
        return reverse("mfa_index")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue it: a page must not take longer for an address that has an account."""
        told = {**context, "email": email, "address": settings.PUBLIC_URL}
        message = self.render_mail(template_prefix, email, told)
        mail_queue(to=email, subject=message.subject, body=message.body)


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets sealed at rest; the last factor stays where a rule asks for one."""

    def encrypt(self, text: str) -> str:
        """Sealed by the newest master key."""
        return secret_seal(text, purpose=TOTP_PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises SealBroken if its master key is gone."""
        return secret_unseal(encrypted_text, purpose=TOTP_PURPOSE)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one of somebody who must have one."""
        user = authenticator.user
        others = Authenticator.objects.filter(user=user, type__in=FACTORS)
        return others.exclude(pk=authenticator.pk).exists() or not second_factor_kept(user=user)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """What a passkey is called if its owner does not say."""
        count = Authenticator.objects.filter(user=user, type=type).count()
        return "Passkey" if count == 0 else f"Passkey {count + 1}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """A passkey is bound to PUBLIC_URL's host; on one's own machine to `localhost` as well.

        Browsers refuse passkeys for bare addresses such as 127.0.0.1.
        """
        host = urlsplit(settings.PUBLIC_URL).hostname or ""
        if not settings.PRODUCTION and context.request.get_host().partition(":")[0] == "localhost":
            host = "localhost"
        return {"id": host, "name": "BuddyHelps"}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """Named by their address."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "display_name": display(user)}


class SessionsAdapter(DefaultUserSessionsAdapter):  # type: ignore[misc]
    """Ending sessions is worth knowing later."""

    def end_sessions(self, sessions: Sequence[UserSession]) -> None:
        """All of them, at once: their next request is nobody's."""
        alive = [session for session in sessions if session.exists()]
        super().end_sessions(sessions)
        if alive:
            ended = "another session" if len(alive) == 1 else f"{len(alive)} other sessions"
            account_note(AuditKind.SESSION, user=alive[0].user, reason=f"ended {ended}")
