"""What can go wrong with the database itself."""


class StoreFailure(Exception):
    """The database could not do what it was asked."""


class StatementTimeout(StoreFailure):
    """A statement took longer than the statement timeout and was interrupted."""


class StoreUnavailable(StoreFailure):
    """The database is locked, full, missing or damaged; the message is for the log, never for a client."""

    retry_after = 1  # seconds until it may be worth asking again, unless somebody has to mend something first
