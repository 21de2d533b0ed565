"""What other apps want done at the moment a call ends, inside the transaction that ends it."""

from collections.abc import Callable

from calls.models import Call

Hook = Callable[[Call], None]

_hooks: list[Hook] = []


def register(hook: Hook) -> None:
    """Run `hook(call)` in each transaction that ends a call; once for each call.

    The call's tenant is active. An exception undoes the whole end, which is then tried again.
    """
    if hook not in _hooks:
        _hooks.append(hook)


def run(call: Call) -> None:
    """Run every registered hook, in the order they were registered."""
    for hook in _hooks:
        hook(call)
