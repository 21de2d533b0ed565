"""What django-allauth's own pages leave out."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import remove_webauthn
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect


@login_required
def passkey_remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Remove one of one's passkeys, but not the last factor of somebody who must have one."""
    passkey = get_object_or_404(
        Authenticator, pk=pk, user=request.user, type=Authenticator.Type.WEBAUTHN
    )
    if not get_adapter().can_delete_authenticator(passkey):
        messages.error(request, "You must have a second factor. Add another one first.")
        return redirect("mfa_list_webauthn")
    response: HttpResponseBase = remove_webauthn(request, pk=pk)
    return response
