"""Who calls: the credential of a request, by either of the two ways to send it."""

from collections.abc import Mapping

from gateway.http.codes import Code
from gateway.http.refusals import HttpError, unauthenticated
from gateway.store.tokens import Credential, Credentials

Headers = Mapping[bytes, bytes]
BAD_TOKEN = "The token is not valid: unknown, expired or revoked."  # noqa: S105 - no token, but what is said of one


async def authenticate(credentials: Credentials, headers: Headers, digest: str) -> Credential:
    """Find who asks, with a token of that digest.

    Raises:
        HttpError: 401 without a good token, 403 for another organization than the token's.
    """
    credential = credentials.recall(digest) or await credentials.find(token_in(headers))
    if credential is None:
        raise unauthenticated(BAD_TOKEN)
    organization = headers.get(b"x-organization-id")
    if organization is not None and organization != b"%d" % credential.viewer.organization_id:
        raise HttpError(Code.FORBIDDEN, "The token belongs to another organization than X-Organization-Id says.")
    return credential


def token_in(headers: Headers) -> str:
    """Take the token out of Authorization, or of the documented API's X-Auth-Token.

    Raises:
        HttpError: 401, there is none.
    """
    authorization = headers.get(b"authorization")
    if authorization is None:
        token = headers.get(b"x-auth-token", b"")
        if not token:
            raise unauthenticated("A token is needed; send it as Authorization: Bearer TOKEN.")
    else:
        scheme, _, token = authorization.partition(b" ")
        if scheme.lower() != b"bearer":
            raise unauthenticated("The Authorization header has to be Bearer TOKEN.")
    return token.strip().decode("latin-1")
