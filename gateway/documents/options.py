"""The settings of documents that are asked for by an identifier."""

from typing import Literal

from pydantic import Field

from gateway.options import Options

Accepted = Literal["any", "persisted", "trusted"]


class DocumentOptions(Options):
    """What clients may ask, and where that is written down."""

    documents: Accepted = Field(
        default="any",
        description="Documents that are executed: `any`; `persisted`, those asked for by an identifier, which clients "
        "may register; `trusted`, those alone that the manifest or `gateway documents add` names. Limits apply always.",
    )
    documents_manifest: str = Field(
        default="",
        description="File of trusted documents by their identifiers, as GraphQL Code Generator, Relay or Apollo write "
        "one; read at the start.",
        json_schema_extra={"allowed": "a path"},
    )
