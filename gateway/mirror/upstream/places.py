"""Where a list goes on, and how many records are asked for there: fewer where that many are too long together."""

from dataclasses import dataclass

from gateway.mirror.upstream.calls import AFTER, NUMBER, PAGE_SIZES, SIZE, Parameters


@dataclass(slots=True)
class Place:
    """Where the next page of a list begins: at a cursor, or after so many records in pages by number."""

    cursor: str | None  # None in pages by number
    passed: int = 0  # records that were asked for
    _step: int = 0  # among PAGE_SIZES

    @classmethod
    def first(cls, *, by_cursor: bool) -> "Place":
        """Return the beginning of a list."""
        return cls("" if by_cursor else None)

    @property
    def name(self) -> str:
        """The parameter that says where a page begins."""
        return NUMBER if self.cursor is None else AFTER

    @property
    def size(self) -> int:
        """How many records are asked for."""
        return PAGE_SIZES[self._step]

    @property
    def parameters(self) -> Parameters:
        """What asks for the page."""
        value = str(self.passed // self.size + 1) if self.cursor is None else self.cursor
        return (SIZE, str(self.size)), (self.name, value)

    def ask_for_fewer(self) -> bool:
        """Ask for fewer records from the same one on; tell whether there were several."""
        if self.size == 1:
            return False
        self._step += 1
        return True

    def go_on(self, cursor: str) -> None:
        """Go on behind the page; where a larger one may begin, it is tried."""
        self.passed += self.size
        if self.cursor is not None:
            self.cursor = cursor
        if self._step and self.passed % PAGE_SIZES[self._step - 1] == 0:
            self._step -= 1
