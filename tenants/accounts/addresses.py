"""A person is their e-mail address; here it is looked up and, once proven, kept."""

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User


def display(user: User) -> str:
    """How pages and authenticators name them."""
    return user.email or user.get_username()


def person_with(email: str) -> User | None:
    """Whose address it is, in whatever case it was typed."""
    return User.objects.filter(email__iexact=email).first() if email else None


def address_confirm(*, user: User) -> None:
    """Whoever holds this account has shown that mail to its address reaches them."""
    email = user.email.lower()
    EmailAddress.objects.filter(user=user).exclude(email=email).delete()  # there is one only
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )


def name_follow(*, user: User, before: str) -> None:
    """A user name that was the old address becomes the new one: the audit log shows names."""
    if user.username == before and not User.objects.filter(username=user.email).exists():
        user.username = user.email
        user.save(update_fields=["username"])
