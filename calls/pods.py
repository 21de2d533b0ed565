"""This machine as the others see it: its name, its stream address, and that it is alive."""

import socket
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F

from calls import admission
from calls.models import Pod

STREAM_PATH = "/media/twilio"


def pod_name() -> str:
    """What tells this pod from others."""
    return str(settings.POD_NAME or f"{socket.gethostname()}:{settings.PORT}")


def stream_url() -> str:
    """Where carriers connect this pod's media streams."""
    if settings.POD_STREAM_URL:
        return str(settings.POD_STREAM_URL)
    public = urlsplit(settings.PUBLIC_URL)
    scheme = "wss" if public.scheme == "https" else "ws"
    return public._replace(scheme=scheme, path=STREAM_PATH).geturl()


def pod_register(*, capacity: int, now: datetime) -> int:
    """The pod takes calls from now on; its id."""
    pod, _ = Pod.objects.update_or_create(
        name=pod_name(),
        defaults={
            "stream_url": stream_url(),
            "capacity": capacity,
            "is_draining": False,
            "started_at": now,
            "heartbeat_at": now,
        },
    )
    return int(pod.pk)


def pod_beat(*, pod_id: int, call_sids: list[str], now: datetime) -> None:
    """The pod is alive, and so are these calls."""
    Pod.objects.filter(pk=pod_id).update(heartbeat_at=now)
    admission.renew(pod_id=pod_id, call_sids=call_sids, now=now)


def pod_drain(*, pod_id: int) -> None:
    """No new calls for this pod."""
    Pod.objects.filter(pk=pod_id).update(is_draining=True)


def pod_leave(*, pod_id: int) -> None:
    """The pod is gone: it is not to be waited for."""
    Pod.objects.filter(pk=pod_id).update(
        is_draining=True, heartbeat_at=F("heartbeat_at") - admission.POD_SILENCE
    )
