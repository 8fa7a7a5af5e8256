"""`Registry`: the texts of documents by their keys.

Trusted ones stay for as long as they are trusted. Those that clients registered are a process's own, within a bound of
bytes: a client whose document is gone, or came to another worker, registers it again, as the protocol provides.
"""

import sys
from collections.abc import Mapping

from gateway.caches import BoundedCache
from gateway.documents.options import Accepted

OVERHEAD = 200  # bytes of a registered document beside its text


class Registry:
    """What is known of documents that are asked for by an identifier."""

    def __init__(
        self,
        *,
        accepted: Accepted = "any",
        trusted: Mapping[str, str] | None = None,
        kept_bytes: int | None = None,
    ) -> None:
        """Begin with the documents of a manifest, by their keys."""
        self.accepted = accepted
        self.trusted: Mapping[str, str] = {} if trusted is None else trusted
        self._registered: BoundedCache[str] = BoundedCache("registered documents", kept_bytes)

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
