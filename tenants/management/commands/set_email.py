"""manage.py set_email: an account without an e-mail address can log in again."""

from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from tenants.accounts.addresses import address_confirm, person_with


class Command(BaseCommand):
    """For an operator made by hand, and for one whose mailbox is gone."""

    help = "Give the account USERNAME the e-mail address it logs in by."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, and which."""
        parser.add_argument("username")
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        """The address counts as confirmed: whoever runs this has the database anyway."""
        email = str(options["email"]).strip().lower()
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email} is no e-mail address") from error
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"no account has the user name {options['username']}")
        holder = person_with(email)
        if holder is not None and holder.pk != user.pk:
            raise CommandError(f"{email} is the address of the account {holder.get_username()}")
        user.email = email
        user.save(update_fields=["email"])
        address_confirm(user=user)
        self.stdout.write(f"{user.get_username()} logs in as {email} from now on.")
