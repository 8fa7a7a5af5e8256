"""Where a page of a connection stands."""

import strawberry

from gateway.graphql.fields import structural


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """The cursors of a page."""

    has_next_page: bool = structural(
        "Whether rows follow this page. Going backward with before it is true, since that row follows."
    )
    has_previous_page: bool = structural(
        "Whether rows come before this page. Going forward with after it is true, since that row comes before."
    )
    start_cursor: str | None = structural("Cursor of the first row, for before; null on an empty page.")
    end_cursor: str | None = structural("Cursor of the last row, for after; null on an empty page.")
