"""How many exports are made at a time: what is beyond is refused, for an export is too long to wait for."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.exports.options import ExportOptions
from gateway.http.codes import Code
from gateway.http.refusals import HttpError
from gateway.store.databases.turns import Turns

RETRY_AFTER = 10  # seconds


class Places:
    """A worker's exports; where there are several, one token cannot take all of them."""

    def __init__(self, options: ExportOptions) -> None:
        self._turns = Turns(options.max_exports)
        self.seconds = options.export_timeout_ms / 1000  # that one may take

    @property
    def running(self) -> int:
        """How many exports are being made."""
        return self._turns.taken

    @contextmanager
    def taken(self, token_id: int | None) -> Iterator[None]:
        """Make one more export.

        Raises:
            HttpError: 429, there are as many as may be.
        """
        if not self._turns.take_now(token_id):
            raise HttpError(
                Code.TOO_MANY_EXPORTS,
                f"The gateway is making as many files as it makes at a time; try again in {RETRY_AFTER} s.",
                {"retry-after": str(RETRY_AFTER)},
            )
        try:
            yield
        finally:
            self._turns.give_back(token_id)
