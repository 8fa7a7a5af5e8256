"""HTTP as every face needs it: callers, answers, refusals, limits of time and rate, and what is seen from outside."""
