"""Secrets at rest: encrypted by the first key of GATEWAY_SECRET_KEY, read by any of them."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class NoKey(Exception):
    """There is no key, or none that reads what was encrypted; the text says what to do, and shows no secret."""


class Vault:
    """Encrypts texts, each for an owner: what was encrypted for one is nothing for another."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys]) if keys else None

    def encrypt(self, owner: str, secret: str) -> str:
        """Return a text to keep.

        Raises:
            NoKey: there is none.
        """
        return self._sound().encrypt(f"{owner} {secret}".encode()).decode()

    def decrypt(self, owner: str, kept: str) -> str:
        """Return the secret in a text that was kept.

        Raises:
            NoKey: it was encrypted by none of the keys, or for somebody else.
        """
        try:
            found, _, secret = self._sound().decrypt(kept.encode()).decode().partition(" ")
        except InvalidToken:
            found = secret = ""
        if found != owner:
            raise NoKey(
                f"What is kept for {owner.replace('-', ' ')} cannot be decrypted by any key of GATEWAY_SECRET_KEY; put "
                "the key back that encrypted it, after the first one."
            )
        return secret

    def _sound(self) -> MultiFernet:
        if self._fernet is None:
            raise NoKey(
                "Set GATEWAY_SECRET_KEY to 32 random bytes in URL-safe base64: openssl rand -base64 32 | tr '+/' '-_'"
            )
        return self._fernet
