"""What operators see of accounts: people, their addresses, factors and sessions."""

from http import HTTPStatus
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator

from tenants.accounts.addresses import person_with
from tenants.accounts.sudo import sudo_required
from tenants.console import ConsoleAdmin, ReadOnlyAdmin
from tenants.models.audit import AuditKind
from tenants.services import account_note

for _model in (EmailAddress, Authenticator, UserSession, User):
    admin.site.unregister(_model)


class OneAccountAnAddress:
    """Mixed into a form for a person: says so where the database would refuse."""

    cleaned_data: dict[str, Any]
    instance: User

    def clean_email(self) -> str:
        """In lower case, and nobody else's."""
        email = str(self.cleaned_data["email"]).lower()
        holder = person_with(email)
        if holder is not None and holder.pk != self.instance.pk:
            raise forms.ValidationError(f"{email} is the address of {holder.get_username()}")
        return email


class PersonForm(OneAccountAnAddress, UserChangeForm):  # type: ignore[type-arg] # not at run time
    """A person as they are."""


class NewPersonForm(OneAccountAnAddress, AdminUserCreationForm):  # type: ignore[type-arg]
    """A person to be: without an address nobody can log in."""

    email = forms.EmailField()


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg] # not at run time
    """People. They log in by their address, and confirm it when they first do."""

    form = PersonForm
    add_form = NewPersonForm
    add_fieldsets = (
        (None, {"fields": ("username", "email", "usable_password", "password1", "password2")}),
    )
    list_display = ("email", "username", "is_staff", "is_active", "last_login")

    @method_decorator(sudo_required(keep_form=False))
    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """Set somebody's password: asked for again, and the owners of their teams can read it."""
        response: HttpResponse = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == HTTPStatus.FOUND:
            user = User.objects.get(pk=id)
            account_note(AuditKind.PASSWORD, user=user, reason="an operator set it")
        return response


class Taken(ConsoleAdmin):
    """A list from which something can be taken away, but nothing added or changed."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    @method_decorator(sudo_required)
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Asks again who is there."""
        return super().delete_view(request, object_id, extra_context)

    @method_decorator(sudo_required)
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """So does taking several away at once."""
        return super().changelist_view(request, extra_context)


@admin.register(Authenticator)
class FactorAdmin(Taken):
    """Second factors; one is taken off for who has lost it. What they are made of stays hidden."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email",)
    exclude = ("data",)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Gone, which the owners of their teams can read."""
        account_note(
            AuditKind.SECOND_FACTOR, user=obj.user, reason=f"an operator removed: {obj.type}"
        )
        super().delete_model(request, obj)


@admin.register(UserSession)
class SessionAdmin(Taken):
    """Who is logged in where; deleting a line ends it."""

    list_display = ("user", "created_at", "ip", "user_agent")
    list_select_related = ("user",)
    search_fields = ("user__email", "ip")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Out at once."""
        account_note(AuditKind.SESSION, user=obj.user, reason="an operator ended one")
        obj.end()


@admin.register(EmailAddress)
class AddressAdmin(ReadOnlyAdmin):
    """Which addresses are confirmed."""

    list_display = ("email", "user", "verified")
    list_filter = ("verified",)
    list_select_related = ("user",)
    search_fields = ("email",)
