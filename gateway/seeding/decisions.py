"""What became of an entry: edited, approved, rejected or nothing yet, by how old it is."""

from typing import NamedTuple

from gateway.domain.approval import whole_second
from gateway.domain.instants import DAY, MINUTE
from gateway.seeding import words
from gateway.seeding.work import Deal
from gateway.store.bulk.batches import Encoding

# From this age in days on, of 256 entries so many are approved, and so many more rejected.
SHARES = ((60, 240, 6), (30, 215, 12), (14, 180, 14), (7, 100, 14), (1, 30, 8), (0, 0, 0))
OF = 256
LATEST_DECISION = 6  # days


OUTCOME_COLUMNS = (
    "approved", "approved_at", "approver_id", "rejected", "rejected_at", "rejected_reason", "rejecter_id",
    "updated_at", "updater_id", "last_actor_id", "revision",
)  # fmt: skip


class Outcome(NamedTuple):
    """The columns that changed since an entry was made, and its approval status if one was recorded.

    There is one for each of millions of entries: a named tuple is made twice as fast as a frozen dataclass.
    """

    approved: bool
    values: tuple[object, ...]  # of OUTCOME_COLUMNS
    recorded: tuple[object, ...] | None = None  # approver, approved_at, rejected_at, note


class Decisions:
    """Decides for a database that writes truth in its own way."""

    def __init__(self, encoding: Encoding) -> None:
        self.yes, self.no = encoding.yes, encoding.no
        self._nothing = (self.no, None, None, self.no, None, None, None)
        self._shares = {age: _shares(age) for age in range(SHARES[0][0] + 1)}

    def decide(
        self,
        deal: Deal,
        bits: int,
        *,
        person_id: int,
        creator_id: int,
        age: int,
        created_at: int,
        submitted_at: int | None,
    ) -> Outcome:
        """Return what became of an entry that is `age` days old; submitting touches it, and some were edited."""
        if not deal.time_approval:
            at_once = (self.yes, whole_second(created_at), None, self.no, None, None, None)
            return Outcome(approved=True, values=(*at_once, created_at, None, creator_id, 1))
        approved, rejected = self._shares[min(age, SHARES[0][0])]
        roll = bits & (OF - 1)
        revision = 1 if submitted_at is None else 2
        at = created_at + ((bits >> 8) % min(age, LATEST_DECISION) * DAY if age else 0) + 30 * MINUTE
        if submitted_at is not None and at <= submitted_at:
            at = submitted_at + MINUTE
        judge = deal.responsible_id
        if roll < approved:
            approval = (self.yes, whole_second(at), judge, self.no, None, None, None, at, None, judge, revision + 1)
            note = words.APPROVAL_NOTES[(bits >> 14) % len(words.APPROVAL_NOTES)]
            recorded = None if (bits >> 20) & 7 else (judge, whole_second(at), None, note)
            return Outcome(approved=True, values=approval, recorded=recorded)
        if roll < rejected:
            reason = words.REJECTION_REASONS[(bits >> 14) % len(words.REJECTION_REASONS)]
            rejection = (self.no, None, None, self.yes, at, reason, judge, at, None, judge, revision + 1)
            return Outcome(approved=False, values=rejection, recorded=(judge, None, at, reason))
        if submitted_at is not None:
            return Outcome(approved=False, values=(*self._nothing, submitted_at, None, person_id, 2))
        if age and not (bits >> 22) & 7:
            edited = (created_at + 10 * MINUTE, person_id, person_id, 2)
            return Outcome(approved=False, values=(*self._nothing, *edited))
        return Outcome(approved=False, values=(*self._nothing, created_at, None, creator_id, 1))


def _shares(age: int) -> tuple[int, int]:
    approved, rejected = next((approved, rejected) for days, approved, rejected in SHARES if age >= days)
    return approved, approved + rejected
