"""The routes of django-allauth that we use, each by name; what is not here does not exist."""

from allauth.account import views
from django.urls import include, path, re_path

from tenants.accounts.sudo import sudo_required
from tenants.accounts.views import passkey_remove

account = [
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),  # says that it is closed
    path("confirm/", views.reauthenticate, name="account_reauthenticate"),
    path("email/", sudo_required(views.email), name="account_email"),
    path("email/code/", views.email_verification_sent, name="account_email_verification_sent"),
    path(
        "password/",
        sudo_required(keep_form=False)(views.password_change),
        name="account_change_password",
    ),
    path(
        "password/set/",
        sudo_required(keep_form=False)(views.password_set),
        name="account_set_password",
    ),
    path("reset/", views.password_reset, name="account_reset_password"),
    path("reset/sent/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "reset/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("account/", include(account)),
    path(
        "account/security/webauthn/keys/<int:pk>/remove/",
        passkey_remove,
        name="mfa_remove_webauthn",
    ),
    path("account/security/", include("allauth.mfa.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
]
