"""TIFF files of every kind, written byte by byte, so that what is in them is known without any reader."""

import struct
import zlib

import numpy as np

NONE, DEFLATE, PACKBITS = 1, 8, 32773
KINDS = {2: "s", 3: "H", 4: "I", 7: "s", 12: "d", 16: "Q"}  # of tags: text, short, long, bytes, double, 64 bits


def tiff(samples, photometric=2, bits=8, planar=1, order="<", big=False, tile=0, rows=0, compression=NONE, predictor=1,
         sample_format=None, fill=1, extra=(), tags=None, blocks=None):  # fmt: skip
    """The bytes of a TIFF with samples (h, w, s), integers or floats.

    tile: side of the tiles, 0 for strips of so many `rows` (0: all). tags: further ones, or others, by number: (type,
    values); None takes one away. blocks: the coded pixels, where they are not made from the samples here.
    """
    height, width, count = samples.shape
    planes = [samples[..., channel : channel + 1] for channel in range(count)] if planar == 2 else [samples]
    if blocks is None:
        parts = [part for plane in planes for part in cut(plane, tile, rows)]
        blocks = [coded(part, bits, order, compression, predictor, fill) for part in parts]
    held = {256: (4, [width]), 257: (4, [height]), 258: (3, [bits] * count), 259: (3, [compression])}
    held |= {262: (3, [photometric]), 277: (3, [count]), 284: (3, [planar])}
    if tile:
        held |= {322: (4, [tile]), 323: (4, [tile]), 324: (4, [0] * len(blocks)), 325: (4, list(map(len, blocks)))}
    else:
        held |= {273: (4, [0] * len(blocks)), 278: (4, [rows or height]), 279: (4, list(map(len, blocks)))}
    held |= {266: (3, [fill])} if fill != 1 else {}
    held |= {317: (3, [predictor])} if predictor != 1 else {}
    held |= {339: (3, [sample_format] * count)} if sample_format else {}
    held |= {338: (3, list(extra))} if extra else {}
    held |= tags or {}
    return assembled({tag: value for tag, value in held.items() if value}, blocks, order, big)


def cut(plane, tile, rows):
    """Tiles, filled up with zeros, or strips of (h, w, s)."""
    height, width, count = plane.shape
    if not tile:
        return [plane[top : top + (rows or height)] for top in range(0, height, rows or height)]
    parts = []
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            part = np.zeros((tile, tile, count), plane.dtype)
            inside = plane[top : top + tile, left : left + tile]
            part[: inside.shape[0], : inside.shape[1]] = inside
            parts.append(part)
    return parts


def coded(part, bits, order, compression, predictor, fill):
    """A strip or tile as bytes."""
    if predictor == 2:
        part = np.concatenate([part[:, :1], np.diff(part.astype(np.int64), axis=1)], axis=1) & ((1 << bits) - 1)
    if bits in (8, 16, 32, 64):
        kind = "f" if part.dtype.kind == "f" else ("i" if part.dtype.kind == "i" and part.min() < 0 else "u")
        data = part.astype(f"{order}{kind}{bits // 8}").tobytes()
    else:  # packed, each row filled up to a byte
        flat = part.reshape(len(part), -1).astype(np.int64)
        planes = (flat[..., None] >> np.arange(bits - 1, -1, -1)) & 1
        data = np.packbits(planes.reshape(len(part), -1).astype(np.uint8), axis=1).tobytes()
    if fill == 2:
        data = bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)
    if compression == DEFLATE:
        return zlib.compress(data)
    if compression == PACKBITS:
        return b"".join(bytes([len(data[at : at + 128]) - 1]) + data[at : at + 128] for at in range(0, len(data), 128))
    return data


def assembled(tags, blocks, order, big):
    """Header, one directory, the values that do not fit into it, and the pixels."""
    offset, count_kind, room, first = ("Q", "Q", 8, 16) if big else ("I", "H", 4, 8)
    head = struct.pack(order + "2sH", b"II" if order == "<" else b"MM", 43 if big else 42)
    head += struct.pack(order + "HHQ", 8, 0, first) if big else struct.pack(order + "I", first)
    size = 2 + 2 + 2 * room
    after = first + struct.calcsize(order + count_kind) + size * len(tags) + room
    places, values = {}, {}
    for tag, (kind, content) in sorted(tags.items()):
        values[tag] = content if isinstance(content, bytes) else packed(order, kind, content)
        if len(values[tag]) > room:
            places[tag], after = after, after + len(values[tag])
    pixels = []
    for block in blocks:
        pixels.append(after)
        after += len(block)
    for tag in (273, 324):
        if tag in tags:
            values[tag] = packed(order, 4, pixels)
    directory = struct.pack(order + count_kind, len(tags))
    for tag, (kind, content) in sorted(tags.items()):
        inside = struct.pack(order + offset, places[tag]) if tag in places else values[tag].ljust(room, b"\0")
        directory += struct.pack(order + "HH" + offset, tag, kind, len(content)) + inside
    outside = b"".join(values[tag] for tag in sorted(places))
    return head + directory + struct.pack(order + offset, 0) + outside + b"".join(blocks)


def packed(order, kind, content):
    return struct.pack(f"{order}{len(content)}{KINDS[kind]}", *content)
