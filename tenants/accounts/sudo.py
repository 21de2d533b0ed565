"""Dangerous actions ask again who is there, unless they were asked within the last minutes."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, overload
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import urlencode

View = Callable[..., HttpResponseBase]
LOOKS = frozenset({"GET", "HEAD", "OPTIONS"})


@overload
def sudo_required(view: View, /) -> View: ...
@overload
def sudo_required(*, keep_form: bool) -> Callable[[View], View]: ...


def sudo_required(
    view: View | None = None, /, *, keep_form: bool = True
) -> View | Callable[[View], View]:
    """Let a change through if its author has proven lately who they are; else ask them first.

    What was sent waits in the session and is carried out once they have. A form with secrets in
    it must not wait there: `keep_form=False` asks before it is even shown. Goes inside
    `tenant_required`, so that who may not do it at all is not asked.
    """
    if view is None:
        return lambda inner: _guarded(inner, keep_form)
    return _guarded(view, keep_form)


def lately_confirmed(request: HttpRequest) -> bool:
    """Whether they logged in or confirmed within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds."""
    records = get_authentication_records(request, request.user)
    timeout_s: int = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    return bool(records) and time.time() - records[-1]["at"] < timeout_s


def _guarded(view: View, keep_form: bool) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        looks = request.method in LOOKS
        nobody = not request.user.is_authenticated  # the view sends them to the log-in
        if nobody or (looks and keep_form) or lately_confirmed(request):
            return view(request, *args, **kwargs)
        if request.headers.get("HX-Request"):  # a partial cannot show the question
            shown = urlsplit(request.headers.get("HX-Current-URL", "/")).path
            return HttpResponse(headers={"HX-Redirect": _question(request, back_to=shown)})
        if keep_form:
            raise ReauthenticationRequired
        return redirect(_question(request, back_to=request.path))

    guarded.asks_again = True  # type: ignore[attr-defined] # the tests ask
    return guarded


def _question(request: HttpRequest, *, back_to: str) -> str:
    first = get_adapter().get_reauthentication_methods(request.user)[0]
    return f"{first['url']}?{urlencode({'next': back_to})}"
