"""The explorer's files: its own page, and the npm packages it stands on, which are fetched and checked at set-up."""
