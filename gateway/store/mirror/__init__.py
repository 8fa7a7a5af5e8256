"""The mirror's side of the store: how far an account was read, who reads it, and what is left."""
