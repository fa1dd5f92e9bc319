"""Input that somebody means ill with: small, and valid as far as it goes. benchmarks/fuzz.py begins with all of it."""

import csv
import io
import json
import struct
import zlib
from gzip import compress
from hashlib import sha256
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import numpy as np
from PIL import Image

NAMES = (  # of classes, images, models: what a terminal, a spreadsheet, a page or a file system would obey
    *("\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x9b31m", "a\rb", "a\nb", "a\tb", "a\x08\x08b", "\x7f", "\x85next"),
    *("\u202eturned", "\u2066a\u2069", "\u200b", "\ufeff", "\u2028", "[bold]", "[/]", "[red", "{x}", "%s", ":smile:"),
    *("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "a;=1", "a,=1", "＝1", "=HYPERLINK(\"x\",\"y\")"),
    *("<script>x</script>", "<img src=x>", "![x](y)", "[x](javascript:y)", "a|b", "\\<b>", "`", "$x$", "&lt;"),
    *("../x", "/dev/zero", "/etc/passwd", "..\\x", "C:x", "CON", "nul.txt", "COM1", "x.", "x ", "~", "x" * 5000),
)  # fmt: skip
NUMBERS = (
    "inf",
    "-inf",
    "nan",
    "1e400",
    "1e308",
    "-1",
    "9" * 30,
    "9" * 5000,
    "0x1p9",
    "١",
    "1_0",
    "1,5",
    "50%",
    "",
    " ",
)


def tables(header: str, row: str) -> tuple[bytes, ...]:
    """CSV tables of this header that cost more than they weigh, or say what no table says."""
    first, _, rest = header.partition(",")
    columns = header.count(",") + 1
    made = [
        f"{header}{''.join(f',c{number}' for number in range(8_000))}\n" + "a\n" * 2_000,  # 48 KB: a cell for nobody
        f"{header}{',c' * 12_000}\n" + f"{row}\n" * 4_000,  # 100 KB and more
        f"{header}\n{',' * 5_000_000}\n",
        f"{header}\n{'a' * 5_000_000}\n",
        f'{header}\n"{"a,b" * 40_000}\n' * 20,
        f"{header}\n" + '"' * 1_000_000,
        f"{header}\n{row}\n{row}\n",
        f"{header},{first}\n{row},x\n",
        f"{rest}\n{row}\n",
        f"{header}\n{row[: len(row) // 2]}",
        f"{header}\n{row}\n".replace("\n", "\r"),
        f"{header}\n" + "\n" * 1_000_000,
        "\ufeff" * 1_000,
        *(f"{header}\n{','.join([number] * columns)}\n" for number in NUMBERS),
        *(_csv([header.split(","), [name] * columns, row.split(",")]) for name in NAMES),
    ]
    texts = [text.encode("utf-8", "surrogatepass") for text in made]
    return (*texts, compress(texts[0] * 50), "a,b".encode("utf-16") + b"\0", b"PK\3\4" + bytes(100), bytes(1_000_000))


def _csv(rows: list[list[str]]) -> str:
    csv.writer(file := io.StringIO()).writerows(rows)
    return file.getvalue()


def settings(valid: bytes) -> tuple[bytes, ...]:
    """Content of settings.json that no run writes."""
    known = json.loads(valid)
    made = [b"[" * 100_000, b'{"a":' * 900 + b"1" + b"}" * 900, b'{"name": ' + b"9" * 5_000 + b"}", b"[]", b"1", b'"x"',
            b"null", b'{"a": NaN, "b": -Infinity, "c": 1e400}', valid * 2, valid[:-20], b" " * 5_000_000,
            b'{"a": "' + b"x" * 5_000_000 + b'"}', b'{"\\ud800": "\\udfff"}']  # fmt: skip
    others: tuple[object, ...] = (None, 5, 1e308, [], [[]], {}, {"a": {"b": []}}, True, "x", *NAMES[:24], "/dev", "..")
    for key in known:
        made += [json.dumps(known | {key: other}).encode() for other in others]
    return tuple(made)


def models(valid: str) -> tuple[bytes, ...]:
    """Texts of models whose trees are none, or whose leaves are no numbers."""
    made = []
    for name in ("leaf_value", "threshold", "shrinkage", "num_leaves", "left_child", "right_child", "split_feature"):
        start = valid.index(f"{name}=") + len(name) + 1
        first, end = valid[start:].split(maxsplit=1)[0], valid.index("\n", start)
        words = valid[start:end].split(" ")
        made += [valid[:start] + number + valid[start + len(first) :] for number in NUMBERS]
        if len(words) > 1:
            made.append(valid[:start] + " ".join([words[1], *words[1:]]) + valid[end:])  # two parents
            made.append(valid[:start] + " ".join(reversed(words)) + valid[end:])
    tree = valid[valid.index("Tree=0") : valid.index("Tree=1")]
    made += [valid.replace("end of trees", tree * 20_000 + "end of trees"), valid.replace("Tree=0", "Tree=0\n" * 10**6)]
    made.append(valid.replace(valid[valid.index("leaf_value=") :].split("\n")[0], "leaf_value=" + "1 " * 2_000_000))
    return tuple(text.encode() for text in made)


def bundles(valid: bytes) -> tuple[bytes, ...]:
    """Bundles with right checksums over what nobody fits."""
    with ZipFile(io.BytesIO(valid)) as file:
        members = {info.filename: file.read(info) for info in file.infolist()}
    facts = json.loads(members.pop("bundle.json"))["facts"]
    model = next(name for name in members if name.startswith("models/"))
    header, row = members["predictions.csv"].decode().split("\n")[:2]
    made = []
    for name in members:
        for content in (b"", b"\xff\xfe", bytes(40_000_000), b"a," * 20_000_000, b"[" * 10_000_000):
            made.append(sealed(facts, members | {name: content}))
    for content in tables(header, row)[:12]:
        made.append(sealed(facts, members | {"predictions.csv": content}))
        made.append(sealed(facts, members | {"images.csv": content}))
        made.append(sealed(facts, members | {"references.csv": content}))
    for content in models(members[model].decode())[::7]:
        made.append(sealed(facts, members | {model: content}))
    numbers = (float("inf"), float("nan"), 10**400, -1, 10**12, 0.5, None, "9", [], {}, True)
    for number in numbers:
        made += [sealed(changed, members) for changed in _with_numbers(facts, number)]
        made.append(sealed(facts, members, sizes=number))
    made += [sealed(facts | {"name": name, "reading": facts["reading"] | {"classes": [name, "y"]}}, members)
             for name in NAMES]  # fmt: skip
    made += [sealed(facts, members | {f"more/{number}": b"" for number in range(30_000)}),
             sealed(facts | {"more": [[]] * 2_000_000}, members), sealed(facts, members, kind=ZIP_BZIP2),
             valid + bytes(100), bytes(100) + valid, valid[:-1], valid * 2]  # fmt: skip
    return tuple(made)


def _with_numbers(facts: dict, number: object) -> list[dict]:
    """The facts with something else where a number, and now and then where something else stands."""
    reading = facts["reading"]
    variant = next(iter(facts["variants"]))
    network = {"dim": number}
    made = [facts | {key: number} for key in facts]
    made += [facts | {"reading": reading | {key: number}} for key in reading]
    made += [facts | {"reading": reading | {"calibration": reading["calibration"] | {key: number}}}
             for key in reading["calibration"]]  # fmt: skip
    made += [facts | {"variants": {variant: facts["variants"][variant] | {"network": network}}},
             facts | {"reading": reading | {"limits": {"0.90": number}}},
             facts | {"reading": reading | {"limits": {str(number): 0.5}}},
             facts | {"reading": reading | {"operating": {"positive": ["x"], "rule": number, "aim": number,
                                                          "threshold": number}}}]  # fmt: skip
    return made


def sealed(facts: dict, members: dict[str, bytes], sizes: object = None, kind: int = ZIP_DEFLATED) -> bytes:
    """A bundle as somebody else would make it, with a right seal under whatever it says."""
    known = {}
    for name, content in members.items():
        known[name] = (len(content) if sizes is None else sizes, sha256(content).hexdigest())
    text = json.dumps({"facts": facts, "members": known}).encode()
    memory = io.BytesIO()
    with ZipFile(memory, "w", kind) as file:
        for name, content in members.items():
            file.writestr(name, content)
        file.writestr("bundle.json", text)
        file.comment = f"histoboost 1 sha256 {sha256(text).hexdigest()}".encode()
    return memory.getvalue()


def kept(valid: bytes) -> tuple[bytes, ...]:
    """Files of safetensors that hold other types, sizes or numbers than a kept prediction."""
    length = struct.unpack("<Q", valid[:8])[0]
    header, body = json.loads(valid[8 : 8 + length]), valid[8 + length :]
    name = next(name for name in header if name != "__metadata__")
    made = []
    for kind in ("F64", "F32", "F16", "BF16", "F8_E5M2", "F8_E4M3", "F4", "I64", "U8", "BOOL", "C64", "X", None, 5):
        made.append(_safetensors(header | {name: header[name] | {"dtype": kind}}, body))
    for shape in ([10**12, 2], [2**63, 2**63], [-1], [], [[]], None, [0], [1e9], [len(body) // 8]):
        made.append(_safetensors(header | {name: header[name] | {"shape": shape}}, body))
    for number in (np.nan, np.inf, -1.0, 2.0, 1e308):
        made.append(_safetensors(header, np.full(len(body) // 8, number).tobytes()))
    made += [struct.pack("<Q", size) + valid[8:] for size in (0, 1, 2**20, 2**40, 2**63, 2**64 - 1)]
    made += [_safetensors({}, b""), _safetensors({"__metadata__": None}, b""), _safetensors([], b""), valid[:9]]
    made.append(struct.pack("<Q", 10**6) + b"[" * 10**6)
    return tuple(made)


def _safetensors(header: object, body: bytes) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def images() -> tuple[bytes, ...]:
    """Small files of large images, or of endless work."""
    return _png(8192, 8192), _png(100_000, 100_000), _scans(1000), _scans(20), _png(1, 1 << 26)


def _png(height: int, width: int) -> bytes:
    """A PNG of one black bit for each pixel, where there are not too many for that; else of its header alone."""
    lines = zlib.compress(bytes((1 + (width + 7) // 8) * height)) if height * width <= 1 << 26 else b""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", lines), (b"IEND", b"")]
    text = b"\x89PNG\r\n\x1a\n"
    for kind, content in chunks:
        text += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return text


def _scans(count: int) -> bytes:
    """A progressive JPEG whose last scan is there many times over."""
    Image.new("RGB", (700, 700)).save(file := io.BytesIO(), "JPEG", progressive=True)
    whole = file.getvalue()
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + last * count + whole[-2:]
