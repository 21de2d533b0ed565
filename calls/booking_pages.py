"""The plumber's pages about visits: the list, and the calendar that shows them elsewhere."""

import hashlib

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotFound
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from calls import bookings, presentation, selectors
from calls import calendar_feed as feeds
from calls.models import Booking
from calls.pages import tenant_page
from tenants.access import TenantRequest, tenant_required
from tenants.audit import audit
from tenants.models import PhoneNumber
from tenants.models.audit import AuditKind
from tenants.permissions import Permission, may

BOOKINGS_A_PAGE = 25


@require_safe
@tenant_required
def booking_list(request: TenantRequest) -> HttpResponse:
    """The visits still to come, soonest first."""
    now = timezone.now()
    page = Paginator(selectors.booking_list(now=now), BOOKINGS_A_PAGE).get_page(
        request.GET.get("page")
    )
    rows = [presentation.booking_row(booking) for booking in page]
    return tenant_page(
        request,
        "calls/booking_list.html",
        {
            "section": "bookings",
            "page": page,
            "bookings": rows,
            "may_manage": may(request.membership.role, Permission.MANAGE_CALENDAR),
            "has_windows": bool(rows)
            or bool(bookings.open_windows_now(tenant_id=request.tenant.pk, now=now)),
            "numbers": []
            if rows
            else [presentation.number_label(n.number) for n in PhoneNumber.objects.all()],
        },
    )


@require_POST
@tenant_required(permission=Permission.MANAGE_CALENDAR)
def booking_cancel(request: TenantRequest, pk: int) -> HttpResponse:
    """Cancel a visit; its window can be offered again."""
    booking = get_object_or_404(Booking, pk=pk)
    done = bookings.booking_cancel(
        tenant_id=request.tenant.pk, reference=booking.reference, now=timezone.now()
    )
    if done:
        audit(AuditKind.TENANT, subject=f"booking {booking.reference}", reason="cancelled by hand")
        phone = presentation.number_label(booking.phone) if booking.phone else ""
        tell = f" Call {phone} to tell them: they are not told by us." if phone else ""
        messages.success(
            request, f"The visit of {booking.name or 'the caller'} is cancelled.{tell}"
        )
    else:
        messages.warning(request, "That visit was cancelled already.")
    return redirect("booking-list")


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_required(permission=Permission.MANAGE_CALENDAR)
def calendar_settings(request: TenantRequest) -> HttpResponse:
    """The calendar's secret address; POST makes a new one, or closes it with `close`."""
    if request.method == "POST":
        if "close" in request.POST:
            feeds.feed_close(tenant=request.tenant)
            messages.success(request, "The calendar address is closed.")
        else:
            feeds.feed_renew(tenant=request.tenant, now=timezone.now())
            messages.success(request, "This is the calendar's address now.")
        return redirect("calendar-settings")
    address = feeds.feed_address(tenant=request.tenant)
    response = tenant_page(
        request,
        "calls/calendar_settings.html",
        {
            "section": "bookings",
            "address": address,
            "webcal": address.replace("https://", "webcal://").replace("http://", "webcal://"),
        },
    )
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """The bookings of whoever's token this is, as iCalendar; calendars cannot log in.

    Whatever is wrong (no such token, a suspended tenant) the answer is the same 404.
    """
    body = feeds.feed_open(token=token, now=timezone.now())
    if body is None:
        return HttpResponseNotFound("There is no calendar here.\n", content_type="text/plain")
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response = HttpResponse(
        body,
        content_type="text/calendar; charset=utf-8",
        headers={
            "ETag": etag,
            "Cache-Control": "private, max-age=300",
            "Content-Disposition": 'inline; filename="bookings.ics"',
            "X-Robots-Tag": "noindex",
        },
    )
    return get_conditional_response(request, etag=etag, response=response) or response
