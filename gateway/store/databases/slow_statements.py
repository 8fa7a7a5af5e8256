"""Which statements of SQLite are not worth a try on the event loop, for they lately took too long there."""

from gateway.caches import CACHES, watch_entries

# How often a text that was too slow goes straight to the thread before it is tried on the loop again.
RETRY_AFTER = 200


class SlowStatements:
    """Texts that lately needed more than the budget, with how often they skip the loop yet."""

    def __init__(self) -> None:
        self._skips: dict[int, int] = {}  # by the hash of a text, which may be long
        watch_entries("slow statements", self, lambda slow: len(slow._skips))  # noqa: SLF001 - its own

    def skips(self, text: str) -> bool:
        """Tell whether the text goes straight to the thread this time."""
        number = hash(text)
        left = self._skips.get(number)
        if left is None:
            return False
        if left <= 1:
            del self._skips[number]
        else:
            self._skips[number] = left - 1
        return True

    def add(self, text: str) -> None:
        """Remember that the text needed more."""
        if len(self._skips) >= CACHES["slow statements"].entries:
            self._skips.clear()
        self._skips[hash(text)] = RETRY_AFTER
