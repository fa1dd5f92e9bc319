"""Small .xlsx files, written part by part, so that tests need no Excel and may break what they like."""

from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
STYLES = (
    f'<styleSheet {MAIN}><numFmts count="1"><numFmt numFmtId="164" formatCode="000"/></numFmts>'
    '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/></cellXfs></styleSheet>'
)
PADDED, DATE = 1, 2  # styles


def cell(value):
    """A cell: text in it, a number, a pair of a number and its style, XML as bytes, or nothing."""
    if value is None:
        return "<c/>"
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    number, style = value if isinstance(value, tuple) else (value, 0)
    return f'<c s="{style}"><v>{number!r}</v></c>'


def sheet(rows, after=""):
    """A sheet of rows of values."""
    lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    return f"<worksheet {MAIN}><sheetData>{lines}</sheetData>{after}</worksheet>"


def relations(targets):
    """The parts that another refers to, kind and path of each; they are called r1, r2 ..."""
    items = "".join(
        f'<Relationship Id="r{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f"<Relationships {RELATIONS}>{items}</Relationships>"


def parts_of(sheets, texts=(), hidden=()):
    """The parts of a workbook whose sheets, by name, are rows of values or XML."""
    contents = [content if isinstance(content, str) else sheet(content) for content in sheets.values()]
    listed = ""
    for number, name in enumerate(sheets, 1):
        state = ' state="hidden"' if name in hidden else ""
        listed += f'<sheet name="{escape(name)}" sheetId="{number}"{state} r:id="r{number}"/>'
    worksheets = [("worksheet", f"worksheets/s{number}.xml") for number in range(1, len(sheets) + 1)]
    strings = "".join(f"<si>{text}</si>" for text in texts)
    return {
        "_rels/.rels": relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            [*worksheets, ("styles", "/xl/styles.xml"), ("sharedStrings", "sharedStrings.xml")]
        ),
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": f"<sst {MAIN}>{strings}</sst>",
    } | {f"xl/worksheets/s{number}.xml": content for number, content in enumerate(contents, 1)}


def write_parts(path, parts):
    """Put parts into an archive."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def write_workbook(path, sheets, **options):
    """Write a workbook of sheets by name; rows alone are one sheet."""
    return write_parts(path, parts_of(sheets if isinstance(sheets, dict) else {"Sheet1": sheets}, **options))
