"""How often something may be tried from one place, for pages that a search could only load, never break.

Counts live in Redis and go with it: what must hold (codes, logins) is counted in PostgreSQL. So Redis being
away lets everybody in, which costs us work and nobody a secret.
"""

import logging
import time

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def wait(key: str, times: int, seconds: int) -> int:
    """Count a try under `key`; return 0 when it is within `times` per window of `seconds`, else the seconds
    until the next window."""
    now = int(time.time())
    window, passed = divmod(now, seconds)
    name = f"pace:{key}:{window}"
    try:
        cache.add(name, 0, timeout=seconds)
        count = cache.incr(name)
    except (RedisError, ValueError):  # ValueError: the window closed between the two calls
        logger.warning("tries under %s were not counted", key.partition(":")[0])
        return 0
    return seconds - passed if count > times else 0
