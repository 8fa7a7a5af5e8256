"""Pages: the ways in which the rows of a page are found."""
