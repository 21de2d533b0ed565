"""The operators' pages for tenants. All of them run in `unscoped`, audited (TenantMiddleware)."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.html import format_html

from tenants import impersonation_views
from tenants.accounts.console import FactorAdmin, PersonAdmin
from tenants.audit import audit
from tenants.console import ConsoleAdmin, ConsoleInline, ReadOnly, ReadOnlyAdmin
from tenants.context import tenant_context
from tenants.models import AuditEntry, Impersonation, Membership, PhoneNumber, Tenant
from tenants.models.audit import AuditKind
from tenants.profile_admin import ReceptionistProfileAdmin
from tenants.selectors import rules_for
from tenants.services import profile_save

__all__ = ["FactorAdmin", "PersonAdmin", "ReceptionistProfileAdmin"]  # registered by their import


class AuditedAdmin(ConsoleAdmin):
    """Writes each change, with what it was before, to the log of the tenant it concerns."""

    audit_kind: AuditKind

    def tenant_of(self, row: Any) -> Tenant:
        tenant: Tenant = row.tenant
        return tenant

    def save_model(
        self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        before = {name: form.initial.get(name) for name in form.changed_data} if change else None
        after = {name: form.cleaned_data[name] for name in form.changed_data}
        self._audit(obj, before, after)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._audit(obj, {"deleted": str(obj)}, None)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def _audit(self, row: Any, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        with tenant_context(self.tenant_of(row)):
            audit(
                self.audit_kind,
                subject=str(row),
                reason="admin console",
                before=before and {name: str(value) for name, value in before.items()},
                after=after and {name: str(value) for name, value in after.items()},
            )


class NumberInline(ReadOnly, ConsoleInline):
    model = PhoneNumber
    fields = ["number", "label", "is_test_line"]
    extra = 0


class MembershipInline(ReadOnly, ConsoleInline):
    model = Membership
    fields = ["user", "role"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user")


@admin.register(Tenant)
class TenantAdmin(AuditedAdmin):
    """Accounts; a new one has no receptionist until a profile is added for it."""

    audit_kind = AuditKind.TENANT
    list_display = [
        "name",
        "slug",
        "status",
        "max_concurrent_calls",
        "timezone",
        "created_at",
        "look",
    ]
    list_filter = ["status", "timezone"]
    search_fields = ["name", "slug"]
    readonly_fields = ["current_profile", "created_at", "look"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [NumberInline, MembershipInline]

    def tenant_of(self, row: Any) -> Tenant:
        tenant: Tenant = row
        return tenant

    def save_model(
        self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool
    ) -> None:
        """A new name or time zone is a new version: the receptionist says them."""
        super().save_model(request, obj, form, change)
        current = obj.current_profile
        if current is not None and {"name", "timezone"} & set(form.changed_data):
            profile_save(
                tenant=obj,
                rules=rules_for(current),
                speed=current.speed,
                forwarding_number=current.forwarding_number,
                saved_by=request.user,  # type: ignore[arg-type] # the console has users only
            )

    def get_urls(self) -> list[Any]:
        """Its own, and the door to the tenant's pages."""
        begin = self.admin_site.admin_view(impersonation_views.begin)
        look = path("<path:object_id>/look/", begin, name="tenants_tenant_look")
        return [look, *super().get_urls()]

    @admin.display(description="Pages")
    def look(self, tenant: Tenant) -> str:
        """A link to the tenant's pages as its owner sees them."""
        address = reverse("admin:tenants_tenant_look", args=[tenant.pk])
        return format_html('<a href="{}">Open as this tenant…</a>', address)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # tenants are erased by manage.py tenant_erase, which removes everything


@admin.register(PhoneNumber)
class PhoneNumberAdmin(AuditedAdmin):
    """Who gets which number."""

    audit_kind = AuditKind.NUMBER
    list_display = ["number", "tenant", "label", "is_test_line", "created_at"]
    list_filter = ["is_test_line", "tenant"]
    list_select_related = ["tenant"]
    search_fields = ["number", "label", "tenant__name"]
    autocomplete_fields = ["tenant"]


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    """Who is on which team."""

    audit_kind = AuditKind.MEMBER
    list_display = ["user", "tenant", "role", "created_at"]
    list_filter = ["role", "tenant"]
    list_select_related = ["tenant", "user"]
    search_fields = ["user__username", "tenant__name"]
    autocomplete_fields = ["tenant", "user"]


@admin.register(Impersonation)
class ImpersonationAdmin(ReadOnlyAdmin):
    """Who of the operators looked at which tenant's pages, and why."""

    list_display = ["began_at", "tenant", "operator_name", "reason", "ends_at", "ended_at"]
    list_filter = ["began_at", "tenant"]
    list_select_related = ["tenant"]
    search_fields = ["operator_name", "reason"]
    raw_id_fields = ["operator"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Everything that was worth knowing later."""

    list_display = ["at", "kind", "tenant", "actor_name", "subject", "reason"]
    list_filter = ["kind", "at", "tenant"]
    list_select_related = ["tenant"]
    search_fields = ["actor_name", "subject", "reason"]
    exclude = ["once"]
