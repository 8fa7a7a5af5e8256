"""The interface of everything that has a global id."""

import strawberry


@strawberry.interface(description="A record that can be fetched again by its id alone.")
class Node:
    """A record with an id that is unique among all records."""

    id: strawberry.ID = strawberry.field(
        description="Opaque id, unique among all records of all types. Pass it back as it is."
    )
