"""The base of all API views that write: rate limits."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.views import APIView

from rooms.rate_limits import Budget, charge_request, count_request


class RateLimitedView(APIView):
    """A view whose writes are counted as soon as the user is known."""

    counts_own_writes = True  # which `RateLimitMiddleware` must know without importing the API
    # Methods that don't count as sends, each with the budget that they are charged to instead.
    budgets: ClassVar[dict[str, Budget]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Count the request after REST framework's own checks. Raises RateLimited."""
        super().initial(request, *args, **kwargs)
        budget = self.budgets.get(request.method or "")
        if budget is not None:
            self.charge_request(budget)
        else:
            count_request(request._request, request.user)

    def charge_request(self, budget: Budget) -> None:
        """Count the request against a budget that depends on its content. Raises RateLimited."""
        charge_request(budget, self.request._request, self.request.user)
