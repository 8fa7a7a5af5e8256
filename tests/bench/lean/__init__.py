"""The gateway beside what a user would write instead: lean tables, and requests about all that a store holds.

The other benchmark asks the gateway and SQL by hand about the gateway's own tables, and the same few questions again
and again. Here the peers have tables of their own, laid out as one would for these questions alone: instants as the
text that is answered, three indexes, no log of changes, nothing about rights. What the gateway takes longer is the
price of these. Durability and answers are the same. Every run draws its questions anew.
"""
