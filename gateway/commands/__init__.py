"""Commands of the command line that are about the store as a whole; `gateway.cli` registers them."""
