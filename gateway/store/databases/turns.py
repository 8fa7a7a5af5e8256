"""Turns at connections, shared fairly among tokens.

One token never holds all of them: the last one stays for others. Whoever waits is served round robin by token, so
a token that asks a hundred times delays another's turn by one.
"""

import asyncio
from collections import deque

# What is not asked by a token, such as a command, waits in one line as if it were one, and may hold all of them.
Caller = int | None


class BeginAgain(BaseException):
    """A read cannot go on where it began, among short ones or on a replica; nobody saw what it read so far.

    No error of a field, so nothing on its way may take it for one.
    """


class Turns:
    """So many turns at once, of which a token holds one less at most."""

    def __init__(self, most: int) -> None:
        self._wanted = most
        self.most = most  # fewer than are wanted while there are no more to be had
        self.taken = 0
        self.used = 0  # turns behind which there is a connection already
        self._held: dict[Caller, int] = {}
        self._waiting: dict[Caller, deque[asyncio.Future[None]]] = {}  # in the order in which tokens are served

    def has_one_for(self, caller: Caller) -> bool:
        """Tell whether a turn can be taken without waiting."""
        return self.taken < self.most and (caller is None or self._held.get(caller, 0) < max(1, self.most - 1))

    async def take(self, caller: Caller) -> None:
        """Take a turn, once there is one."""
        if self.has_one_for(caller):
            self._hand_to(caller)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(caller)
            raise

    def take_now(self, caller: Caller) -> bool:
        """Take a turn where there is one; tell whether there was."""
        if not self.has_one_for(caller):
            return False
        self._hand_to(caller)
        return True

    def give_back(self, caller: Caller) -> None:
        """End a turn; whoever is next gets it."""
        self.taken -= 1
        held = self._held[caller] - 1
        if held:
            self._held[caller] = held
        else:
            del self._held[caller]
        if self._waiting:
            self._serve()

    def shrink(self) -> None:
        """Give no more turns than there are connections."""
        self.most = min(self.most, self.used)

    def grow(self) -> None:
        """Try whether there is one more to be had."""
        self.most = min(self._wanted, self.most + 1)
        self._serve()

    def _serve(self) -> None:
        """Hand out what is free, a turn to a token, and let those who got one wait behind the others."""
        for caller in [*self._waiting]:
            line = self._waiting[caller]
            while line and line[0].done():  # by who left
                line.popleft()
            if line and self.has_one_for(caller):
                line.popleft().set_result(None)
                self._hand_to(caller)
                del self._waiting[caller]
                if line:
                    self._waiting[caller] = line
            elif not line:
                del self._waiting[caller]

    def _hand_to(self, caller: Caller) -> None:
        self.taken += 1
        self._held[caller] = self._held.get(caller, 0) + 1
