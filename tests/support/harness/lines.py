"""A line between a gateway and its PostgreSQL server, which a test cuts, mends and holds up."""

import asyncio
import contextlib

from sqlalchemy import make_url


class Line:
    """A line to the server that can be cut and mended, and that can be late."""

    def __init__(self, url: str) -> None:
        self._socket = make_url(url).query.get("host")
        self._address = make_url(url)
        self._writers: set[asyncio.StreamWriter] = set()
        self._gates: set[asyncio.Event] = set()  # of what is open, on the way to the server
        self._server: asyncio.Server | None = None
        self.port = 0
        self.kept = 0  # pieces that wait, or have waited
        self.ended = 0  # connections that came and went

    @property
    def url(self) -> str:
        through = self._address.set(host="127.0.0.1", port=self.port, query={"ssl": "disable"})
        return through.render_as_string(hide_password=False)

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in [*self._writers]:
            writer.transport.abort()
        await asyncio.sleep(0)

    def hold(self) -> None:
        """Keep what is said to the server by the connections that are open; others are as quick as ever."""
        for gate in self._gates:
            gate.clear()

    def release(self) -> None:
        """Let all that was kept go on."""
        for gate in self._gates:
            gate.set()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(self._socket, str):
            there = await asyncio.open_unix_connection(f"{self._socket}/.s.PGSQL.{self._address.port or 5432}")
        else:
            there = await asyncio.open_connection(self._address.host, self._address.port or 5432)
        both, gate, opened = {writer, there[1]}, asyncio.Event(), asyncio.Event()
        gate.set()
        opened.set()
        self._writers |= both
        self._gates.add(gate)
        with contextlib.suppress(OSError):
            await asyncio.gather(self._pour(reader, there[1], gate), self._pour(there[0], writer, opened))
        for one in both:
            one.transport.abort()
        self._writers -= both
        self._gates.discard(gate)
        self.ended += 1

    async def _pour(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, gate: asyncio.Event) -> None:
        while data := await source.read(65_536):
            self.kept += not gate.is_set()
            await gate.wait()
            target.write(data)
            await target.drain()
        target.transport.abort()
