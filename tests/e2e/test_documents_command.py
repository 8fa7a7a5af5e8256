"""`gateway documents`: what a store trusts is added, listed and removed, and held by servers within a second."""

import asyncio
import hashlib
import json

import pytest

from gateway.documents.registry import Registry
from gateway.graphql.execution import Gateway
from gateway.graphql.requests.request import GraphQLRequest
from gateway.store.databases.database import open_database
from tests.support.harness.serving import make_store
from tests.support.harness.stores import store_url
from tests.support.worlds.office import ADMIN, viewer

ROLE, NAME = "query Role { viewer { role } }", "query Name { viewer { person { name } } } query Other { __typename }"


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
async def url(tmp_path):
    url = store_url(tmp_path)
    await make_store(url)
    return url


@pytest.fixture
def manifest(tmp_path):
    file = tmp_path / "persisted-documents.json"
    file.write_text(json.dumps({f"sha256:{hash_of(ROLE)}": ROLE, "x-app:name": NAME}))
    return str(file)


def test_documents_are_added_listed_and_removed(gateway, url, manifest):
    added = gateway("documents", "add", manifest, GATEWAY_DATABASE_URL=url)
    again = gateway("documents", "add", manifest, GATEWAY_DATABASE_URL=url)
    removed = gateway("documents", "remove", f"sha256:{hash_of(ROLE)}", GATEWAY_DATABASE_URL=url)
    listed = gateway("documents", "list", GATEWAY_DATABASE_URL=url)

    assert (added.exit_code, added.stdout) == (0, "2 documents of the files, 2 of them new.\n")
    assert again.stdout == "2 documents of the files, 0 of them new.\n"
    assert (removed.exit_code, removed.stdout) == (0, "1 document removed.\n")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["ID", "x-app:name"]
    assert listed.stdout.splitlines()[1].endswith("  Name, Other")


def test_a_document_that_does_not_fit_the_schema_is_told_and_nothing_is_added(gateway, url, tmp_path, manifest):
    wrong = tmp_path / "wrong.graphql"
    wrong.write_text("{ nothing }")

    refused = gateway("documents", "add", manifest, str(wrong), GATEWAY_DATABASE_URL=url)
    listed = gateway("documents", "list", GATEWAY_DATABASE_URL=url)

    assert refused.exit_code == 1
    assert refused.stderr == (f"{wrong}: Cannot query field 'nothing' on type 'Query'.\nNothing was added.\n")
    assert len(listed.stdout.splitlines()) == 1


def test_what_is_not_there_is_not_removed_and_neither_is_the_rest(gateway, url, manifest):
    gateway("documents", "add", manifest, GATEWAY_DATABASE_URL=url)

    refused = gateway("documents", "remove", "x-app:name", "nobody", GATEWAY_DATABASE_URL=url)
    listed = gateway("documents", "list", GATEWAY_DATABASE_URL=url)

    assert (refused.exit_code, refused.stderr) == (
        1,
        "The store trusts no document nobody; see: gateway documents list\n",
    )
    assert len(listed.stdout.splitlines()) == 3


@pytest.mark.sqlite_only
def test_a_server_does_not_start_with_a_manifest_that_cannot_be_used(gateway, url, tmp_path):
    refused = gateway("serve", GATEWAY_DATABASE_URL=url, GATEWAY_DOCUMENTS_MANIFEST=str(tmp_path / "none.json"))

    assert (refused.exit_code, refused.stderr) == (
        1,
        f"{tmp_path}/none.json cannot be read: No such file or directory.\n",
    )


async def test_a_server_answers_what_was_added_and_refuses_what_was_removed_within_a_second(gateway, url, manifest):
    now = [0.0]
    async with open_database(url) as database:
        registry = Registry(accepted="trusted", database=database, clock=lambda: now[0])
        server = Gateway(database, registry=registry)
        await server.plans.plan_trusted([viewer(ADMIN).rights])
        seen = []

        async def ask() -> None:
            request = GraphQLRequest("", identifier=hash_of(ROLE))
            seen.append((await server.execute(request, viewer(ADMIN))).executed)
            await server.plans.close()

        await ask()
        in_thread = asyncio.to_thread
        await in_thread(gateway, "documents", "add", manifest, GATEWAY_DATABASE_URL=url)
        await ask()  # within the second
        now[0] += 1
        await ask()
        planned = len(server.plans.documents.plans)
        await in_thread(gateway, "documents", "remove", hash_of(ROLE), GATEWAY_DATABASE_URL=url)
        now[0] += 1
        await ask()

    assert seen == [False, False, True, False]
    assert planned == 3  # one for each operation
    assert ROLE not in server.plans.documents.kept
