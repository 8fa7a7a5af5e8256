"""Documents by their identifiers, as the protocols say: `documentId`, and Apollo's automatic persisted queries.

A request may name its document by `documentId` (`sha256:HASH`, a bare hash, or what a manifest calls it), or by the
hash in `extensions.persistedQuery`. With the latter a client that was answered PERSISTED_QUERY_NOT_FOUND sends the text
along, which is kept from then on.
"""

from gateway.documents.manifests import hash_of, key_of
from gateway.documents.registry import Registry
from gateway.graphql.errors import refuse
from gateway.graphql.requests.request import GraphQLRequest
from gateway.http.codes import Code

NOT_FOUND = "PersistedQueryNotFound"  # in these letters: urql knows it by them


def identify(request: GraphQLRequest, registry: Registry) -> None:
    """Find the text of the request's document and put it into the request.

    Raises:
        RequestRefused: it is not known, its hash is another's, or it has to be asked for by an identifier.
    """
    accepted = registry.accepted
    if request.identifier is None:
        if accepted != "any":
            raise refuse(
                "Documents have to be asked for by an identifier here: send documentId in place of query.",
                Code.PERSISTED_QUERY_ID_REQUIRED,
            )
        return
    key = key_of(request.identifier)
    if request.registers:
        if key != hash_of(request.query):
            raise refuse("The sha256Hash of persistedQuery is not that of the document.", Code.BAD_REQUEST)
        if accepted == "trusted" and key not in registry.trusted:
            raise refuse("This document is not among those trusted here.", Code.PERSISTED_QUERY_ID_REQUIRED)
    elif accepted != "any" or not request.query:
        text = registry.find(key)
        if text is None:
            raise refuse(NOT_FOUND, Code.PERSISTED_QUERY_NOT_FOUND)
        request.query = text
