"""A QR code as a camera sees it: its SVG drawn into pixels, and read by a decoder that is not the one who drew it."""

import re
from typing import Final

import zxingcpp

_SCALE: Final = 4
"""Pixels of a module."""
_STEP: Final = re.compile(r"([Mmh])(-?[0-9.]+)(?: (-?[0-9.]+))?")


def read_qr(svg: str) -> str:
    """The text of the one QR code in an inline SVG: horizontal strokes, one module high, as segno draws them."""
    pixels, width = _drawn(svg)
    # Any picture with enough black and white in it holds a barcode of some other kind for whoever looks for all kinds.
    only = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = zxingcpp.read_barcodes(memoryview(pixels).cast("B", (width, width)), formats=only)
    assert len(found) == 1, found
    return str(found[0].text)


def _drawn(svg: str) -> tuple[bytes, int]:
    size = re.search(r'width="(\d+)" height="(\d+)"', svg)
    scale = re.search(r'transform="scale\((\d+)\)"', svg)
    strokes = re.search(r'<path[^>]*stroke="#000"[^>]*d="([^"]+)"|<path[^>]*d="([^"]+)"[^>]*stroke="#000"', svg)
    assert size is not None
    assert scale is not None
    assert strokes is not None, svg[:300]
    modules = int(size[1]) // int(scale[1])
    width = modules * _SCALE
    pixels = bytearray(b"\xff" * (width * width))
    x = y = 0.0
    for command, first, second in _STEP.findall(strokes[1] or strokes[2]):
        if command == "h":
            for row in range(int(y) * _SCALE, (int(y) + 1) * _SCALE):
                start = row * width + int(x) * _SCALE
                pixels[start : start + int(first) * _SCALE] = bytes(int(first) * _SCALE)
            x += float(first)
        else:
            x, y = (float(first), float(second)) if command == "M" else (x + float(first), y + float(second))
    return bytes(pixels), width
