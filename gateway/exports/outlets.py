"""Where archives are written to that want a file: what has come is handed out and forgotten."""

import io


class Outlet(io.RawIOBase):
    """A file that is only written, from beginning to end."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        """Say so."""
        return True

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self._position

    def write(self, data: object) -> int:
        """Take more bytes."""
        part = bytes(data)  # type: ignore[call-overload]  # of any buffer
        self._parts.append(part)
        self._position += len(part)
        return len(part)

    def taken(self) -> bytes:
        """Return what was written since the last call."""
        taken, self._parts = b"".join(self._parts), []
        return taken
