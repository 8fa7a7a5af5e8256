"""A mutation field as a plan: arguments read beforehand, one unit of work, the answer after its commit."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from gateway.domain.errors import Refusal
from gateway.graphql.mutations.answers import Answer, PayloadShape
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.http.writing import written
from gateway.operations.commands import Command, Done, subject_of
from gateway.store.databases.database import Connection
from gateway.store.databases.usage import current_answer

MOST_BYTES_OF_A_CHARACTER = 6  # in JSON: of one that is escaped
Values = Mapping[str, Any]  # coerced arguments by their GraphQL names


class WritePlan(ABC):
    """What all mutation fields share; each says how its arguments become a command and what is done with it."""

    statements = 1

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self._arguments = selected.arguments
        self._shape = self.shape(scope, selected)

    def shape(self, scope: Scope, selected: Selected) -> Any:
        """Return the shape of the payload."""
        return PayloadShape(scope, selected)

    def prepare(self, run: Run) -> Any:
        """Read the arguments into a command."""
        return self.command(run, self._arguments.values(run.variables))

    async def run(self, run: Run, ready: Any) -> dict[str, Any]:
        """Do the work; a refusal has written nothing and is part of the answer.

        Raises:
            AnswerTooLong: so is what was asked for of the answer; nothing was written.
        """
        size = current_answer()
        before = size.taken

        async def make_answer(connection: Connection, found: Done | Refusal, last_event: int | None) -> dict[str, Any]:
            size.taken = before  # it may be told again
            answer = self.refused(ready, found) if isinstance(found, Refusal) else self.answer(found)
            payload: dict[str, Any] = await self._shape.answer(run.on(connection), answer, last_event)
            roughly = size.taken - before
            if roughly * MOST_BYTES_OF_A_CHARACTER > size.most - before:
                # The bound may be near: what is too long has to be known before the commit.
                body = await written(payload, roughly=roughly, most=size.most - before)
                size.taken = before + len(body)
            return payload

        return await run.writer.write(ready, run.viewer, run.clock, make_answer)

    @abstractmethod
    def command(self, run: Run, values: Values) -> Command:
        """Turn the arguments into a command."""

    @abstractmethod
    def answer(self, done: Done) -> Any:
        """Say what the payload holds of what was done."""

    def refused(self, command: Any, refusal: Refusal) -> Any:
        """Say what a refused payload holds; a conflict shows the entry that the command is about."""
        return Answer(faults=refusal.faults, current=subject_of(command))
