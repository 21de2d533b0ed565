"""The door of every page that shows a tenant's data."""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Concatenate, ParamSpec, overload

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import InternalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import SimpleTemplateResponse
from psycopg.errors import ReadOnlySqlTransaction

from tenants.context import tenant_context
from tenants.impersonation import look_note, reading_only
from tenants.impersonation_views import read_only
from tenants.models import Impersonation, Membership, Tenant
from tenants.permissions import OPERATOR, Permission, may

P = ParamSpec("P")


class TenantRequest(HttpRequest):
    """A member's request, as a view behind `tenant_required` gets it."""

    user: User
    tenant: Tenant
    membership: Membership
    places: Sequence[Membership]
    impersonation: Impersonation | None


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
        look: Impersonation | None = getattr(request, "impersonation", None)
        if look is not None:
            return _looked_at(request, look, permission, partial(view, request, *args, **kwargs))  # type: ignore[arg-type]
        if not may(membership.role, permission):
            raise PermissionDenied(f"{membership.get_role_display()}s may not: {permission}")
        with tenant_context(membership.tenant):
            return _rendered(view(request, *args, **kwargs))  # type: ignore[arg-type]

    guarded.tenant_permission = permission  # type: ignore[attr-defined] # the proof suite asks
    return guarded


def _looked_at(
    request: HttpRequest,
    look: Impersonation,
    permission: Permission,
    view: Callable[[], HttpResponseBase],
) -> HttpResponseBase:
    """What an operator who looks gets to see, noted in the tenant's log. Nothing can be changed."""
    if permission not in OPERATOR:
        return read_only(request)
    what = "played" if permission is Permission.PLAY_RECORDINGS else "read"
    look_note(look=look, what=what, path=request.path)
    try:
        with tenant_context(look.tenant), reading_only():
            return _rendered(view())
    except InternalError as error:
        if isinstance(error.__cause__, ReadOnlySqlTransaction):
            return read_only(request)
        raise


def _rendered(response: HttpResponseBase) -> HttpResponseBase:
    """A template's queries belong to the tenant as well."""
    if isinstance(response, SimpleTemplateResponse):
        response.render()
    return response


def _to_log_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})  # a partial cannot show the log-in
    return redirect_to_login(request.get_full_path())
