"""How a mirror stands, as JSON for the page."""

import datetime as dt
from typing import Any

from gateway.domain.instants import SECOND, zone
from gateway.mirror.status import Status
from gateway.store.mirror.accounts import Account

UTC = zone("UTC")
MOST_TROUBLES = 200  # that are shown


def shown(status: Status, account: Account) -> dict[str, Any]:
    """Return how the mirror of an account stands, as the page reads it."""
    now = status.now
    return {
        "account": account.url,
        "startedAt": _instant(account.started_at),
        "syncedTo": _instant(account.synced_to),
        "lagMs": account.lag(now),
        "mostLagMs": status.most_lag * SECOND,
        "reachesBackTo": _day(account.reaches_back_to),
        "beginsOn": _day(account.begins_on),
        "complete": account.is_complete,
        "entries": account.entries,
        "holder": status.holder,
        "problem": account.problem,
        "problemAt": _instant(account.problem_at),
        "pausedUntil": _instant(now + status.pause) if status.pause else None,
        "budget": [
            {
                "requests": use.window.requests,
                "seconds": use.window.seconds,
                "mirror": use.mirror,
                "people": use.people,
                "mostOfMirror": use.window.share,
            }
            for use in status.used
        ],
        "neighboursAt": _instant(account.neighbours_at),
        "sweptAt": _instant(account.swept_at),
        "sweptAllAt": _instant(account.swept_all_at),
        "sweptTotal": account.swept_total,
        "waiting": status.waiting,
        "lacking": status.lacking,
        "troubleCount": len(status.troubles),
        "troubles": [
            {
                "what": trouble.what,
                "sentence": trouble.sentence,
                "tries": trouble.tries,
                "since": _instant(trouble.first_at),
                "nextTryAt": None if trouble.is_skipped else _instant(trouble.next_try_at),
                "skipped": trouble.is_skipped,
            }
            for trouble in status.troubles[:MOST_TROUBLES]
        ],
        "types": [{"type": t.type, "records": t.records, "readAt": _instant(t.read_at)} for t in status.types],
        "loadedEntries": status.loaded,
        "monthCount": status.month_count,
        "months": [
            {
                "month": month.month.isoformat(),
                "entries": month.entries,
                "loadedAt": _instant(month.loaded_at),
                "sweptAt": _instant(month.swept_at),
                "differences": month.differences,
            }
            for month in status.months
        ],
        "lags": status.lags,
    }


def _instant(value: int | None) -> str | None:
    return None if value is None else UTC.render(value)


def _day(value: dt.date | None) -> str | None:
    return None if value is None else value.isoformat()
