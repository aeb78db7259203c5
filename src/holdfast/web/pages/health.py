"""GET /health: whether this installation can serve, for load balancers and for people who wonder."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from holdfast import __version__
from holdfast.organization import clock
from holdfast.organization.accounts.actions import holds_example
from holdfast.organization.jobs.models import ALIVE, last_beat
from holdfast.web.permissions import public


@public("load balancers ask, and people who wonder")
@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 with what is served and when a worker was last heard of, or 503 with what is wrong."""
    answer = {"status": "ok", "version": __version__, "database": connection.vendor}
    try:
        example = holds_example()
        beat = last_beat()
    except DatabaseError:
        # No details: this address is open to everyone.
        return JsonResponse(answer | {"status": "failed", "reason": "the database does not answer"}, status=503)
    worker = {"last_beat": beat, "alive": beat is not None and clock.now() - beat < ALIVE}
    return JsonResponse(answer | {"example": example, "worker": worker})
