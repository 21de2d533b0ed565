"""A new address takes the old one's place once it is confirmed."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.test import Client

from tenants.context import unscoped
from tenants.models import AuditEntry
from tests.accounts.conftest import Committed
from tests.accounts.people import PASSWORD, at_the_door, is_in
from tests.tenants.cast import Cast


def changed_to(client: Client, email: str, committed: Committed, outbox: list[Any]) -> str:
    with committed():
        answer = client.post("/account/email/", {"email": email, "action_add": "1"})
    assert answer["Location"] == "/account/email/code/"
    return str(outbox[-1].body).splitlines()[2]


def test_the_code_moves_the_account_to_the_new_address(
    cast: Cast, committed: Committed, mailoutbox: list[EmailMessage]
) -> None:
    client = at_the_door("alice")
    sent = changed_to(client, "Alice.New@example.com", committed, mailoutbox)
    assert is_in(at_the_door("alice"))  # nothing is changed yet
    with committed():
        client.post("/account/email/code/", {"code": sent})
    alice = User.objects.get(pk=cast.alice.pk)
    assert (alice.email, alice.username) == ("alice.new@example.com", "alice.new@example.com")
    addresses = EmailAddress.objects.filter(user=alice).values_list("email", "verified")
    assert list(addresses) == [("alice.new@example.com", True)]
    assert not is_in(at_the_door("alice"))
    assert is_in(at_the_door("alice.new"))
    assert mailoutbox[-1].to == ["alice@example.com"]  # the old mailbox is told
    with unscoped(reason="test"):
        entry = AuditEntry.objects.get(kind="email")
    assert (entry.actor_name, entry.before, entry.after) == (
        "alice@example.com",
        {"email": "alice@example.com"},
        {"email": "alice.new@example.com"},
    )


def test_somebody_elses_address_is_not_to_be_had_and_not_told_apart(
    cast: Cast, committed: Committed, mailoutbox: list[EmailMessage]
) -> None:
    client = at_the_door("bob")
    with committed():
        client.post("/account/email/", {"email": "alice@example.com", "action_add": "1"})
    for mail in mailoutbox:
        client.post("/account/email/code/", {"code": str(mail.body).splitlines()[2]})
    assert User.objects.get(pk=cast.bob.pk).email == "bob@example.com"
    assert is_in(at_the_door("alice"))


def test_an_account_without_an_address_gets_one_by_command(cast: Cast) -> None:
    User.objects.create_user("root", password=PASSWORD)
    call_command("set_email", "root", "Root@example.com")
    assert is_in(at_the_door("root"))
