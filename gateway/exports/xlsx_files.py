"""Workbooks (Office Open XML) as streams: a sheet is compressed while its rows come, and none of it is kept.

What libraries write takes eight times as long, or the memory of all rows. Texts stand in their cells (`inlineStr`), so
none of them is ever a formula; what could become one by an edit is marked as text.
"""

import datetime as dt
import re
import zipfile
from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape

from gateway.exports.formats import Cells, Format, Heading, Kind
from gateway.exports.outlets import Outlet
from gateway.exports.spreadsheets import FORMULA, local_time
from gateway.querying.formats import computed

MOST_ROWS = 1_048_576  # of a sheet; what is beyond goes to the next one
LONGEST = 32_767  # characters of a cell
LEVEL = 1  # of compression: more takes longer than all else
FIRST_YEAR = 1900  # of the calendar that spreadsheets have
DAY_ZERO = dt.date(1899, 12, 30).toordinal()
SECONDS_OF_A_DAY = 86_400
# Styles, by their place in `_STYLES`.
HEADING, DATE_STYLE, INSTANT_STYLE, TEXT_STYLE = 1, 2, 3, 4
EMPTY = "<c/>"
# What XML cannot hold is written as the code of a character, and so is what would be read as one.
_ESCAPED = re.compile(r"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
# Texts that are not written as they are: what XML would read, what is escaped, spaces at the ends, formulas.
_SPECIAL = re.compile(rf"[&<>]|{_ESCAPED.pattern}|\A\s|\s\Z|\A{FORMULA.pattern}")

_NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = "".join(
    (
        _XML,
        f"<styleSheet {_NAMESPACE}>",
        '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>',
        '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>',
        '<fonts count="2"><font/><font><b/></font></fonts>',
        '<fills count="2"><fill><patternFill patternType="none"/></fill>',
        '<fill><patternFill patternType="gray125"/></fill></fills>',
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>',
        '<cellXfs count="5"><xf/><xf fontId="1" applyFont="1"/><xf numFmtId="164" applyNumberFormat="1"/>',
        '<xf numFmtId="165" applyNumberFormat="1"/><xf quotePrefix="1"/></cellXfs>',
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
    )
)
_WIDTHS = {Kind.TEXT: 24, Kind.NUMBER: 12, Kind.FLAG: 10, Kind.DATE: 12, Kind.INSTANT: 20}  # characters


def _text(text: str) -> str:
    if len(text) > LONGEST or _SPECIAL.search(text):
        return _special_text(text, TEXT_STYLE if FORMULA.match(text) else 0)
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def _special_text(text: str, style: int) -> str:
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 3]}..."
    text = _ESCAPED.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _number(value: int) -> str:
    return f"<c><v>{value}</v></c>"


def _flag(value: object) -> str:
    return f'<c t="b"><v>{1 if value else 0}</v></c>'


def _serial(day: str) -> int | None:
    """Return a day as spreadsheets count them; None where their calendar has not begun."""
    date = dt.date.fromisoformat(day)
    return date.toordinal() - DAY_ZERO if date.year >= FIRST_YEAR else None


def _date(value: object) -> str:
    text = str(value)  # ISO of SQLite, a date of PostgreSQL
    serial = _serial(text)
    return _text(text) if serial is None else f'<c s="{DATE_STYLE}"><v>{serial}</v></c>'


def _instant(render: Callable[[int], str], value: int) -> str:
    text = local_time(render(value))
    serial = _serial(text[:10])
    if serial is None:
        return _text(text)
    seconds = int(text[11:13]) * 3600 + int(text[14:16]) * 60 + int(text[17:19])
    return f'<c s="{INSTANT_STYLE}"><v>{serial + seconds / SECONDS_OF_A_DAY:.8f}</v></c>'


class _XlsxFile:
    def __init__(self, headings: Sequence[Heading]) -> None:
        self._headings = headings
        self._outlet = Outlet()
        self._archive = zipfile.ZipFile(self._outlet, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)
        self._sheets = self._rows = 0

    def begin(self) -> bytes:
        self._begin_sheet()
        return self._outlet.taken()

    def add(self, rows: Cells) -> bytes:
        while len(rows) > MOST_ROWS - self._rows:
            fitting = MOST_ROWS - self._rows
            self._write(rows[:fitting])
            rows = rows[fitting:]
            self._end_sheet()
            self._begin_sheet()
        self._write(rows)
        return self._outlet.taken()

    def end(self) -> bytes:
        self._end_sheet()
        for name, content in _rest(self._sheets).items():
            self._archive.writestr(name, content)
        self._archive.close()
        return self._outlet.taken()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._archive.open(f"xl/worksheets/sheet{self._sheets}.xml", "w", force_zip64=True)
        columns = "".join(
            f'<col min="{place}" max="{place}" width="{_WIDTHS[heading.kind]}" customWidth="1"/>'
            for place, heading in enumerate(self._headings, 1)
        )
        view = (
            '<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        )
        heading = "".join(_special_text(heading.text, HEADING) for heading in self._headings)
        self._sheet.write(
            f"{_XML}<worksheet {_NAMESPACE}><sheetViews>{view}</sheetView></sheetViews><cols>{columns}</cols>"
            f"<sheetData><row>{heading}</row>".encode()
        )
        self._rows = 1

    def _write(self, rows: Cells) -> None:
        written = [f"<row>{''.join([cell or EMPTY for cell in row])}</row>" for row in rows]
        self._sheet.write("".join(written).encode())
        self._rows += len(rows)

    def _end_sheet(self) -> None:
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()


def _rest(sheets: int) -> dict[str, str]:
    """Return what makes a workbook of sheets, by its place in the archive."""
    numbers = range(1, sheets + 1)
    named = "".join(f'<sheet name="time_entries {n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    typed = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_MAIN}.worksheet+xml"/>' for n in numbers
    )
    return {
        "xl/styles.xml": _STYLES,
        "xl/workbook.xml": f'{_XML}<workbook {_NAMESPACE} xmlns:r="{_RELATIONS}"><sheets>{named}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": (
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{related}'
            f'<Relationship Id="rId0" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>'
        ),
        "_rels/.rels": (
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "[Content_Types].xml": (
            f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_MAIN}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_MAIN}.styles+xml"/>{typed}</Types>'
        ),
    }


XLSX = Format(
    "xlsx",
    f"{_MAIN}.sheet",
    "A workbook with a heading for each column; a sheet has 1,048,576 rows at most.",
    {
        Kind.TEXT: computed(_text),
        Kind.NUMBER: computed(_number),
        Kind.FLAG: computed(_flag),
        Kind.DATE: computed(_date),
        Kind.INSTANT: computed(_instant, "instant"),
    },
    _XlsxFile,
)
