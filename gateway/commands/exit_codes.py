"""The exit codes of what commands fail by; looked up when one fails, as most commands can raise few of these."""

import errno
from typing import TypeGuard

from gateway.commands.failures import CommandFailed
from gateway.documents.manifests import BadManifest
from gateway.mirror.loading import AnotherAccount
from gateway.mirror.secrets import NoKey
from gateway.mirror.upstream.account import BadAccount
from gateway.mirror.upstream.errors import UpstreamError
from gateway.serving.listening import CannotListen
from gateway.serving.workers import WorkersFailed
from gateway.settings import SettingError
from gateway.store.bulk.batches import StoreNotEmpty
from gateway.store.databases.database import UnsupportedDatabase
from gateway.store.databases.failures import StoreFailure
from gateway.store.tokens import NoSuchPerson

FAILED, WRONG = 1, 2


FAILURES = (
    AnotherAccount,
    BadAccount,
    BadManifest,
    CommandFailed,
    CannotListen,
    NoKey,
    NoSuchPerson,
    StoreFailure,
    StoreNotEmpty,
    UnsupportedDatabase,
    UpstreamError,
    WorkersFailed,
)


def exit_code_of(error: Exception) -> int | None:
    """Return the exit code of what a sentence reports; None for an error of the program."""
    if isinstance(error, SettingError):
        return WRONG
    return FAILED if isinstance(error, FAILURES) or _is_full(error) else None


def sentence_of(error: Exception) -> str:
    """Return the sentence for the terminal of what has an exit code."""
    return f"Not all could be written: {error.strerror}." if _is_full(error) else str(error)


def _is_full(error: Exception) -> TypeGuard[OSError]:
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
