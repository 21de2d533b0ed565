"""The standing cast, and calls of theirs."""

from tests.tenants.cast import cast, committed_cast

__all__ = ["cast", "committed_cast"]
