"""The base of all API views that write: rate limits."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.views import APIView

from rooms.rate_limits import Budget, charge_request, count_request


class RateLimitedView(APIView):
    """A view whose writes are counted as soon as the user is known."""

    counts_own_writes = True  # which `RateLimitMiddleware` must know without importing the API

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Count the request after REST framework's own checks. Raises RateLimited."""
        super().initial(request, *args, **kwargs)
        count_request(request._request, request.user)

    def charge_request(self, budget: Budget) -> None:
        """Count the request against a budget that depends on its content. Raises RateLimited."""
        charge_request(budget, self.request._request, self.request.user)
