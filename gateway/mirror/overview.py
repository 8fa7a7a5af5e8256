"""All that people are shown of a mirror: how it stands, its months, what is broken, and its lag over a day."""

from dataclasses import dataclass
from typing import Any

from gateway.domain.instants import zone
from gateway.mirror.options import MirrorOptions
from gateway.mirror.upstream.budget import Counted, Use, budget_of
from gateway.store.databases.database import Connection
from gateway.store.mirror.progress import Month, ReadType, list_lags, list_months, list_read_types
from gateway.store.mirror.standing import Standing, find_standing
from gateway.store.mirror.troubles import Trouble, list_troubles

UTC = zone("UTC")
MOST_TROUBLES = 200  # that are shown


@dataclass(frozen=True, slots=True)
class Overview:
    """What was read at one moment."""

    standing: Standing
    budget: list[Use]
    months: list[Month]  # the latest first
    types: list[ReadType]
    troubles: list[Trouble]  # the oldest first
    lags: list[tuple[int, int]]  # minute since 1970, longest lag in milliseconds


async def read_overview(connection: Connection, options: MirrorOptions, now: int) -> Overview | None:
    """Read how the organization of the settings is mirrored; None where it never was."""
    organization_id = options.mirror_organization_id
    standing = await find_standing(connection, organization_id)
    if standing is None:
        return None
    troubles = await list_troubles(connection, organization_id)
    return Overview(
        standing,
        Counted.read(budget_of(options.budget_windows), standing.windows or "", now).use(),
        await list_months(connection, organization_id),
        sorted((await list_read_types(connection, organization_id)).values(), key=lambda read: read.type),
        list(troubles.values())[:MOST_TROUBLES],
        await list_lags(connection, organization_id),
    )


def shown(overview: Overview, options: MirrorOptions, now: int) -> dict[str, Any]:
    """Return an overview as the page reads it."""
    standing, account = overview.standing, overview.standing.account
    lag = account.lag(now)
    return {
        "account": account.url,
        "startedAt": _instant(account.started_at),
        "syncedTo": _instant(account.synced_to),
        "lagMs": lag,
        "mostLagMs": options.mirror_max_lag_s * 1_000,
        "reachesBackTo": _day(account.reaches_back_to),
        "beginsOn": _day(account.begins_on),
        "complete": account.is_complete,
        "entries": account.entries,
        "holder": standing.holder,
        "problem": account.problem,
        "problemAt": _instant(account.problem_at),
        "pausedUntil": _instant(standing.paused_until),
        "budget": [
            {
                "requests": use.window.requests,
                "seconds": use.window.seconds,
                "mirror": use.mirror,
                "people": use.people,
                "mostOfMirror": use.window.share,
            }
            for use in overview.budget
        ],
        "neighboursAt": _instant(account.neighbours_at),
        "sweptAt": _instant(account.swept_at),
        "sweptAllAt": _instant(account.swept_all_at),
        "sweptTotal": account.swept_total,
        "waiting": standing.waiting,
        "troubleCount": standing.troubles,
        "troubles": [
            {
                "what": trouble.what,
                "sentence": trouble.sentence,
                "tries": trouble.tries,
                "since": _instant(trouble.first_at),
                "nextTryAt": None if trouble.is_skipped else _instant(trouble.next_try_at),
                "skipped": trouble.is_skipped,
            }
            for trouble in overview.troubles
        ],
        "types": [{"type": t.type, "records": t.records, "readAt": _instant(t.read_at)} for t in overview.types],
        "months": [
            {
                "month": month.month.isoformat(),
                "entries": month.entries,
                "loadedAt": _instant(month.loaded_at),
                "sweptAt": _instant(month.swept_at),
                "differences": month.differences,
            }
            for month in overview.months
        ],
        "lags": overview.lags,
    }


def _instant(value: int | None) -> str | None:
    return None if value is None else UTC.render(value)


def _day(value: Any) -> str | None:  # noqa: ANN401
    return None if value is None else str(value)
