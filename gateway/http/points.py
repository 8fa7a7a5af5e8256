"""The points that work costs, whichever face asks for it. A value of an answer costs one."""

FIXED_PRICE = 100  # of what is added up, whatever of: how long the database looks is bounded by its timeout
WRITE_PRICE = 10  # of a row, or a mutation
ROWS_OF_A_LIST = 10  # of a list without arguments, such as an entry's approval steps: nobody knows their number
