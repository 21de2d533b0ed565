"""allauth's forms, with a passkey that logs in by itself and codes that open once.

With a tolerance of a step a code is valid for 90 seconds, but allauth remembers for 30 that it
was used, and not at all that it set the factor up.
"""

from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.contrib.auth.models import User
from django.core.cache import cache


class Once:
    """Mixed into a form for a code of `user`: the second to bring the same one is refused."""

    user: User

    def clean_code(self) -> str:
        """The code, used up now."""
        code: str = super().clean_code()  # type: ignore[misc] # the form's
        valid_s = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
        digits = "".join(code.split())
        if not cache.add(f"code-used:{self.user.pk}:{digits}", True, timeout=valid_s):
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(Once, base.AuthenticateForm):  # type: ignore[misc]
    """At log-in."""


class ReauthenticateForm(Once, base.ReauthenticateForm):  # type: ignore[misc]
    """Before something dangerous."""


class ActivateTOTPForm(Once, totp.ActivateTOTPForm):  # type: ignore[misc]
    """When an authenticator app is set up."""


class AddPasskeyForm(webauthn.AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey."""

    name = forms.CharField(required=False, max_length=60, label="Name, to tell it from others")
    passwordless = forms.BooleanField(
        required=False,
        initial=True,
        label="It logs me in by itself",
        help_text="Without a password, by fingerprint, face or PIN. Some security keys cannot.",
    )
