"""Documents that are asked for by an identifier: those that the operator trusts, and those that clients registered."""
