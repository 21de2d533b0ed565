"""Log-in, log-out and choosing the tenant to look at."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from tenants.middleware import SESSION_KEY
from tenants.selectors import memberships_of
from tenants.services import log_in_note


class LogIn(LoginView):
    """By user name and password; each one is noted in the logs of the user's tenants."""

    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Right: let them in."""
        response = super().form_valid(form)
        log_in_note(user=form.get_user())
        return response


class ChangePassword(PasswordChangeView):
    """Needs the old one; ends the user's sessions everywhere else."""

    template_name = "tenants/password.html"
    success_url = "/"

    def form_valid(self, form: Any) -> HttpResponse:
        """Changed: say so."""
        messages.success(self.request, "Your password is changed.")
        return super().form_valid(form)


def locked_out(
    request: HttpRequest, response: object = None, credentials: object = None
) -> HttpResponse:
    """Too many wrong passwords from one address for one name: wait (django-axes asks for this)."""
    return render(request, "tenants/locked_out.html", status=429)


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
