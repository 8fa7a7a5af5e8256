"""How large whole numbers may be: ids, amounts, cursors."""

MAX_STORED = 2**63 - 1  # what a database's whole number holds
MAX_RECORD = 2**63 - 1_000_000_000  # the highest number that a record may bring: there is room for new ones beyond
MAX_INT = 2**31 - 1  # what GraphQL's Int holds, and a database's integer
MAX_EXACT = 2**53 - 1  # what a JSON number holds exactly in every client
