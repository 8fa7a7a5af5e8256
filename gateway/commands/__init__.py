"""Commands of the command line, one a module; `gateway.cli` finds them."""
