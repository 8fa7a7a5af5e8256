"""The settings of a mirrored account; secrets show in no text that is made of them."""

import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from gateway.domain.numbers import MAX_STORED
from gateway.options import Options, whole

OnOff = Literal["on", "off"]
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
BUDGET = re.compile(r"[1-9]\d{0,6}/[1-9]\d{0,5}")


def _off(description: str) -> Any:  # noqa: ANN401 - fits an annotation, as Field() does
    return Field(default="off", description=description)


def _secret(description: str, allowed: str) -> Any:  # noqa: ANN401
    return Field(default=SecretStr(""), description=description, json_schema_extra={"allowed": allowed})


class MirrorOptions(Options):
    """Which account is mirrored, by whose token, and what is written to it."""

    mirror_insecure: OnOff = _off(
        "Whether an account may be read without TLS, which shows its token to all on the way."
    )
    mirror_url: str = Field(
        default="",
        description="The account to mirror; none by default.",
        json_schema_extra={
            "allowed": "https://HOST/api/v2, or http:// for this machine; for others with GATEWAY_MIRROR_INSECURE=on"
        },
    )
    mirror_token: SecretStr = _secret("Token by which the account is read.", "a token of the account")
    mirror_token_file: str = Field(
        default="",
        description="File with that token, in place of GATEWAY_MIRROR_TOKEN.",
        json_schema_extra={"allowed": "the path of a file"},
    )
    mirror_organization_id: int = whole(0, 0, MAX_STORED, "Number of the account's organization.")
    mirror_budget: str = Field(
        default="100/10,4000/1800",
        description="Requests that the account allows in windows of seconds; the mirror uses at most half of each.",
        json_schema_extra={"allowed": "REQUESTS/SECONDS, several separated by commas"},
    )
    mirror_max_lag_s: int = whole(
        60, 1, 86_400, "Lag of the mirror, in seconds, beyond which /readyz, status and doctor say so."
    )
    mirror_writes: Literal["refuse", "forward"] = Field(
        default="refuse",
        description="What becomes of writes while an account is mirrored: `forward` sends them there.",
    )
    mirror_shared_writes: OnOff = _off(
        "Whether people without a token of their own write with the account's; its owner is then the actor.",
    )
    mirror_webhook_secret: SecretStr = _secret("Token of the account's webhooks; without it none is taken.", "text")
    secret_key: SecretStr = _secret(
        "Keys that encrypt people's tokens of the account: the first one encrypts, all decrypt.",
        "32 bytes in URL-safe base64, several separated by commas",
    )

    @field_validator("mirror_url")
    @classmethod
    def _sound_url(cls, value: str, info: ValidationInfo) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        is_safe = parts.scheme == "https" or (
            parts.scheme == "http" and (parts.hostname in LOCAL_HOSTS or info.data.get("mirror_insecure") == "on")
        )
        if not is_safe or not parts.hostname or parts.username or parts.query or parts.fragment:
            raise ValueError
        _ = parts.port  # raises where it is none
        return value.rstrip("/")

    @field_validator("mirror_budget")
    @classmethod
    def _sound_budget(cls, value: str) -> str:
        if all(BUDGET.fullmatch(window) for window in value.split(",")):
            return value
        raise ValueError

    @field_validator("secret_key")
    @classmethod
    def _sound_keys(cls, value: SecretStr) -> SecretStr:
        for key in filter(None, value.get_secret_value().split(",")):
            if not KEY.fullmatch(key.strip()):
                raise ValueError
        return value

    def token_of_account(self) -> str:
        """Return the token by which the account is read, from the file where one is named.

        Raises:
            OSError: the file cannot be read.
        """
        if self.mirror_token_file:
            return Path(self.mirror_token_file).read_text(encoding="utf-8").strip()
        return self.mirror_token.get_secret_value()

    @property
    def is_mirror(self) -> bool:
        """Whether an account stands behind the gateway."""
        return bool(self.mirror_url)

    @property
    def lacking(self) -> str | None:
        """The variable that mirroring needs and that is not set."""
        needed = {
            "GATEWAY_MIRROR_URL": self.mirror_url,
            "GATEWAY_MIRROR_TOKEN or GATEWAY_MIRROR_TOKEN_FILE": (
                self.mirror_token.get_secret_value() or self.mirror_token_file
            ),
            "GATEWAY_MIRROR_ORGANIZATION_ID": self.mirror_organization_id,
        }
        return next((name for name, value in needed.items() if not value), None)

    @property
    def budget_windows(self) -> tuple[tuple[int, int], ...]:
        """The windows of the budget as (requests, seconds)."""
        return tuple(
            (int(requests), int(seconds))
            for requests, seconds in (window.split("/") for window in self.mirror_budget.split(","))
        )

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The keys, the one that encrypts first."""
        return tuple(key.strip() for key in self.secret_key.get_secret_value().split(",") if key.strip())
