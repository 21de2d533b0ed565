"""The standing cast, for the pages."""

from tests.tenants.cast import cast

__all__ = ["cast"]
