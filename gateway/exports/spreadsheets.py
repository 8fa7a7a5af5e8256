"""What spreadsheets make of texts and instants."""

# A cell that begins so is taken for a formula, also after a copy from one program into another.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def is_like_a_formula(text: str) -> bool:
    """Tell whether a spreadsheet could calculate a text instead of showing it."""
    return text.lstrip(" ").startswith(FORMULAS)


def local_time(rendered: str) -> str:
    """Return an instant as spreadsheets read one: without its offset, in the zone that the heading names."""
    return f"{rendered[:10]} {rendered[11:19]}"
