"""The formats that files are written in."""

from gateway.exports.csv_files import CSV
from gateway.exports.jsonl_files import JSONL

FORMATS = (CSV, JSONL)
