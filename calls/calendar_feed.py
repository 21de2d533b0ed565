"""The address at which a tenant's bookings can be read without logging in."""

import hashlib
import secrets
from datetime import datetime, timedelta
from hmac import compare_digest

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from calls.ics import FeedOf, feed_file, visit_of
from calls.models import Booking, BookingStatus, CalendarFeed
from tenants.audit import audit
from tenants.context import tenant_context, unscoped
from tenants.models import Tenant
from tenants.models.audit import AuditKind

TOKEN_BYTES = 32
PAST_SHOWN = timedelta(days=30)
CANCELLED_SHOWN = timedelta(days=30)
"""So that every calendar that had the booking has taken it out before it is left away."""
MOST_EVENTS = 500


def feed_renew(*, tenant: Tenant, now: datetime) -> str:
    """A new address, its token returned; an earlier one is dead from now on."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with tenant_context(tenant):
        _, is_first = CalendarFeed.objects.update_or_create(
            tenant_id=tenant.pk,
            defaults={"token_hash": _hash(token), "token": token, "created_at": now},
        )
        reason = "address made" if is_first else "new address, the old one closed"
        audit(AuditKind.TENANT, subject="calendar address", reason=reason)
    return token


def feed_close(*, tenant: Tenant) -> bool:
    """Let nobody read the calendar any more; false if nobody could."""
    with tenant_context(tenant):
        closed, _ = CalendarFeed.objects.all().delete()
        if closed:
            audit(AuditKind.TENANT, subject="calendar address", reason="closed")
    return closed == 1


def feed_address(*, tenant: Tenant) -> str:
    """The full address as it is given to a calendar; "" while there is none."""
    with tenant_context(tenant):
        feed = CalendarFeed.objects.first()
    return "" if feed is None else address_of(feed.token)


def address_of(token: str) -> str:
    """Where the calendar with this token is read."""
    return settings.PUBLIC_URL + reverse("calendar-feed", args=[token])


def feed_open(*, token: str, now: datetime) -> bytes | None:
    """The calendar this token opens; None if it opens none, or its tenant is not active.

    Two queries and their scopes, however many bookings there are; one for nobody's token.
    """
    with unscoped(reason="find whose calendar it is"):
        feed = (
            CalendarFeed.objects.select_related("tenant")
            .defer("token")
            .filter(token_hash=_hash(token))
            .first()
        )
    if feed is None or not compare_digest(feed.token_hash, _hash(token)):
        return None
    if not feed.tenant.is_active:
        return None
    return _file_of(feed.tenant, now)


def _file_of(tenant: Tenant, now: datetime) -> bytes:
    calls = settings.PUBLIC_URL + reverse("call-list") + "calls/{}/"
    with tenant_context(tenant):
        shown = (
            Booking.objects.select_related("call__lead")
            .filter(
                Q(status=BookingStatus.BOOKED)
                | Q(status=BookingStatus.CANCELLED, changed_at__gte=now - CANCELLED_SHOWN)
            )
            .filter(ends_at__gte=now - PAST_SHOWN)
            .order_by("-starts_at", "-pk")[:MOST_EVENTS]
        )
        feed = FeedOf(tenant.pk, f"{tenant.name}: bookings", tenant.timezone, calls)
        return feed_file(feed, [visit_of(feed, booking) for booking in shown])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
