"""Demo and test data: two organizations or more, and five years of time entries, the same for the same arguments.

`calendar` says how many of each there are and how the entries spread over the days, `directory` makes what entries
hang on, `entries` the entries; all of them are rows of plain values. How rows get into a database is the
store's business (`gateway.store.bulk.loading`).
"""
