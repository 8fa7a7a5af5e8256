"""What the gateway publishes of its schema: in which forms, to whom, and when it need not be sent again."""

import pytest
import pytest_asyncio
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    build_client_schema,
    build_schema,
    lexicographic_sort_schema,
    print_schema,
)

from gateway.graphql.schema import CORE
from tests.support.harness.serving import serving

pytestmark = [pytest.mark.sqlite_only, pytest.mark.asyncio(loop_scope="module")]
PATHS = ["/schema.graphql", "/introspection.json", "/possibleTypes.json"]
MANUALS = ["/api/v2/openapi.json", "/api/v2"]


def printed(schema: GraphQLSchema) -> str:
    return print_schema(lexicographic_sort_schema(schema))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory):
    async with serving(tmp_path_factory.mktemp("served")) as served:
        yield served


async def test_the_introspection_is_the_schema(served):
    text = await served.client.get("/schema.graphql")
    whole = await served.client.get("/introspection.json")

    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert whole.headers["content-type"] == "application/json"
    assert list(whole.json()) == ["__schema"]
    assert printed(build_client_schema(whole.json())) == printed(build_schema(text.text))


async def test_the_possible_types_are_those_of_every_interface(served):
    response = await served.client.get("/possibleTypes.json")

    possible = response.json()
    assert possible["UserError"] == ["ConflictError", "InvalidInputError"]
    assert possible["Node"] == sorted(
        type_.name
        for type_ in CORE.type_map.values()
        if isinstance(type_, GraphQLObjectType) and "Node" in [interface.name for interface in type_.interfaces]
    )
    assert set(possible) == {"Node", "UserError"}


@pytest.mark.parametrize("path", [*PATHS, *MANUALS])
async def test_what_is_known_is_not_sent_again(served, path):
    first = await served.client.get(path)

    again = await served.client.get(path, headers={"if-none-match": first.headers["etag"]})
    other = await served.client.get(path, headers={"if-none-match": 'W/"x"'})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (other.status_code, other.content) == (200, first.content)
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", [*PATHS, *MANUALS])
async def test_head_has_the_head_of_get_and_no_body(served, path):
    plain = {"accept-encoding": "identity"}
    got = await served.client.get(path, headers=plain)
    head = await served.client.head(path, headers=plain)

    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "content-length", "content-type", "vary"):
        assert head.headers[name] == got.headers[name]
    assert int(head.headers["content-length"]) == len(got.content)


@pytest.mark.parametrize("path", [*PATHS[:2], *MANUALS])
async def test_artefacts_are_compressed_as_small_as_they_can_be(served, path):
    plain = await served.client.get(path, headers={"accept-encoding": "identity"})

    packed = await served.client.get(path, headers={"accept-encoding": "gzip"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content) / 4
    assert "Accept-Encoding" in packed.headers["vary"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("introspection", "anonymous", "with_token"), [("on", 200, 200), ("authenticated", 401, 200), ("off", 404, 404)]
)
async def test_the_schema_is_published_to_whom_it_may_be_shown(tmp_path, path, introspection, anonymous, with_token):
    async with serving(tmp_path, introspection=introspection) as served:
        unknown = await served.client.get(path)
        known = await served.client.get(path, headers=served.bearer())
        tag = known.headers.get("etag", "")
        stranger = await served.client.get(path, headers={"if-none-match": tag})

    assert (unknown.status_code, known.status_code) == (anonymous, with_token)
    assert stranger.status_code == (304 if anonymous == 200 else anonymous)
    if introspection == "authenticated":
        assert known.headers["cache-control"] == "private, no-cache"
        assert "Authorization" in known.headers["vary"]


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_is_written_to_an_artefact(served, path):
    assert (await served.client.post(path)).status_code == 405
