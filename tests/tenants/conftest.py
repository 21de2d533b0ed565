"""The standing cast, for every test of tenants."""

from tests.tenants.cast import cast, committed_cast

__all__ = ["cast", "committed_cast"]
