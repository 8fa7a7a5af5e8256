"""How names are searched: without case and accents, so that what somebody types on another keyboard is found."""

import unicodedata

# Letters that Unicode takes for no other one with an accent; `str.casefold` knows that ß is ss.
LETTERS = str.maketrans({
    "đ": "d", "ð": "d", "ħ": "h", "\N{LATIN SMALL LETTER DOTLESS I}": "i", "ĸ": "k",
    "ł": "l", "ŋ": "n", "ø": "o", "ŧ": "t", "þ": "th", "æ": "ae", "œ": "oe",
})  # fmt: skip


def plain(text: str) -> str:
    """Return a text without case and accents: ž as z, ł as l, ß as ss; of what is so already, the same."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter)).translate(LETTERS)
