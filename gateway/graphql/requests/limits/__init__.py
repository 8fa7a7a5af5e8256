"""Limits of a request, checked before anything is executed, in time that grows with its size and no faster.

A document is scanned before it is parsed, counted before it is validated; variables are counted before
they are coerced. Each count stops as soon as it is over.
"""

from gateway.graphql.requests.limits.bounds import too_expensive
from gateway.graphql.requests.limits.overlapping_fields import FieldsCanBeMergedRule
from gateway.graphql.requests.limits.reading import Reading, read_document
from gateway.graphql.requests.limits.scanning import without_values
from gateway.graphql.requests.limits.values import Counted, check_variables

__all__ = [
    "Counted",
    "FieldsCanBeMergedRule",
    "Reading",
    "check_variables",
    "read_document",
    "too_expensive",
    "without_values",
]
