"""`Registry`: the texts of documents by their keys.

Trusted ones stay for as long as they are trusted, by the manifest or by the store. Those that clients registered are a
process's own, within a bound of bytes: a client whose document is gone, or came to another worker, registers it again,
as the protocol provides.
"""

import logging
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.caches import BoundedCache
from gateway.documents.options import Accepted
from gateway.store.databases.database import Database
from gateway.store.databases.failures import StoreFailure
from gateway.store.documents import find_texts, list_keys

OVERHEAD = 200  # bytes of a registered document beside its text
BETWEEN_LOOKS = 1.0  # seconds from one look into the store to the next

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Changed:
    """What a look into the store found: the texts that came, and those that went."""

    came: Mapping[str, str]
    went: Mapping[str, str]


class Registry:
    """What is known of documents that are asked for by an identifier."""

    def __init__(
        self,
        *,
        accepted: Accepted = "any",
        trusted: Mapping[str, str] | None = None,
        database: Database | None = None,
        kept_bytes: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with the documents of a manifest, by their keys; those of a store are found by looking."""
        self.accepted = accepted
        self._manifest = dict(trusted or {})
        self._stored: dict[str, str] = {}
        self._added: Mapping[str, int] = {}  # instants
        self.trusted: Mapping[str, str] = self._manifest
        self._registered: BoundedCache[str] = BoundedCache("registered documents", kept_bytes)
        self._database, self._clock = database, clock
        self._looked = -BETWEEN_LOOKS

    def find(self, key: str) -> str | None:
        """Return the text of a document that may be executed."""
        text = self.trusted.get(key)
        if text is None and self.accepted != "trusted":
            text = self._registered.find(key)
        return text

    def register(self, key: str, text: str) -> None:
        """Keep a valid document for those who will ask for it by its hash."""
        if key not in self.trusted:
            self._registered.get(key, lambda: text, lambda _: sys.getsizeof(text) + OVERHEAD)

    async def look(self) -> Changed | None:
        """Look at what the store trusts, at most once a second; None where it is what it was, or cannot be read.

        So what is added or removed there holds within a second, and unknown identifiers cost no statement each.
        """
        now = self._clock()
        if self._database is None or now - self._looked < BETWEEN_LOOKS:
            return None
        self._looked = now
        try:
            async with self._database.look_up() as connection:
                added = await list_keys(connection)
                new = [key for key, at in added.items() if self._added.get(key) != at]
                came = await find_texts(connection, new) if new else {}
        except StoreFailure:
            _log.warning("the trusted documents of the store could not be read", exc_info=True)
            return None
        went = {key: text for key, text in self._stored.items() if key not in added or key in came}
        if not came and not went:
            return None
        self._added = added
        self._stored = {key: text for key, text in self._stored.items() if key not in went} | came
        self.trusted = self._stored | self._manifest
        return Changed(came, went)
