"""What every view of the API that may write stands on."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.views import APIView

from rooms.rate_limits import Budget, count_request, spend


class RateLimitedView(APIView):
    """A view whose writes are counted as soon as it is known who asks."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Raises RateLimited, beside what the framework does."""
        super().initial(request, *args, **kwargs)
        count_request(request._request, request.user)

    def spend(self, budget: Budget) -> None:
        """Count one of a budget that depends on what is asked for. Raises RateLimited."""
        spend(budget, self.request._request, self.request.user)
