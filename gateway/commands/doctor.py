"""`gateway doctor`: look at everything that the gateway stands on, and say what to do."""

import asyncio
import zoneinfo
from collections.abc import Sequence

import typer
from rich.console import Console
from rich.text import Text

from gateway.caches import CACHES
from gateway.clock import system_clock
from gateway.explorer import fetch
from gateway.mirror.freshness import why_behind
from gateway.mirror.secrets import Vault
from gateway.mirror.tokens import list_unreadable
from gateway.mirror.upstream.account import Account, BadAccount
from gateway.settings import Settings
from gateway.store.databases.database import Database, UnsupportedDatabase, open_database
from gateway.store.databases.failures import StoreFailure
from gateway.store.mirror.standing import Standing, find_standing
from gateway.store.upkeep.checkup import Finding, Grade, bad, doubtful, examine_standby, examine_store, good
from gateway.store.upkeep.health import require_file

COLOURS = {Grade.GOOD: "green", Grade.DOUBTFUL: "yellow", Grade.BAD: "red"}
MEGABYTE = 1_000_000
MOST_NAMED = 10  # people in a sentence
YEAR_2025 = 1_735_689_600_000  # milliseconds


def doctor() -> None:
    """Check settings, database, schema, indexes, clock and the explorer's files, and say what to fix."""
    settings = Settings.load()
    console = Console()
    findings = [*_of_settings(settings), _of_caches(settings), *asyncio.run(_of_databases(settings)), *_of_machine()]
    for finding in findings:
        grade = Text(f"{finding.grade.value:<8}", COLOURS[finding.grade])
        console.print(grade + Text(f"{finding.subject:<12} {finding.text}"), soft_wrap=True)
    if any(finding.grade is Grade.BAD for finding in findings):
        raise typer.Exit(1)


def _of_settings(settings: Settings) -> list[Finding]:
    if settings.statement_timeout_ms > settings.request_timeout_ms:
        return [
            doubtful(
                "settings",
                "GATEWAY_STATEMENT_TIMEOUT_MS is longer than GATEWAY_REQUEST_TIMEOUT_MS, so it never applies.",
            )
        ]
    if settings.max_unread_bytes < settings.max_answer_bytes:
        sentence = (
            "GATEWAY_MAX_UNREAD_BYTES is less than GATEWAY_MAX_ANSWER_BYTES, so long answers are made but never sent."
        )
        return [doubtful("settings", sentence)]
    if settings.workers > 1 and settings.rate_limit:
        return [doubtful("settings", f"GATEWAY_RATE_LIMIT holds in each of {settings.workers} workers by itself.")]
    return [good("settings", "All are understood.")]


def _of_caches(settings: Settings) -> Finding:
    """Say how much memory the caches may take; how much they take now `/metrics` shows of each."""
    bounds = ", ".join(f"{cache.name} {cache.most / MEGABYTE:.3g}" for cache in CACHES.values())
    most = settings.workers * sum(cache.most for cache in CACHES.values()) / MEGABYTE
    return good("caches", f"They take {most:,.0f} MB at most (a worker, in MB: {bounds}).")


async def _of_store(settings: Settings) -> list[Finding]:
    """Look at the store; where it cannot be opened, that is the one finding."""
    most = settings.workers * (settings.read_connections + settings.write_connections + 1)  # and one for look-ups
    try:
        require_file(settings.database_url)
        async with open_database(settings.database_url, settings) as database:
            found = examine_store(database, settings.database_url, now=system_clock(), connections=most)
            findings = [finding async for finding in found]
            is_sound = all(finding.grade is not Grade.BAD for finding in findings)
            return [*findings, *await _of_mirror(settings, database)] if is_sound else findings
    except (StoreFailure, UnsupportedDatabase) as error:
        return [bad("database", str(error))]


async def _of_mirror(settings: Settings, database: Database) -> list[Finding]:
    """Look how the mirrored account stands, where there is one."""
    if not settings.is_mirror:
        return []
    try:
        Account.of(settings)
    except BadAccount as error:
        return [bad("mirror", str(error))]
    async with database.read(snapshot=False) as connection:
        standing = await find_standing(connection, settings.mirror_organization_id)
        unreadable = await list_unreadable(connection, Vault(settings.secret_keys))
    return [_of_account(settings, standing), *(_of_tokens(unreadable) if settings.mirror_writes == "forward" else ())]


def _of_tokens(unreadable: Sequence[int]) -> list[Finding]:
    """Say whose writes cannot be sent to the account, though they have given a token of it."""
    if not unreadable:
        return []
    people = ", ".join(map(str, unreadable[:MOST_NAMED])) + (", ..." if len(unreadable) > MOST_NAMED else "")
    sentence = "no key of GATEWAY_SECRET_KEY decrypts the token that their writes are sent to the account by."
    return [bad("secret key", f"Of person {people}: {sentence}")]


def _of_account(settings: Settings, standing: Standing | None) -> Finding:
    account = None if standing is None else standing.account
    reason = why_behind(account, settings.mirror_max_lag_s, system_clock())
    if standing is None or reason is not None:
        problem = "" if account is None or account.problem is None else f" {account.problem}"
        return bad("mirror", f"{reason}{problem}")
    if left := standing.troubles + standing.waiting:
        return doubtful("mirror", f"{left} pages or records could not be read: see `gateway mirror status`.")
    return good("mirror", f"The store has what {standing.account.url} has.")


async def _of_databases(settings: Settings) -> list[Finding]:
    return [*await _of_store(settings), *await _of_replica(settings)]


async def _of_replica(settings: Settings) -> list[Finding]:
    """Look at the standby, where one is named."""
    if not settings.read_url:
        return []
    try:
        async with open_database(settings.read_url, settings) as database:
            return [await examine_standby(database)]
    except (StoreFailure, UnsupportedDatabase) as error:
        return [doubtful("replica", f"Reads go to the primary: {error}")]


def _of_machine() -> list[Finding]:
    explorer = (
        good("explorer", "Its files are complete.")
        if fetch.is_complete()
        else doubtful("explorer", "Its files are not there: run `gateway explorer`.")
    )
    zones = (
        good("time zones", f"{len(zoneinfo.available_timezones())} are known.")
        if "Europe/Zagreb" in zoneinfo.available_timezones()
        else bad("time zones", "They are missing: install the package tzdata.")
    )
    clock = [] if system_clock() > YEAR_2025 else [bad("clock", "This machine's clock is before 2025: set it.")]
    return [explorer, zones, *clock]
