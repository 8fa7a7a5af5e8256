"""Whether a mirror equals its account: every record of every type, as the documented face shows both, and deletions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from gateway.mirror.upstream.calls import DELETING, ENTRIES, ENTRY_INCLUDES, NEIGHBOURS, VERSIONS

Records = dict[str, Any]  # by number
# The account's roles are its own, and ours are set here.
OURS = {("people", "role"), ("people", "can_see_costs")}


async def records_of(client: httpx.AsyncClient, token: str, path: str, includes: Sequence[str]) -> Records:
    """Return all records of a type, with what they point to."""
    asked = {"page[size]": "200", "page[number]": "1"} | ({"include": ",".join(includes)} if includes else {})
    found: Records = {}
    while True:
        answer = await client.get(f"/api/v2/{path}", params=asked, headers={"x-auth-token": token})
        assert answer.status_code == 200, answer.text
        document = answer.json()
        for record in document["data"]:
            attributes = {name: value for name, value in record["attributes"].items() if (path, name) not in OURS}
            found[record["id"]] = attributes | record["relationships"]
        if "next" not in document["links"]:
            return found
        asked["page[number]"] = str(int(asked["page[number]"]) + 1)


async def everything_of(client: httpx.AsyncClient, token: str) -> dict[str, Records]:
    """Return all records by type."""
    found = {name: await records_of(client, token, name, includes) for name, includes in NEIGHBOURS.items()}
    return found | {ENTRIES: await records_of(client, token, ENTRIES, ENTRY_INCLUDES)}


@dataclass(frozen=True, slots=True)
class Deletion:
    """When an entry was deleted and by whom, and the instant that the log had reached before."""

    at: str
    actor: str | None
    after: str

    def is_that_of(self, theirs: "Deletion | None") -> bool:
        """Tell whether a mirror's is the account's: the log of a mirror, as every log, does not go back in time."""
        if theirs is None or self.actor != theirs.actor:
            return False
        return self.at == theirs.at or self.at == self.after > theirs.at


async def deletions_of(client: httpx.AsyncClient, token: str) -> dict[str, Deletion]:
    """Return the last deletion of each entry that was deleted and did not come back."""
    last: dict[str, Deletion | None] = {}
    reached = ""
    for version in (await records_of(client, token, VERSIONS, ["creator"])).values():
        creator, at = version["creator"]["data"], version["created_at"]
        is_gone = version["event"] in DELETING
        last[version["item_id"]] = Deletion(at, creator and creator["id"], reached) if is_gone else None
        reached = at
    return {item: deletion for item, deletion in last.items() if deletion is not None}


def differences(account: Mapping[str, Records], mirror: Mapping[str, Records]) -> list[str]:
    """Say in a line each where a mirror differs."""
    found = []
    for name, theirs in account.items():
        ours = mirror[name]
        found += [f"{name} {number} is missing" for number in theirs.keys() - ours.keys()]
        found += [f"{name} {number} is not in the account" for number in ours.keys() - theirs.keys()]
        for number in theirs.keys() & ours.keys():
            found += [
                f"{name} {number}: {field} is {ours[number][field]!r}, not {value!r}"
                for field, value in theirs[number].items()
                if ours[number][field] != value
            ]
    return sorted(found)
