"""Telling a worker that a job is waiting: quick, and allowed to fail."""

import logging
import os
import time
from functools import lru_cache
from uuid import UUID

from kombu import Connection
from kombu.exceptions import ChannelError, OperationalError
from kombu.pools import producers
from redis.exceptions import RedisError

from gongji.celery import app

logger = logging.getLogger(__name__)

PATIENCE = 0.5
"""Seconds a citizen's submission may wait for the broker, to connect and to answer."""
REST = 5.0
"""Seconds for which a process does not try a broker that has just failed: the sweep will ring."""

_resting_until = 0.0


def ring(job_id: UUID, queue: str) -> bool:
    """Send the job's id to its queue; False, logged and harmless, when the broker does not take it."""
    global _resting_until
    if time.monotonic() < _resting_until:
        return False
    try:
        with producers[_connection(os.getpid())].acquire(timeout=PATIENCE) as producer:
            app.send_task("gongji.run_job", (str(job_id),), queue=queue, producer=producer, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        _resting_until = time.monotonic() + REST
        logger.warning("the broker did not take job %s (%s); the sweep will", job_id, type(error).__name__)
        return False
    return True


def waiting(queue: str) -> int:
    """Return how many rings nobody has heard yet; 0 when the broker cannot tell."""
    try:
        with producers[_connection(os.getpid())].acquire(timeout=PATIENCE) as producer:
            return int(producer.channel.queue_declare(queue, passive=True).message_count)
    except (ChannelError, OperationalError, RedisError, OSError):
        return 0


@lru_cache(maxsize=1)
def _connection(pid: int) -> Connection:
    """Return this process's way to the broker; unlike a worker's, it must never wait for it to come back."""
    impatient = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "max_retries": 0}
    return app.connection_for_write(transport_options=impatient)
