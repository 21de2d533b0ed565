"""Choosing the tenant to look at."""

from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tenants.middleware import SESSION_KEY
from tenants.selectors import memberships_of


@require_POST
@login_required
def switch_tenant(request: HttpRequest) -> HttpResponse:
    """Look at another of one's own tenants from now on; POST `tenant`, its id."""
    wanted = request.POST.get("tenant", "")
    for place in memberships_of(request.user):  # type: ignore[arg-type] # login_required
        if str(place.tenant_id) == wanted:
            request.session[SESSION_KEY] = place.tenant_id
            request.session.pop(STATE_SESSION_KEY, None)  # what waits was meant for the other one
            return redirect("/")
    raise Http404("you belong to no such team")
