"""The embedded Redis as Channels and Celery use it."""

import warnings

from celery.exceptions import AlwaysEagerIgnored
from channels.layers import get_channel_layer

from buddyhelps.celery import app


async def test_message_to_a_group_reaches_its_members_over_redis(redis_url: str) -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("calls", channel)
    await layer.group_send("calls", {"type": "call.ended", "call": 7})
    assert await layer.receive(channel) == {"type": "call.ended", "call": 7}
    await layer.flush()


def test_task_is_published_to_the_queue_in_redis(redis_url: str) -> None:
    with app.connection_for_write() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore", AlwaysEagerIgnored)
        app.send_task("calls.tasks.example", args=[7], connection=connection)
        assert connection.default_channel._size("celery") == 1
