"""Plans: what a root field does, decided once from its selection."""
