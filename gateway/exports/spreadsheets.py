"""What spreadsheets make of texts and instants."""

import re

# A cell that begins so is taken for a formula, also after a copy from one program into another.
FORMULA = re.compile(" *[-=+@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def local_time(rendered: str) -> str:
    """Return an instant as spreadsheets read one: without its offset, in the zone that the heading names."""
    return f"{rendered[:10]} {rendered[11:19]}"
