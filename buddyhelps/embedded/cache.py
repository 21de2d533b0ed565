"""Django's Redis cache, over the embedded server where no other is configured."""

from typing import Any

from django.core.cache.backends import redis
from django.utils.functional import cached_property

from buddyhelps.embedded.configured import ensure_redis


class RedisCache(redis.RedisCache):
    """The stock backend; its first use makes sure that the server runs."""

    @cached_property
    def _cache(self) -> Any:
        ensure_redis()
        return self._class(self._servers, **self._options)  # type: ignore[attr-defined] # as stock
