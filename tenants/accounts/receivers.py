"""What happens to accounts, as django-allauth and django-axes tell it, goes into the audit log."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import get_adapter
from allauth.usersessions.models import UserSession
from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.models import User
from django.dispatch import receiver
from django.http import HttpRequest

from tenants.accounts.addresses import person_with
from tenants.accounts.second_factor import FACTORS
from tenants.audit import acting_as
from tenants.models.audit import AuditKind
from tenants.services import account_note


@receiver(account.user_logged_in)
def logged_in(*, user: User, **_: Any) -> None:
    with acting_as(user):
        account_note(AuditKind.LOG_IN, user=user)


@receiver(user_locked_out)
def locked_out(*, request: HttpRequest, username: str, ip_address: str, **_: Any) -> None:
    """Once, when the limit is reached; axes says it again at each try after that."""
    tries = getattr(request, "axes_failures_since_start", None)
    user = person_with(username)
    if user is not None and tries == settings.AXES_FAILURE_LIMIT:
        account_note(
            AuditKind.REFUSED, user=user, reason=f"{tries} wrong passwords from {ip_address}"
        )


@receiver(mfa.authentication_failed)
def wrong_code(*, user: User, **_: Any) -> None:
    """Worth knowing at once: whoever types it has the password."""
    account_note(AuditKind.REFUSED, user=user, reason="a wrong code after the right password")


@receiver(account.password_changed)
@receiver(account.password_set)
def password_changed(*, user: User, **_: Any) -> None:
    account_note(AuditKind.PASSWORD, user=user, reason="ended other sessions")


@receiver(account.password_reset)
def password_reset(*, user: User, **_: Any) -> None:
    with acting_as(user):
        account_note(AuditKind.PASSWORD, user=user, reason="reset by e-mail, ended all sessions")


@receiver(account.email_changed)
def email_changed(*, user: User, from_email_address: Any, to_email_address: Any, **_: Any) -> None:
    before = from_email_address and {"email": from_email_address.email}
    account_note(AuditKind.EMAIL, user=user, before=before, after={"email": to_email_address.email})


@receiver(mfa.authenticator_added)
def factor_added(
    *, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any
) -> None:
    """Sessions opened without it end."""
    _factor_noted(request, user, authenticator, "added")


@receiver(mfa.authenticator_removed)
def factor_removed(
    *, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any
) -> None:
    """Whoever holds the factor that went is out."""
    _factor_noted(request, user, authenticator, "removed")


@receiver(mfa.authenticator_reset)
def codes_renewed(*, user: User, **_: Any) -> None:
    account_note(AuditKind.SECOND_FACTOR, user=user, reason="made new recovery codes")


def _factor_noted(
    request: HttpRequest, user: User, authenticator: Authenticator, what: str
) -> None:
    account_note(
        AuditKind.SECOND_FACTOR,
        user=user,
        reason=f"{what}: {NAMES[Authenticator.Type(authenticator.type)]}",
    )
    if authenticator.type in FACTORS:
        others = UserSession.objects.filter(user=user).exclude(
            session_key=request.session.session_key
        )
        get_adapter().end_sessions(list(others))


NAMES = {
    Authenticator.Type.TOTP: "authenticator app",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery codes",
}
