"""The team's pages: who is on it, who is invited, what happened."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants import team
from tenants.access import TenantRequest, tenant_required
from tenants.models import AuditEntry, Invitation, Membership, Role
from tenants.permissions import Permission
from tenants.services import log_in_note

ENTRIES_A_PAGE = 50
BACKEND = "django.contrib.auth.backends.ModelBackend"


class InvitationForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField()
    role = forms.ChoiceField(choices=Role.choices, initial=Role.TECHNICIAN)


class RoleForm(forms.Form):
    """A member's next role."""

    role = forms.ChoiceField(choices=Role.choices)


@require_http_methods(["GET", "POST"])
@tenant_required(permission=Permission.MANAGE_TEAM)
def team_page(request: TenantRequest) -> HttpResponse:
    """Members and open invitations; POST invites, and shows the link once."""
    form = InvitationForm(request.POST or None)
    link = ""
    if request.method == "POST" and form.is_valid():
        try:
            _, token = team.invitation_create(
                tenant=request.tenant,
                email=form.cleaned_data["email"],
                role=Role(form.cleaned_data["role"]),
                invited_by=request.user,
                now=timezone.now(),
            )
            link = settings.PUBLIC_URL + reverse("team-join", args=[token])
        except team.TeamRefused as error:
            form.add_error("email", str(error))
    return render(
        request,
        "tenants/team.html",
        {
            "section": "team",
            "form": form,
            "link": link,
            "roles": Role.choices,
            "members": Membership.objects.select_related("user").order_by("pk"),
            "invitations": Invitation.objects.filter(
                accepted_at=None, expires_at__gt=timezone.now()
            ),
        },
    )


@require_POST
@tenant_required(permission=Permission.MANAGE_TEAM)
def invitation_withdraw(request: TenantRequest, pk: int) -> HttpResponse:
    """Close an open invitation."""
    invitation = get_object_or_404(Invitation, pk=pk, accepted_at=None)
    team.invitation_withdraw(tenant=request.tenant, invitation=invitation)
    messages.success(request, f"{invitation.email} is no longer invited.")
    return redirect("team")


@require_POST
@tenant_required(permission=Permission.MANAGE_TEAM)
def member_change(request: TenantRequest, pk: int) -> HttpResponse:
    """Give a member another role (`role`), or none (`remove`)."""
    member = get_object_or_404(Membership.objects.select_related("user"), pk=pk)
    form = RoleForm(request.POST)
    try:
        if "remove" in request.POST:
            team.member_remove(tenant=request.tenant, membership=member)
            messages.success(request, f"{member.user} is off the team.")
        elif form.is_valid():
            role = Role(form.cleaned_data["role"])
            team.member_set_role(tenant=request.tenant, membership=member, role=role)
            messages.success(request, f"{member.user} is {role.label.lower()} now.")
    except team.TeamRefused as error:
        messages.error(request, str(error))
    return redirect("team")


@require_GET
@tenant_required(permission=Permission.READ_AUDIT)
def activity(request: TenantRequest) -> HttpResponse:
    """What was worth knowing later, newest first."""
    page = Paginator(AuditEntry.objects.all(), ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "tenants/activity.html", {"section": "activity", "page": page})


@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: as who one is logged in as, or with a new account."""
    now = timezone.now()
    invitation = team.invitation_find(token=token, now=now)
    problem = "" if invitation else "This invitation is no longer open; ask for a new one."
    user = request.user if isinstance(request.user, User) else None
    if request.method == "POST" and invitation is not None:
        try:
            person = user or team.account_create(
                invitation=invitation, password=request.POST.get("password", "")
            )
            team.invitation_accept(token=token, user=person, now=now)
        except team.TeamRefused as error:
            problem = str(error)
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            if user is None:
                login(request, person, backend=BACKEND)
                log_in_note(user=person)
            return redirect("/")
    status = 200 if invitation else 404
    context = {"invitation": invitation, "problem": problem}
    return render(request, "tenants/join.html", context, status=status)
