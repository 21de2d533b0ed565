"""Beginning and ending an operator's look at a tenant's pages, and what is said when it may not."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenants.impersonation import (
    LASTS,
    READING,
    SESSION_KEY,
    LookRefused,
    look_begin,
    look_end,
    look_of,
)
from tenants.models import Tenant


class ReasonForm(forms.Form):
    """Why an operator has to look."""

    reason = forms.CharField(
        min_length=5,
        max_length=300,
        label="Reason",
        help_text="The owner reads it in their activity log. Example: ticket 214, call list empty.",
    )


@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest, object_id: str) -> HttpResponse:
    """Ask for the reason, then open the tenant's pages. Wrapped by the console (TenantAdmin)."""
    tenant = get_object_or_404(Tenant, pk=object_id if object_id.isdecimal() else None)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and isinstance(request.user, User):
        try:
            look = look_begin(
                operator=request.user,
                tenant=tenant,
                reason=form.cleaned_data["reason"],
                now=timezone.now(),
            )
        except LookRefused as error:
            form.add_error("reason", str(error))
        else:
            request.session[SESSION_KEY] = look.pk
            return redirect("call-list")
    minutes = int(LASTS.total_seconds() // 60)
    context = {"subject": tenant, "form": form, "minutes": minutes}
    return render(request, "tenants/impersonation_begin.html", context)


@require_POST
@login_required
def end(request: HttpRequest) -> HttpResponse:
    """End one's own look; back to the console's page of the tenant."""
    user, session = request.user, request.session
    look = None
    if isinstance(user, User):
        look = look_of(user=user, session=session, now=timezone.now())
    session.pop(SESSION_KEY, None)
    if look is None:
        return redirect("/")
    look_end(look=look, now=timezone.now())
    messages.success(request, f"You no longer see {look.tenant}'s pages.")
    return redirect(reverse("admin:tenants_tenant_change", args=[look.tenant_id]))


def refusal(request: HttpRequest) -> HttpResponse | None:
    """The answer to a request that would change something during a look; None if it may go on."""
    may_pass = (reverse("impersonation-end"), reverse("account_logout"))
    if request.method in READING or request.path in may_pass:
        return None
    return read_only(request)


def read_only(request: HttpRequest) -> HttpResponse:
    """Operators look, they do not touch."""
    return render(request, "tenants/impersonation_read_only.html", status=403)


def over(request: HttpRequest) -> HttpResponse:
    """The look is over: say so once, on a page of its own."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    request.session.pop(SESSION_KEY, None)
    return render(request, "tenants/impersonation_over.html", status=403)
