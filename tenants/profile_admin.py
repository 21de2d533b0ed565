"""The operators' pages for receptionists: versions to read, and a form that saves the next one."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.forms import SimpleArrayField
from django.forms.models import model_to_dict
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from tenants import services
from tenants.console import ConsoleAdmin, ConsoleInline
from tenants.models import (
    ArrivalWindow,
    BlackoutDays,
    OpeningHours,
    ReceptionistProfile,
    Service,
)
from voice.receptionist import rules

EMPTY_ROWS = 2


class LinesField(SimpleArrayField):
    """A list written one entry a line, since prices and memberships have commas in them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"delimiter": "\n", "widget": forms.Textarea, **kwargs})

    def to_python(self, value: Any) -> Any:
        """Blank lines are left out."""
        if isinstance(value, str):
            value = [line.strip() for line in value.splitlines() if line.strip()]
        return super().to_python(value)


def copied_version(request: HttpRequest) -> ReceptionistProfile | None:
    """The version the new one starts from: `?from=<its id>`."""
    source = request.GET.get("from", "")
    return ReceptionistProfile.objects.filter(pk=source).first() if source.isdigit() else None


class PartInline(ConsoleInline):
    """Rows of a version: written with it, never after."""

    columns: ClassVar[list[str]]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.columns

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        source = copied_version(request)
        if source is None:
            return EMPTY_ROWS
        return len(self.rows_of(source)) + EMPTY_ROWS

    def rows_of(self, profile: ReceptionistProfile) -> list[dict[str, Any]]:
        """That version's rows, as a form's initial values."""
        return [
            model_to_dict(row, fields=self.columns)
            for row in self.model._default_manager.filter(profile=profile)
        ]


class ServiceInline(PartInline):
    model = Service
    columns = ["code", "name", "price_text", "bookable", "human_only"]


class HoursInline(PartInline):
    model = OpeningHours
    columns = ["weekday", "opens", "closes"]


class WindowInline(PartInline):
    model = ArrivalWindow
    columns = ["starts", "ends", "weekday", "capacity"]


class BlackoutInline(PartInline):
    model = BlackoutDays
    columns = ["first_day", "last_day", "reason"]


@admin.register(ReceptionistProfile)
class ReceptionistProfileAdmin(ConsoleAdmin):
    """Versions never change, so "change" is a page to read with a link to the next version."""

    list_display = ["tenant", "version", "created_at", "is_current", "next_version"]
    list_filter = ["tenant", "created_at"]
    list_select_related = ["tenant"]
    autocomplete_fields = ["tenant"]
    inlines = [ServiceInline, HoursInline, WindowInline, BlackoutInline]
    formfield_overrides = {ArrayField: {"form_class": LinesField}}
    exclude = ["business_name", "timezone"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(boolean=True)
    def is_current(self, obj: ReceptionistProfile) -> bool:
        return obj.tenant.current_profile_id == obj.pk

    @admin.display(description="next version")
    def next_version(self, obj: ReceptionistProfile) -> str:
        add = reverse("admin:tenants_receptionistprofile_add")
        return format_html('<a href="{}?from={}">Start from this one</a>', add, obj.pk)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["version", "next_version", "created_at"] if obj is not None else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        source = copied_version(request)
        if source is None:
            return dict(super().get_changeform_initial_data(request))
        return model_to_dict(source)

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        found: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        source = copied_version(request)
        if source is not None and request.method == "GET":
            found["initial"] = inline.rows_of(source)
        return found

    def save_model(
        self, request: HttpRequest, obj: Any, form: "forms.ModelForm[Any]", change: bool
    ) -> None:
        """Nothing yet: a version is saved together with its parts, below."""

    def save_related(
        self, request: HttpRequest, form: "forms.ModelForm[Any]", formsets: Any, change: bool
    ) -> None:
        """Save the next version, and let the admin go on with it."""
        rows = {
            formset.model: [one.cleaned_data for one in formset.forms if one.has_changed()]
            for formset in formsets
        }
        saved = services.profile_save(
            tenant=form.cleaned_data["tenant"],
            rules=_rules(form.cleaned_data, rows),
            speed=form.cleaned_data["speed"],
            forwarding_number=form.cleaned_data["forwarding_number"],
            saved_by=request.user,  # type: ignore[arg-type] # the console has users only
        )
        form.instance.pk = saved.pk
        form.instance.version, form.instance.business_name = saved.version, saved.business_name
        for formset in formsets:
            formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []


def _rules(form: dict[str, Any], rows: dict[Any, list[dict[str, Any]]]) -> rules.TenantRules:
    return rules.TenantRules(
        business_name="",
        timezone="",
        greeting=form["greeting"],
        persona=form["persona"],
        voice=form["voice"],
        hours=tuple(
            rules.OpeningHours(one["weekday"], one["opens"], one["closes"])
            for one in rows[OpeningHours]
        ),
        holidays=tuple(day.isoformat() for day in form["holidays"]),
        service_zips=frozenset(form["service_zips"]),
        services=tuple(
            rules.ServiceRule(
                one["code"],
                one["name"],
                one["price_text"] or None,
                one["bookable"],
                one["human_only"],
            )
            for one in rows[Service]
        ),
        not_offered=tuple(form["not_offered"]),
        diagnostic_fee=form["diagnostic_fee"] or None,
        emergency_fee=form["emergency_fee"] or None,
        memberships=tuple(form["memberships"]),
        windows=tuple(
            rules.ArrivalWindow(one["starts"], one["ends"], one["capacity"], one["weekday"])
            for one in rows[ArrivalWindow]
        ),
        blackouts=tuple(
            rules.BlackoutDays(one["first_day"], one["last_day"], one["reason"])
            for one in rows[BlackoutDays]
        ),
        on_call=tuple(form["on_call"]),
        faq=tuple(rules.FaqEntry(one["question"], one["answer"]) for one in form["faq"] or []),
        languages=tuple(form["languages"]),
        recording=form["recording"],
        half_duplex=form["half_duplex"],
        max_call_minutes=form["max_call_minutes"],
    )
