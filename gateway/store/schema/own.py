"""The gateway's own tables, of which no document tells: keys of retries, tokens, trusted documents, the revision."""

from sqlalchemy import BigInteger, ForeignKey, String
from sqlmodel import Field

from gateway.store.schema.columns import NEVER_REUSED, TEXT, big, key, refers, text
from gateway.store.schema.rows import Row, table_of


class IdempotencyKeyRow(Row, table=True):
    """What a mutation made under a client's key; kept for 24 hours."""

    __tablename__ = "idempotency_keys"

    person_id: int = Field(
        primary_key=True,
        sa_type=BigInteger,
        sa_column_args=[ForeignKey("people.id", deferrable=True, initially="DEFERRED")],
        sa_column_kwargs={"autoincrement": False},
    )
    field: str = Field(primary_key=True, sa_type=String(40))
    key: str = Field(primary_key=True, sa_type=TEXT)
    digest: str = Field(sa_type=String(64))  # SHA-256 of the coerced input without the key
    time_entry_id: int = big()
    created_at: int = Field(sa_type=BigInteger, index=True)


class TokenRow(Row, table=True):
    """A credential of one person, stored as the SHA-256 of its text."""

    __tablename__ = "tokens"
    __table_args__ = (NEVER_REUSED,)

    id: int = key()
    organization_id: int = refers("organizations")
    person_id: int = refers("people", index=True)
    name: str = text()
    digest: str = Field(sa_type=String(64), unique=True)
    created_at: int = big()
    expires_at: int | None = big(default=None)
    revoked_at: int | None = big(default=None)
    last_used_at: int | None = big(default=None)


class TrustedDocumentRow(Row, table=True):
    """A GraphQL document that may be executed where only trusted ones are; the store's own, no organization's."""

    __tablename__ = "trusted_documents"

    key: str = Field(primary_key=True, sa_type=TEXT)  # the identifier, without a prefix `sha256:`
    text: str = text()
    added_at: int = big()


class AlembicVersionRow(Row, table=True):
    """The stored schema revision, in the table that Alembic reads."""

    __tablename__ = "alembic_version"

    version_num: str = Field(primary_key=True, sa_type=String(32))


IDEMPOTENCY_KEYS = table_of(IdempotencyKeyRow)
TOKENS = table_of(TokenRow)
TRUSTED_DOCUMENTS = table_of(TrustedDocumentRow)
ALEMBIC_VERSION = table_of(AlembicVersionRow)
STORED_REVISION = f"SELECT version_num FROM {ALEMBIC_VERSION.name}"
