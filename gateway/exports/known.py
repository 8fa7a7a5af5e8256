"""The formats that files are written in."""

from gateway.exports.csv_files import CSV
from gateway.exports.jsonl_files import JSONL
from gateway.exports.parquet_files import PARQUET
from gateway.exports.xlsx_files import XLSX

FORMATS = (CSV, XLSX, JSONL, PARQUET)
