"""@skip and @include: true or false decide, null is refused wherever it comes from."""

import pytest

from gateway.graphql.requests.request import GraphQLRequest
from tests.support.worlds.office import ADMIN, entry, furnish, viewer

pytestmark = pytest.mark.asyncio(loop_scope="module")

FRAGMENT = "fragment note on TimeEntry { note @DIRECTIVE(if: $flag) }"
PLACES = {
    "a root field": "query ($flag: Boolean = true) { timeEntry(id: 1) @DIRECTIVE(if: $flag) { id } }",
    "a nested field": "query ($flag: Boolean = true) { timeEntry(id: 1) { id note @DIRECTIVE(if: $flag) } }",
    "an inline fragment": "query ($flag: Boolean = true) { timeEntry(id: 1) { ... @DIRECTIVE(if: $flag) { id } } }",
    "a fragment": "query ($flag: Boolean = true) { timeEntry(id: 1) { ...note } } " + FRAGMENT,
    "beside the schema": "query ($flag: Boolean = true) { __schema { queryType { name @DIRECTIVE(if: $flag) } } }",
    "a mutation": """mutation ($flag: Boolean = true) {
        timeEntryApprove(id: 1) { timeEntry { id @DIRECTIVE(if: $flag) } userErrors { code } } }""",
}


@pytest.mark.parametrize("directive", ["skip", "include"])
@pytest.mark.parametrize("place", PLACES)
async def test_a_variable_that_is_null_is_refused(asked, place, directive):
    await furnish(asked.database, entry(1))
    query = PLACES[place].replace("DIRECTIVE", directive)

    outcome = await asked.execute(query, flag=None)
    given = await asked.execute(query, flag=True)
    absent = await asked.execute(query)

    assert "data" not in outcome.payload
    [error] = outcome.payload["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert error["message"] == "$flag is null, and @skip and @include need true or false."
    assert "errors" not in given.payload
    assert "errors" not in absent.payload


@pytest.mark.parametrize("directive", ["skip", "include"])
async def test_a_null_that_is_written_out_is_refused(asked, directive):
    await furnish(asked.database, entry(1))

    outcome = await asked.execute(f"{{ timeEntry(id: 1) {{ id note @{directive}(if: null) }} }}")

    [error] = outcome.payload["errors"]
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert "data" not in outcome.payload


async def test_null_means_no_condition_to_another_operation_of_the_document(asked):
    await furnish(asked.database, entry(1))
    query = """query Flags($flag: Boolean = true) { timeEntry(id: 1) { ...note } }
        query Filters($flag: Boolean = true) { timeEntries(filter: { invoiced: $flag }) { totalCount } }
        """ + FRAGMENT.replace("DIRECTIVE", "include")

    outcomes = [
        await asked.gateway.execute(GraphQLRequest(query, {"flag": None}, operation_name=name), viewer(ADMIN))
        for name in ("Filters", "Flags")
    ]

    assert outcomes[0].payload["data"] == {"timeEntries": {"totalCount": 1}}
    assert [error["extensions"]["code"] for error in outcomes[1].payload["errors"]] == ["BAD_USER_INPUT"]
