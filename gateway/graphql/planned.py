"""Which document a request means, and the plan of its operation for the caller's rights.

Both are kept in the order of their use (`requests/documents.py`); those of trusted documents are made before anybody
asks, and kept for good.
"""

import asyncio
import logging
from collections.abc import Collection, Hashable, Mapping
from itertools import product

from sqlalchemy import Dialect

from gateway.documents.manifests import key_of
from gateway.documents.registry import Changed, Registry
from gateway.domain.access import Rights
from gateway.graphql.errors import RequestRefused
from gateway.graphql.operation import OperationPlan
from gateway.graphql.requests.documents import Document, Documents, Operation
from gateway.graphql.requests.flags import check_flags
from gateway.graphql.requests.identified import identify
from gateway.graphql.requests.request import GraphQLRequest
from gateway.graphql.run import Run
from gateway.graphql.schema import CORE
from gateway.graphql.selections import Scope
from gateway.graphql.subscription import SubscriptionPlan
from gateway.http.pacing import aside

NO_FLAGS: Mapping[str, bool] = {}
MOST_FLAGS = 3  # of @skip and @include, whose values are planned for before anybody asks

_log = logging.getLogger(__name__)


def _key(document: Document, operation: Operation, rights: Rights, flags: Mapping[str, bool]) -> Hashable:
    return (document, operation.name, rights, *flags.values())


class Plans:
    """The documents that are known, and the plans of their operations."""

    def __init__(self, documents: Documents, registry: Registry, dialect: Dialect) -> None:
        self.documents, self._registry, self._dialect = documents, registry, dialect
        self._rights: Collection[Rights] = ()  # that trusted documents are planned for
        self._planning: asyncio.Task[None] | None = None

    def knows(self, request: GraphQLRequest) -> bool:
        """Tell whether a document needs neither parsing nor validation, for it was asked lately."""
        if request.query or request.identifier is None:
            return request.query in self.documents.kept
        return self._registry.find(key_of(request.identifier)) in self.documents.kept

    def known(self, request: GraphQLRequest) -> Document | None:
        """Return the document of a text that was asked lately, where any may be asked."""
        if request.identifier is None and self._registry.accepted == "any":
            return self.documents.kept.find(request.query)
        return None

    async def document_of(self, request: GraphQLRequest) -> Document:
        """Return the document that a request means, by its text or by an identifier; keep it where that is asked for.

        Raises:
            RequestRefused: it is not known, not allowed or not valid.
        """
        if request.identifier is not None and (changed := await self._registry.look()) is not None:
            self._follow(changed)
        identify(request, self._registry)
        document = await self.documents.find(request.query)
        if request.registers and request.identifier is not None:
            self._registry.register(key_of(request.identifier), request.query)
        return document

    async def plan(self, document: Document, operation: Operation, run: Run) -> OperationPlan | SubscriptionPlan:
        """Return the plan of an operation for the caller's rights and these values of @skip and @include."""
        # A plan is kept, so of the variables it sees nothing but these.
        flags: Mapping[str, bool] = NO_FLAGS
        if document.flags is not None:
            names = document.flags.of(operation.name)
            flags = dict(zip(names, check_flags(names, run.variables.coerced), strict=True))
        rights = run.viewer.rights
        known: OperationPlan | None = self.documents.plans.find(_key(document, operation, rights, flags))
        return known or await self._plan_for(document, operation, rights, flags)

    async def plan_trusted(self, rights: Collection[Rights]) -> None:
        """Read the trusted documents and plan their operations for such callers, and keep all of it for good.

        Of an operation with many flags the plans are made as they are asked for. What does not fit the schema is
        logged, and refused where it is asked for.
        """
        self._rights = rights
        await self._registry.look()
        await self._keep_planned(self._registry.trusted)

    async def close(self) -> None:
        """Wait for what is still being planned."""
        if self._planning is not None:
            await self._planning

    def _follow(self, changed: Changed) -> None:
        """Forget documents that are not trusted any more, and plan those that are by now."""
        for text in changed.went.values():
            self.documents.kept.drop(text)
        self._planning = asyncio.create_task(self._keep_planned(changed.came))

    async def _keep_planned(self, texts: Mapping[str, str]) -> None:
        for key, text in texts.items():
            await asyncio.sleep(0)
            try:
                document = await self.documents.find(text)
                self.documents.kept.keep(text, document)
                for operation in document.operations:
                    await self._plan_for_good(document, operation)
            except RequestRefused as refused:
                _log.error("the trusted document %s cannot be executed: %s", key, refused)

    async def _plan_for_good(self, document: Document, operation: Operation) -> None:
        names = document.flags.of(operation.name) if document.flags is not None else ()
        if len(names) > MOST_FLAGS:
            return
        for who, values in product(self._rights, product((False, True), repeat=len(names))):
            flags = dict(zip(names, values, strict=True))
            plan = await self._plan_for(document, operation, who, flags)
            await plan.plan_fields()
            self.documents.plans.keep(_key(document, operation, who, flags), plan)

    async def _plan_for(
        self, document: Document, operation: Operation, rights: Rights, flags: Mapping[str, bool]
    ) -> OperationPlan | SubscriptionPlan:
        kind = SubscriptionPlan if operation.is_subscription else OperationPlan

        def make() -> OperationPlan | SubscriptionPlan:
            scope = Scope(CORE, document.fragments, flags, rights, self._dialect)
            return kind(scope, operation.node, is_long=document.is_long)

        key = _key(document, operation, rights, flags)
        kept = self.documents.plans
        if document.is_long and key not in kept:
            made = await aside(make)
            make = lambda: made  # noqa: E731 - it is made already
        plan: OperationPlan | SubscriptionPlan = kept.get(key, make, lambda _: document.bytes)
        return plan
