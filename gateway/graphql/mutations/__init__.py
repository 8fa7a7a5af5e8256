"""Mutations: input to command, one unit of work, and the answer read inside it."""
