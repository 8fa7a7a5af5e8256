"""Documents: parsed and validated once, kept by their text within a bound of bytes."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    OverlappingFieldsCanBeMergedRule,
    Token,
    specified_rules,
    validate,
)

from gateway.caches import BoundedCache
from gateway.graphql.errors import RequestRefused, refuse, with_code
from gateway.graphql.options import Limits
from gateway.graphql.requests.coercion import VariablesReader
from gateway.graphql.requests.flags import Flags
from gateway.graphql.requests.limits.overlapping_fields import FieldsCanBeMergedRule
from gateway.graphql.requests.limits.reading import read_document
from gateway.graphql.requests.limits.values import Counted
from gateway.http.codes import Code
from gateway.http.pacing import aside

# Measured: a parsed document with its plan takes about half of this many bytes for each character of its text.
BYTES_FOR_EACH_CHARACTER = 250
# graphql-core compares each two fields of a key; ours says the same in linear time.
RULES = (*(rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule), FieldsCanBeMergedRule)

DIGEST_LENGTH = 16
# What takes some ten milliseconds: characters to read, fields to plan.
READ_AT_ONCE, PLANNED_AT_ONCE = 3_000, 60


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation of a document; no other of the document has its name."""

    node: OperationDefinitionNode
    variables: VariablesReader
    name: str | None
    kind: str  # query, mutation or subscription
    is_mutation: bool
    is_subscription: bool  # whether it is answered by events, as long as the client wants them

    @classmethod
    def of(cls, node: OperationDefinitionNode, schema: GraphQLSchema) -> Self:
        """Look at its node once for all requests."""
        return cls(
            node,
            VariablesReader(schema, node),
            name=node.name.value if node.name else None,
            kind=node.operation.value,
            is_mutation=node.operation is OperationType.MUTATION,
            is_subscription=node.operation is OperationType.SUBSCRIPTION,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A valid document: its operations and fragments."""

    text: str
    operations: tuple[Operation, ...]
    fragments: Mapping[str, FragmentDefinitionNode]
    flags: Flags | None  # what @skip and @include look at; None where there are none
    fields: int  # as many as there are to plan, each fragment counted wherever it is spread
    counted: Counted  # what is counted for each request
    digest: str  # of the text, for the log

    @property
    def bytes(self) -> int:
        """About how many bytes it takes, with a plan."""
        return BYTES_FOR_EACH_CHARACTER * (len(self.text) + 100)

    @property
    def is_long(self) -> bool:
        """Whether what looks at all of it is done beside the event loop."""
        return len(self.text) > READ_AT_ONCE or self.fields > PLANNED_AT_ONCE

    def operation(self, name: str | None) -> Operation:
        """Return the operation to execute.

        Raises:
            RequestRefused: there is none of that name, or several and no name.
        """
        found = self.operations
        if name is not None or len(found) != 1:
            found = tuple(each for each in found if name is None or each.name == name)
        if len(found) == 1:
            return found[0]
        known = ", ".join(each.name for each in self.operations if each.name) or "none has a name"
        if not self.operations:
            raise refuse("The document holds no operation.", Code.OPERATION_RESOLUTION_FAILURE)
        if name is None:
            raise refuse(
                f"The document holds several operations; say which by operationName: {known}.",
                Code.OPERATION_RESOLUTION_FAILURE,
            )
        raise refuse(
            f"operationName: {name[:100]!r} is not one of the document's operations: {known}.",
            Code.OPERATION_RESOLUTION_FAILURE,
        )


class Documents:
    """The documents that were asked lately."""

    def __init__(
        self, schema: GraphQLSchema, *, cache_bytes: int | None = None, limits: Limits, introspection: bool
    ) -> None:
        self._schema, self._limits = schema, limits
        self._rules = RULES if introspection else (*RULES, NoSchemaIntrospectionCustomRule)
        self._hides = not introspection
        self.kept: BoundedCache[Document] = BoundedCache("documents", cache_bytes)
        self.plans: BoundedCache[Any] = BoundedCache("plans")  # made above this room

    def get(self, text: str) -> Document:
        """Return the document of a text.

        Raises:
            RequestRefused: it is not GraphQL, exceeds a limit, or is not valid for the schema.
        """
        return self._keep(text, lambda: self._read(text))

    async def find(self, text: str) -> Document:
        """Return the document of a text; a long one that is not known is read beside the event loop.

        Raises:
            RequestRefused: as `get` does.
        """
        if len(text) <= READ_AT_ONCE or text in self.kept:
            return self.get(text)
        document = await aside(lambda: self._read(text))
        return self._keep(text, lambda: document)

    def _keep(self, text: str, make: Callable[[], Document]) -> Document:
        return self.kept.get(text, make, lambda made: made.bytes)

    def __len__(self) -> int:
        """Tell how many documents are kept."""
        return len(self.kept)

    def _read(self, text: str) -> Document:
        reading = read_document(text, self._limits)
        ast = reading.document
        # graphql-core adds one error that says that there were too many.
        errors = validate(
            self._schema,
            ast,
            self._rules,
            max_errors=self._limits.max_validation_errors - 1,
            hide_suggestions=self._hides,
        )
        if errors:
            raise RequestRefused([with_code(error, Code.GRAPHQL_VALIDATION_FAILED) for error in errors])
        _unlink_tokens(ast)
        return Document(
            text,
            tuple(
                Operation.of(node, self._schema)
                for node in ast.definitions
                if isinstance(node, OperationDefinitionNode)
            ),
            {node.name.value: node for node in ast.definitions if isinstance(node, FragmentDefinitionNode)},
            Flags(ast) if "@" in text else None,
            reading.fields,
            reading.counted,
            hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH],
        )


def _unlink_tokens(ast: DocumentNode) -> None:
    """Take the chain of all tokens apart, which nothing needs after parsing.

    It is a cycle: a document that leaves the cache would stay in memory until the next full garbage collection.
    """
    token: Token | None = ast.loc.start_token if ast.loc else None
    while token is not None:
        following = token.next
        token.prev = token.next = None
        token = following
