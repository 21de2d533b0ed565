"""The team's pages: who is on it, who is invited, what happened."""

from allauth.account.utils import perform_login
from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants import team
from tenants.access import TenantRequest, tenant_required
from tenants.accounts.sudo import sudo_required
from tenants.models import AuditEntry, Invitation, Membership, Role
from tenants.permissions import Permission

ENTRIES_A_PAGE = 50


class InvitationForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField()
    role = forms.ChoiceField(choices=Role.choices, initial=Role.TECHNICIAN)


class RoleForm(forms.Form):
    """A member's next role."""

    role = forms.ChoiceField(choices=Role.choices)


@require_http_methods(["GET", "POST"])
@tenant_required(permission=Permission.MANAGE_TEAM)
@sudo_required
def team_page(request: TenantRequest) -> HttpResponse:
    """Members and open invitations; POST invites by e-mail."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitation, _ = team.invitation_create(
                tenant=request.tenant,
                email=form.cleaned_data["email"],
                role=Role(form.cleaned_data["role"]),
                invited_by=request.user,
                now=timezone.now(),
            )
        except team.TeamRefused as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, f"{invitation.email} gets an invitation by e-mail.")
            return redirect("team")
    return render(
        request,
        "tenants/team.html",
        {
            "section": "team",
            "form": form,
            "roles": Role.choices,
            "members": Membership.objects.select_related("user").order_by("pk"),
            "invitations": Invitation.objects.filter(
                accepted_at=None, expires_at__gt=timezone.now()
            ),
        },
    )


@require_POST
@tenant_required(permission=Permission.MANAGE_TEAM)
@sudo_required
def invitation_withdraw(request: TenantRequest, pk: int) -> HttpResponse:
    """Close an open invitation."""
    invitation = get_object_or_404(Invitation, pk=pk, accepted_at=None)
    team.invitation_withdraw(tenant=request.tenant, invitation=invitation)
    messages.success(request, f"{invitation.email} is no longer invited.")
    return redirect("team")


@require_POST
@tenant_required(permission=Permission.MANAGE_TEAM)
@sudo_required
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


@require_POST
@tenant_required(permission=Permission.MANAGE_TEAM)
@sudo_required
def second_factor_rule(request: TenantRequest) -> HttpResponse:
    """Ask every member for a second factor from now on (`required` is "1"), or no longer."""
    required = request.POST.get("required") == "1"
    team.second_factor_require(tenant=request.tenant, required=required)
    messages.success(
        request,
        "Every member needs a second factor from now on."
        if required
        else "Nobody needs a second factor any more.",
    )
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
            with transaction.atomic():  # no account without its place
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
                return perform_login(request, person, email=person.email)  # type: ignore[no-any-return]
            return redirect("/")
    status = 200 if invitation else 404
    context = {"invitation": invitation, "problem": problem}
    return render(request, "tenants/join.html", context, status=status)
