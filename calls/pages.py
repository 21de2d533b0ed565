"""The plumber's pages about calls: the list and one call."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from calls import presentation, selectors
from calls.models import AccessCode, Call, Recording
from calls.paging import Place, call_page
from tenants.access import TenantRequest, tenant_required
from tenants.audit import audit
from tenants.models import PhoneNumber
from tenants.models.audit import AuditKind
from tenants.permissions import Permission, may

CALLS_A_PAGE = 25


@require_GET
@tenant_required
def call_list(request: TenantRequest) -> HttpResponse:
    """The tenant's calls, newest first, searched by `q`, from `before` or `after` a place on."""
    query = request.GET.get("q", "").strip()[:100]
    page = call_page(
        query=query,
        before=Place.read(request.GET.get("before", "")),
        after=Place.read(request.GET.get("after", "")),
        size=CALLS_A_PAGE,
    )
    rows = [presentation.call_row(call) for call in page.calls]
    return tenant_page(
        request,
        "calls/call_list.html",
        {
            "section": "calls",
            "query": query,
            "page": page,
            "calls": rows,
            "numbers": []
            if rows or query
            else [presentation.number_label(n.number) for n in PhoneNumber.objects.all()],
        },
    )


@require_GET
@tenant_required
def call_detail(request: TenantRequest, pk: UUID) -> HttpResponse:
    """One call: transcript, recording, lead. Another tenant's call is a 404."""
    return _call_page(request, _call(pk))


@require_POST
@tenant_required(permission=Permission.READ_ACCESS_CODES)
def access_codes(request: TenantRequest, pk: UUID) -> HttpResponse:
    """The call's page with its access codes shown; who read them is in the log."""
    call = _call(pk)
    codes = [code.text for code in AccessCode.objects.filter(call=call)]
    if codes:
        audit(AuditKind.ACCESS_CODE, subject=f"call {call.pk}")
    response = _call_page(request, call, codes=codes)
    response["Cache-Control"] = "private, no-store"
    return response


def _call(pk: UUID) -> Call:
    call = selectors.call_detail(call_id=pk)
    if call is None:
        raise Http404("There is no such call.")
    return call


def _call_page(request: TenantRequest, call: Call, *, codes: Sequence[str] = ()) -> HttpResponse:
    lead = presentation.lead_of(call)
    return tenant_page(
        request,
        "calls/call_detail.html",
        {
            "section": "calls",
            "call": call,
            "lead": lead,
            "recording": Recording.objects.filter(call=call).exists(),
            "consent": presentation.consent_of(call),
            "has_codes": AccessCode.objects.filter(call=call).exists(),
            "may_read_codes": request.impersonation is None
            and may(request.membership.role, Permission.READ_ACCESS_CODES),
            "codes": codes,
            "view": {
                "caller_label": presentation.caller_label(call),
                "duration_label": presentation.duration_label(call.duration_ms),
                "end_label": presentation.end_label(call.end_reason),
                "urgency_label": presentation.urgency_label(lead.urgency if lead else ""),
                "facts": presentation.facts(lead.slots, lead.by_model) if lead else [],
                "questions": presentation.questions(lead) if lead else [],
                "actions": [action.replace("_", " ") for action in lead.actions] if lead else [],
                "turns": [presentation.turn_view(turn) for turn in call.turns.all()],
                "is_private": not call.transcript_kept,
                "legend": [{"key": key, "label": label} for key, label, _ in presentation.STAGES],
            },
        },
    )


def tenant_page(request: TenantRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page with its times as the tenant's own clocks show them."""
    with timezone.override(ZoneInfo(request.tenant.timezone)):
        return render(request, template, context)
