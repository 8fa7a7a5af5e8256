"""A live account of the documented API behind the gateway: kept equal to it, and written through it."""
