"""What may be asked about tenants."""

from collections.abc import Sequence

from django.contrib.auth.models import User

from tenants.context import unscoped
from tenants.models import Membership, PhoneNumber, ReceptionistProfile, Tenant
from voice.receptionist.rules import (
    ArrivalWindow,
    BlackoutDays,
    FaqEntry,
    OpeningHours,
    ServiceRule,
    TenantRules,
)


def tenant_for_number(e164: str) -> tuple[Tenant, PhoneNumber] | None:
    """Whose number was dialled, with its `current_profile` loaded; None if nobody's.

    Called outside any tenant's context: finding the tenant is the point.
    """
    with unscoped(reason="find whose number was dialled"):
        number = (
            PhoneNumber.objects.select_related("tenant__current_profile")
            .filter(number=e164)
            .first()
        )
    return None if number is None else (number.tenant, number)


def memberships_of(user: User) -> Sequence[Membership]:
    """The user's places in teams, oldest first, each with its tenant loaded."""
    with unscoped(reason="find the teams of a user"):
        return list(Membership.objects.select_related("tenant").filter(user=user).order_by("pk"))


def tenant_by_slug(slug: str) -> Tenant:
    """The tenant named on a command line. Raises Tenant.DoesNotExist naming those there are."""
    with unscoped(reason="find a tenant by its slug"):
        found = Tenant.objects.select_related("current_profile").filter(slug=slug).first()
        if found is not None:
            return found
        known = ", ".join(Tenant.objects.order_by("slug").values_list("slug", flat=True)[:20])
    raise Tenant.DoesNotExist(f"no tenant {slug!r}; there are: {known or 'none, run seed_demo'}")


def rules_for(profile: ReceptionistProfile) -> TenantRules:
    """What this version allows the receptionist to say, frozen; four queries.

    Called inside the tenant's context. The same version gives the same rules for ever.
    """
    return TenantRules(
        business_name=profile.business_name,
        timezone=profile.timezone,
        greeting=profile.greeting,
        persona=profile.persona,
        voice=profile.voice,
        hours=tuple(
            OpeningHours(one.weekday, one.opens, one.closes) for one in profile.hours.all()
        ),
        holidays=tuple(day.isoformat() for day in profile.holidays),
        service_zips=frozenset(profile.service_zips),
        services=tuple(
            ServiceRule(one.code, one.name, one.price_text or None, one.bookable, one.human_only)
            for one in profile.services.all()
        ),
        not_offered=tuple(profile.not_offered),
        diagnostic_fee=profile.diagnostic_fee or None,
        emergency_fee=profile.emergency_fee or None,
        memberships=tuple(profile.memberships),
        windows=tuple(
            ArrivalWindow(one.starts, one.ends, one.capacity, one.weekday)
            for one in profile.windows.all()
        ),
        blackouts=tuple(
            BlackoutDays(one.first_day, one.last_day, one.reason) for one in profile.blackouts.all()
        ),
        on_call=tuple(profile.on_call),
        faq=tuple(FaqEntry(one["question"], one["answer"]) for one in profile.faq),
        languages=tuple(profile.languages),
        recording=profile.recording,
        half_duplex=profile.half_duplex,
        max_call_minutes=profile.max_call_minutes,
    )
