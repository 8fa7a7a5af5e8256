"""The account that is mirrored: where it is, and what is shown to it."""

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from gateway.mirror.options import MirrorOptions

TOKEN = re.compile(r"[\x21-\x7e]{1,500}", re.ASCII)


class BadAccount(ValueError):
    """An account that cannot be asked by its settings; the text says which of them is wrong, and shows no secret."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the documented API."""

    url: str  # of the API, with its path and without a slash at its end
    organization_id: int
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        if not TOKEN.fullmatch(self.token):
            raise BadAccount("The account's token has to be 1 to 500 printable characters of ASCII without a space.")

    @classmethod
    def of(cls, options: MirrorOptions) -> "Account":
        """Return the account of the settings, with its token, which may be in a file.

        Raises:
            BadAccount: a setting is missing, or the token cannot be one.
        """
        if options.lacking is not None:
            raise BadAccount(f"No account is mirrored: set {options.lacking}.")
        try:
            token = options.token_of_account()
        except (OSError, UnicodeDecodeError) as error:
            raise BadAccount(f"GATEWAY_MIRROR_TOKEN_FILE cannot be read: {_reason(error)}.") from None
        return cls(options.mirror_url, options.mirror_organization_id, token)

    @property
    def host(self) -> str:
        """The host alone."""
        return urlsplit(self.url).hostname or ""

    def has(self, link: str) -> bool:
        """Tell whether a link leads to the same scheme, host and port."""
        try:
            return _origin(urljoin(self.url, link)) == _origin(self.url)
        except ValueError:
            return False


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or "no reason given") if isinstance(error, OSError) else "it is not text"


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
