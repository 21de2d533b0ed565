"""Whose data a request is about: the member's chosen tenant, or everybody's in the admin.

An operator's look at one tenant's pages (tenants/impersonation.py) is settled here and in
tenants/access.py, and nowhere else.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from tenants import impersonation, impersonation_views
from tenants.audit import acting_as
from tenants.context import unscoped
from tenants.models import Membership, Role
from tenants.selectors import memberships_of

SESSION_KEY = "tenant_id"


class TenantMiddleware:
    """Sets `request.tenant`, `.membership` and `.places` (all memberships), read anew each time.

    `.impersonation` is set where an operator looks at a tenant's pages.

    So who leaves a team is out with their next click. It opens no tenant's context: views do
    (tenants.access.tenant_required). Operators' pages below the admin run across tenants.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked: Any = request
        asked.tenant, asked.membership, asked.places = None, None, []
        asked.impersonation = None
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        with acting_as(user):
            if request.path.startswith(reverse("admin:index")):
                if not user.is_staff:
                    return self.get_response(request)
                with unscoped(reason="admin console"):
                    return self.get_response(request)
            if impersonation.SESSION_KEY in request.session:
                return self._look(asked)
            asked.places = memberships_of(user)
            chosen = request.session.get(SESSION_KEY)
            asked.membership = next(
                (one for one in asked.places if one.tenant_id == chosen),
                next(iter(asked.places), None),
            )
            asked.tenant = asked.membership and asked.membership.tenant
            return self.get_response(request)

    def _look(self, request: Any) -> HttpResponse:
        """An operator looks at a tenant's pages: as if an owner, but reading only."""
        look = impersonation.look_of(user=request.user, session=request.session, now=timezone.now())
        if look is None:
            if request.path == reverse("impersonation-end"):
                return self.get_response(request)
            return impersonation_views.over(request)
        request.impersonation = look
        request.tenant = look.tenant
        request.membership = Membership(  # never stored
            tenant=look.tenant, user=request.user, role=Role.OWNER
        )
        return impersonation_views.refusal(request) or self.get_response(request)
