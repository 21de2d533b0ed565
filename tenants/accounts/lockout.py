"""Too many wrong passwords: what django-axes counts them under, and the page that says so."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def address_tried(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """The e-mail address somebody tries to be, the same at a failure and at the success after it.

    Once they are in, axes knows a user name alone; that is then the request's own user.
    """
    tried = dict(credentials or {})
    user = getattr(request, "user", None)
    if "email" not in tried and user is not None and user.is_authenticated:
        return str(user.email).lower()
    typed = tried.get("email") or tried.get("username") or request.POST.get("login", "")
    return str(typed).strip().lower()


def locked_out(
    request: HttpRequest, response: object = None, credentials: object = None
) -> HttpResponse:
    """Too many wrong passwords from one place for one address: wait (django-axes asks for this)."""
    return render(request, "account/locked_out.html", status=429)
