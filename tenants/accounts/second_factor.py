"""Who needs a second factor, and the door that stays shut until they have one.

A log-in asks for the second factor itself, and getting one ends a person's other sessions. So to
have one is enough: every session of a person who has one was opened with it, or set it up.
"""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from tenants.models import Tenant
from tenants.selectors import memberships_of

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes only replace one
OPEN_VIEWS = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_generate_recovery_codes",
        "account_reauthenticate",
        "account_logout",
        "tenant-switch",  # to a team that does not ask for it
    }
)
"""What somebody may still do who has to set a second factor up first."""


def second_factor_missing(*, user: User, tenant: Tenant | None) -> bool:
    """Whether `user` has to set one up before anything of `tenant` (or of the house) is shown.

    Asked by the middleware for every page. A consumer for browsers asks it when it connects.
    """
    asked_for = user.is_staff or (tenant is not None and tenant.requires_mfa)
    return asked_for and not is_mfa_enabled(user, FACTORS)


def second_factor_kept(*, user: User) -> bool:
    """Whether some rule forbids `user` to be without one."""
    return user.is_staff or any(place.tenant.requires_mfa for place in memberships_of(user))


class SecondFactorMiddleware:
    """Sends who lacks a second factor to the page that sets one up, whatever they asked for.

    Comes after TenantMiddleware, which says whose data the request is about.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        """Before any view, the console's included."""
        asked: Any = request
        if not isinstance(request.user, User) or not request.user.is_active:
            return None
        if request.resolver_match is None or request.resolver_match.view_name in OPEN_VIEWS:
            return None
        if not second_factor_missing(user=request.user, tenant=asked.tenant):
            return None
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": reverse("mfa_index")})
        return redirect("mfa_index")
