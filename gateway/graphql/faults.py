"""What is wrong with documents before anybody asks for them, for those who add them to the trusted ones."""

from collections.abc import Iterator, Mapping

from gateway.graphql.errors import RequestRefused
from gateway.graphql.options import Limits
from gateway.graphql.requests.documents import Documents
from gateway.graphql.schema import CORE


def faults_of(texts: Mapping[str, str], limits: Limits) -> Iterator[tuple[str, str]]:
    """Yield (key, sentence) for each fault of each document: against GraphQL, the limits, the schema."""
    documents = Documents(CORE, limits=limits, introspection=True)
    for key, text in texts.items():
        try:
            documents.get(text)
        except RequestRefused as refused:
            yield from ((key, str(error["message"])) for error in refused.errors)
