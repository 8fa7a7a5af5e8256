"""Importing what a process consists of, quickly."""

import gc
from importlib import import_module
from typing import Any


def import_for_good(module: str) -> Any:  # noqa: ANN401 - a module is of no type of its own
    """Import a module that stays: looking for garbage in what it makes would take a fifth of the start."""
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()
