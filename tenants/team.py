"""Who comes onto a team, changes place and leaves it."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from tenants.accounts.addresses import address_confirm, display, person_with
from tenants.audit import audit
from tenants.context import tenant_context, unscoped
from tenants.models import Invitation, Membership, Role, Tenant
from tenants.models.audit import AuditKind
from tenants.services import member_add
from tenants.tasks import mail_queue

VALID_DAYS = 7


class TeamRefused(RuntimeError):
    """It cannot be done; the message says why, to the person who asked."""


def invitation_create(
    *, tenant: Tenant, email: str, role: Role, invited_by: User, now: datetime
) -> tuple[Invitation, str]:
    """Offer a place by e-mail; the token that accepts it is to be seen there and never again.

    Only that mailbox shows it, so whoever accepts has proven the address to be theirs. An open
    invitation to the same address is replaced. Raises ValidationError, or TeamRefused for who is
    on the team already.
    """
    email = email.strip().lower()
    token = secrets.token_urlsafe(32)
    with tenant_context(tenant):
        if Membership.objects.filter(user__email__iexact=email).exists():
            raise TeamRefused(f"{email} is on the team already")
        Invitation.objects.filter(email=email, accepted_at=None).delete()
        invitation = Invitation(
            email=email,
            role=role,
            token_hash=_hash(token),
            invited_by_id=invited_by.pk,
            expires_at=now + timedelta(days=VALID_DAYS),
        )
        invitation.full_clean(validate_constraints=False)
        invitation.save(force_insert=True)
        audit(AuditKind.MEMBER, subject=email, reason="invited", after={"role": role})
        _invitation_mail(invitation, tenant=tenant, invited_by=invited_by, token=token)
    return invitation, token


def invitation_find(*, token: str, now: datetime) -> Invitation | None:
    """The open invitation with its tenant loaded; None if withdrawn, accepted or too old."""
    with unscoped(reason="find whose invitation it is"):
        return (
            Invitation.objects.select_related("tenant")
            .filter(token_hash=_hash(token), accepted_at=None, expires_at__gt=now)
            .first()
        )


def invitation_accept(*, token: str, user: User, now: datetime) -> Membership:
    """Take the place. Raises TeamRefused: not open any more, or made out to someone else."""
    invitation = invitation_find(token=token, now=now)
    if invitation is None:
        raise TeamRefused("this invitation is no longer open; ask for a new one")
    if user.email.lower() != invitation.email:
        raise TeamRefused(f"this invitation is for {invitation.email}; log in as that person")
    with tenant_context(invitation.tenant):
        taken = Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(
            accepted_at=now
        )
        if not taken:
            raise TeamRefused("this invitation was accepted just now")
        address_confirm(user=user)
        return member_add(tenant=invitation.tenant, user=user, role=Role(invitation.role))


def account_create(*, invitation: Invitation, password: str) -> User:
    """An account for who was invited. Raises ValidationError for a weak password."""
    if person_with(invitation.email) is not None:
        raise TeamRefused(f"{invitation.email} has an account already; log in first")
    person = User(username=invitation.email, email=invitation.email)
    validate_password(password, person)
    person.set_password(password)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:  # made just now, by the same invitation in another window
        raise TeamRefused(f"{invitation.email} has an account already; log in first") from error
    return person


def invitation_withdraw(*, tenant: Tenant, invitation: Invitation) -> None:
    """Close an open invitation."""
    with tenant_context(tenant):
        audit(AuditKind.MEMBER, subject=invitation.email, reason="invitation withdrawn")
        invitation.delete()


def member_set_role(*, tenant: Tenant, membership: Membership, role: Role) -> None:
    """Give a member another role. Raises TeamRefused for the last owner."""
    with tenant_context(tenant):
        _keep_an_owner(tenant, membership, stays=role == Role.OWNER)
        member_add(tenant=tenant, user=membership.user, role=role)


def member_remove(*, tenant: Tenant, membership: Membership) -> None:
    """Take a member off the team; their account stays. Raises TeamRefused for the last owner."""
    with tenant_context(tenant):
        _keep_an_owner(tenant, membership, stays=False)
        audit(
            AuditKind.MEMBER,
            subject=membership.user.get_username(),
            reason="left the team",
            before={"role": membership.role},
        )
        membership.delete()


def second_factor_require(*, tenant: Tenant, required: bool) -> None:
    """Show members nothing until they have a second factor, or let a password do again."""
    with tenant_context(tenant):
        changed = (
            Tenant.objects.filter(pk=tenant.pk)
            .exclude(requires_mfa=required)
            .update(requires_mfa=required)
        )
        tenant.requires_mfa = required
        if changed:
            audit(
                AuditKind.TENANT,
                subject=tenant.slug,
                reason="second factor required" if required else "second factor left to members",
                before={"requires_mfa": not required},
                after={"requires_mfa": required},
            )


def _invitation_mail(
    invitation: Invitation, *, tenant: Tenant, invited_by: User, token: str
) -> None:
    told = {
        "tenant": tenant,
        "invitation": invitation,
        "invited_by": display(invited_by),
        "link": str(settings.PUBLIC_URL) + reverse("team-join", args=[token]),
        "days": VALID_DAYS,
    }
    mail_queue(
        to=invitation.email,
        subject=f"Join {tenant.name} on BuddyHelps",
        body=render_to_string("tenants/invitation.txt", told),
    )


def _keep_an_owner(tenant: Tenant, membership: Membership, *, stays: bool) -> None:
    Tenant.objects.select_for_update().get(pk=tenant.pk)  # two owners cannot remove each other
    others = Membership.objects.filter(role=Role.OWNER).exclude(pk=membership.pk)
    if not stays and not others.exists():
        raise TeamRefused("a team needs an owner: make someone else an owner first")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
