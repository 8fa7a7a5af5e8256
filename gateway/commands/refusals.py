"""What commands refuse by a sentence, and by which exit code."""

from gateway.serving.server import CannotListen
from gateway.serving.workers import WorkersFailed
from gateway.settings import SettingError
from gateway.store.bulk.batches import StoreNotEmpty
from gateway.store.databases.database import UnsupportedDatabase
from gateway.store.databases.failures import StoreFailure
from gateway.store.tokens import NoSuchPerson

FAILED, WRONG = 1, 2


class Refusal(Exception):
    """What was asked for cannot be done; the text is the sentence for the terminal."""


REFUSALS = (
    Refusal,
    CannotListen,
    NoSuchPerson,
    StoreFailure,
    StoreNotEmpty,
    UnsupportedDatabase,
    WorkersFailed,
)


def exit_code_of(error: Exception) -> int | None:
    """Return the exit code of a refusal; None for an error of the program."""
    if isinstance(error, SettingError):
        return WRONG
    return FAILED if isinstance(error, REFUSALS) else None
