"""A request as the faces see it: its head, who sent it, what it spends, and what is known of it by its end."""

from collections.abc import Mapping

from gateway.http.heads import Head
from gateway.http.observation import RequestFacts
from gateway.http.pacing import TurnTaker
from gateway.http.points import POINT_NS, points_of_time
from gateway.http.rate_limits import RateLimiter
from gateway.store.tokens import Credential


class Request:
    """One request on its way; the pipeline fills in what it finds out."""

    __slots__ = (
        "_limiter",
        "_turns",
        "_waited",
        "credential",
        "facts",
        "head",
    )

    credential: Credential  # known before the face is asked for anything

    def __init__(self, head: Head, limiter: RateLimiter, turns: TurnTaker) -> None:
        self.head = head
        self.facts = RequestFacts()
        self._limiter, self._turns = limiter, turns
        self._waited = False

    @property
    def headers(self) -> Mapping[bytes, bytes]:
        """The headers; of those that come twice, the last."""
        return self.head.headers

    async def turn(self) -> None:
        """Wait for a round of the event loop that is no other long request's; once in a request is enough."""
        if not self._waited:
            self._waited = True
            await self._turns.turn()

    def spend(self, points: int) -> None:
        """Take the cost of what will be done from the token's points.

        Raises:
            HttpError: 429, with the seconds to wait.
        """
        self.facts.cost = points
        self._limiter.spend(self.credential.token_id, points)
        self.facts.charged += points

    def charge(self, points: int) -> None:
        """Take points for what is done already, also those that are not there."""
        self._limiter.charge(self.credential.token_id, points)
        self.facts.charged += points

    def spend_time(self, nanoseconds: int) -> int:
        """Take whole points for what goes on and took so long by now; return the time that is paid by them.

        Raises:
            HttpError: 429, with the seconds to wait.
        """
        points = nanoseconds // POINT_NS
        if points:
            self._limiter.spend(self.credential.token_id, points)
            self.facts.charged += points
        return points * POINT_NS

    def charge_rows(self, rows: int) -> None:
        """Take a point for each row that is sent, of an answer whose length nobody knows beforehand."""
        self.charge(rows)
        self.facts.cost += rows

    def settle(self) -> int:
        """Take what was spent so far beyond the points that were taken; return the points for what was spent.

        The first point of a request that was charged none is free: who waits as long as `Retry-After` says is not
        refused again.
        """
        spent = points_of_time(self.facts.spent_ns)
        if spent > max(1, self.facts.charged):
            self.charge(spent - self.facts.charged)
        return spent

    def remaining(self) -> int | None:
        """Return the points that the token has left; None where there is no limit."""
        return self._limiter.remaining(self.credential.token_id)
