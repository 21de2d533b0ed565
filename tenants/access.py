"""The door of every page that shows a tenant's data."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Concatenate, ParamSpec, overload

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import SimpleTemplateResponse

from tenants.context import tenant_context
from tenants.models import Membership, Tenant
from tenants.permissions import Permission, may

P = ParamSpec("P")


class TenantRequest(HttpRequest):
    """A member's request, as a view behind `tenant_required` gets it."""

    user: User
    tenant: Tenant
    membership: Membership
    places: Sequence[Membership]


View = Callable[Concatenate[TenantRequest, P], HttpResponseBase]
DjangoView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


@overload
def tenant_required(view: View[P], /) -> DjangoView[P]: ...
@overload
def tenant_required(
    view: None = None, /, *, permission: Permission = ...
) -> Callable[[View[P]], DjangoView[P]]: ...


def tenant_required(
    view: View[P] | None = None, /, *, permission: Permission = Permission.READ_CALLS
) -> DjangoView[P] | Callable[[View[P]], DjangoView[P]]:
    """Let members with `permission` in, and run the view, template and all, as their tenant.

    Inside, only rows of `request.tenant` exist, so another tenant's object is a plain 404. Who is
    not logged in goes to the log-in page; a member without the permission gets 403. Everything
    the view writes is one transaction. Used bare, or with `permission=`.
    """
    if view is None:
        return lambda inner: _guarded(inner, permission)
    return _guarded(view, permission)


def _guarded(view: View[P], permission: Permission) -> DjangoView[P]:
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_log_in(request)
        membership: Membership | None = getattr(request, "membership", None)
        if membership is None:
            if request.user.is_staff:
                return redirect("admin:index")
            return render(request, "tenants/no_team.html", status=403)
        if not may(membership.role, permission):
            raise PermissionDenied(f"{membership.get_role_display()}s may not: {permission}")
        with tenant_context(membership.tenant):
            response = view(request, *args, **kwargs)  # type: ignore[arg-type]
            if isinstance(response, SimpleTemplateResponse):
                response.render()  # its queries belong to the tenant as well
        return response

    guarded.tenant_permission = permission  # type: ignore[attr-defined] # the proof suite asks
    return guarded


def _to_log_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})  # a partial cannot show the log-in
    return redirect_to_login(request.get_full_path())
