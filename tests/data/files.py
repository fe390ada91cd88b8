"""Writers of picture files that Pillow reads and does not write."""

import struct
import zlib

import numpy as np


def write_png(path, pixels):
    """uint16 ``[H, W, 2, 3 or 4]`` as a PNG of 16 bits: two or four with transparency."""
    height, width, bands = pixels.shape
    rows = pixels.astype(">u2").reshape(height, -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 16, {2: 4, 3: 2, 4: 6}[bands], 0, 0, 0)
    parts = [b"\x89PNG\r\n\x1a\n"]
    for name, content in ((b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")):
        parts.append(struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content)))
    path.write_bytes(b"".join(parts))


def write_tiff(path, pixels, photometric=2, extra=(), order="<"):
    """``[H, W, C]`` of bytes or uint16 as one uncompressed strip; photometric 2 is RGB, 1 grey, 5 ink."""
    height, width, bands = pixels.shape
    bits, strip = pixels.dtype.itemsize * 8, pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    tags = [(256, [width]), (257, [height]), (258, [bits] * bands), (259, [1]), (262, [photometric]), (273, [8])]
    tags += [(277, [bands]), (278, [height]), (279, [len(strip)])] + ([(338, list(extra))] if extra else [])
    start = 8 + len(strip)
    entries, more, free = b"", b"", start + 2 + 12 * len(tags) + 4
    for tag, values in tags:
        long = tag in (273, 279)
        content = struct.pack(f"{order}{len(values)}{'I' if long else 'H'}", *values)
        if len(content) > 4:
            place, more = free + len(more), more + content
            content = struct.pack(f"{order}I", place)
        entries += struct.pack(f"{order}HHI", tag, 4 if long else 3, len(values)) + content.ljust(4, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, start)
    path.write_bytes(head + strip + struct.pack(f"{order}H", len(tags)) + entries + bytes(4) + more)


def ramp(top, height=20, width=30, bands=3):
    """uint16 values from 0 to top, all different where there is room."""
    values = np.linspace(0, top, height * width * bands).round().astype(np.uint16)
    return values.reshape(height, width, bands)
