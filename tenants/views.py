"""Log-in, log-out and choosing the tenant to look at."""

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
            return redirect("/")
    raise Http404("you belong to no such team")
