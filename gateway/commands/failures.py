"""What a command fails by, where nothing below it has an error for that."""


class CommandFailed(Exception):
    """What was asked for cannot be done; the text is the sentence for the terminal."""
