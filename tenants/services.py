"""Every change to tenants goes through here: validated, audited, in one transaction."""

from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max

from tenants.audit import audit
from tenants.context import tenant_context, unscoped
from tenants.models import (
    ArrivalWindow,
    BlackoutDays,
    Membership,
    OpeningHours,
    PhoneNumber,
    ReceptionistProfile,
    Role,
    Service,
    Tenant,
    TenantStatus,
)
from tenants.models.audit import AuditKind
from tenants.rules_text import as_settings
from tenants.selectors import memberships_of, rules_for
from voice.receptionist.rules import TenantRules


def tenant_create(*, slug: str, name: str, timezone: str, max_concurrent_calls: int = 3) -> Tenant:
    """A new tenant, active, without numbers or profile. Raises ValidationError."""
    with unscoped(reason="open an account"):
        tenant = Tenant(
            slug=slug, name=name, timezone=timezone, max_concurrent_calls=max_concurrent_calls
        )
        tenant.full_clean()
        tenant.save()
    with tenant_context(tenant):
        audit(AuditKind.TENANT, subject=slug, reason="account opened", after={"name": name})
    return tenant


def tenant_set_status(*, tenant: Tenant, status: TenantStatus, reason: str) -> bool:
    """Suspend or reactivate; False if it was so already."""
    with tenant_context(tenant):
        before = tenant.status
        changed = Tenant.objects.exclude(status=status).filter(pk=tenant.pk).update(status=status)
        tenant.status = status
        if changed:
            audit(
                AuditKind.TENANT,
                subject=tenant.slug,
                reason=reason,
                before={"status": before},
                after={"status": status},
            )
        return changed == 1


def number_assign(
    *, tenant: Tenant, number: str, label: str = "", is_test_line: bool = False
) -> PhoneNumber:
    """Give the tenant a number of its own. Raises ValidationError if it is not E.164 or taken."""
    with tenant_context(tenant):
        row = PhoneNumber(number=number, label=label, is_test_line=is_test_line)
        row.full_clean(validate_unique=False)  # other tenants' numbers cannot be seen from here
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise ValidationError({"number": f"{number} is assigned already"}) from error
        audit(AuditKind.NUMBER, subject=number, reason="number assigned", after={"label": label})
        return row


def member_add(*, tenant: Tenant, user: User, role: Role) -> Membership:
    """Put the user on the tenant's team, or give them another role if they are on it."""
    with tenant_context(tenant):
        before = Membership.objects.select_for_update().filter(user=user).first()
        if before is not None and before.role == role:
            return before
        row, _ = Membership.objects.update_or_create(user=user, defaults={"role": role})
        audit(
            AuditKind.MEMBER,
            subject=user.get_username(),
            before=None if before is None else {"role": before.role},
            after={"role": row.role},
        )
        return row


def account_note(
    kind: AuditKind,
    *,
    user: User,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Note what happened to an account in the log of each of its tenants, else in the house's."""
    note = partial(
        audit, kind, subject=user.get_username(), reason=reason, before=before, after=after
    )
    places = memberships_of(user)
    for place in places:
        with tenant_context(place.tenant):
            note()
    if not places:
        with unscoped(reason="note what happened to an account"):
            note()


def profile_save(
    *,
    tenant: Tenant,
    rules: TenantRules,
    speed: Decimal = Decimal("1.00"),
    forwarding_number: str = "",
    saved_by: User | None = None,
) -> ReceptionistProfile:
    """Save `rules` as the tenant's next version; calls that begin from now on go by it.

    Name and time zone come from the tenant, whatever `rules` says. Versions saved at the same time
    come one after the other. Raises ValidationError naming the field, and nothing is saved then.
    """
    with tenant_context(tenant):
        row = Tenant.objects.select_for_update().get(pk=tenant.pk)
        last = ReceptionistProfile.objects.aggregate(last=Max("version"))["last"] or 0
        profile = ReceptionistProfile(
            version=last + 1,
            business_name=row.name,
            timezone=row.timezone,
            speed=speed,
            forwarding_number=forwarding_number,
            saved_by_id=None if saved_by is None else saved_by.pk,
            **_columns(rules),
        )
        profile.full_clean(validate_constraints=False)
        profile.save(force_insert=True)
        for part in _parts(profile, rules):
            part.full_clean()
            part.save(force_insert=True)
        tenant.current_profile = row.current_profile
        profile_adopt(tenant=tenant, profile=profile)
        return profile


def profile_adopt(*, tenant: Tenant, profile: ReceptionistProfile) -> None:
    """Let the tenant's receptionist go by this version (a new one, or an earlier one again)."""
    with tenant_context(tenant):
        before = tenant.current_profile
        Tenant.objects.filter(pk=tenant.pk).update(current_profile=profile)
        tenant.current_profile = profile
        audit(
            AuditKind.PROFILE,
            subject=f"version {profile.version}",
            before=None if before is None else as_settings(before, rules_for(before)),
            after=as_settings(profile, rules_for(profile)),
        )


def _columns(rules: TenantRules) -> dict[str, Any]:
    return {
        "greeting": rules.greeting,
        "persona": rules.persona,
        "voice": rules.voice,
        "languages": list(rules.languages),
        "on_call": list(rules.on_call),
        "service_zips": sorted(rules.service_zips),
        "holidays": list(rules.holidays),
        "not_offered": list(rules.not_offered),
        "diagnostic_fee": rules.diagnostic_fee or "",
        "emergency_fee": rules.emergency_fee or "",
        "memberships": list(rules.memberships),
        "faq": [{"question": one.question, "answer": one.answer} for one in rules.faq],
        "recording": rules.recording,
        "half_duplex": rules.half_duplex,
        "max_call_minutes": rules.max_call_minutes,
    }


def _parts(
    profile: ReceptionistProfile, rules: TenantRules
) -> list[Service | OpeningHours | ArrivalWindow | BlackoutDays]:
    return [
        *(
            Service(
                profile=profile,
                position=position,
                code=one.code,
                name=one.name,
                price_text=one.price_text or "",
                bookable=one.bookable,
                human_only=one.human_only,
            )
            for position, one in enumerate(rules.services)
        ),
        *(
            OpeningHours(profile=profile, weekday=one.weekday, opens=one.opens, closes=one.closes)
            for one in rules.hours
        ),
        *(
            ArrivalWindow(
                profile=profile,
                starts=one.starts,
                ends=one.ends,
                weekday=one.weekday,
                capacity=one.capacity,
            )
            for one in rules.windows
        ),
        *(
            BlackoutDays(
                profile=profile,
                first_day=one.first_day,
                last_day=one.last_day,
                reason=one.reason,
            )
            for one in rules.blackouts
        ),
    ]
