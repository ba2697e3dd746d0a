"""Sound and film without a head of their own: told by frames that follow one another. Pure.

Owns the formats that a few first bytes do not give away, since chance writes those: what counts is
that the next frame begins exactly where the first one says, and another one after it.

Sources: ISO/IEC 11172-3 and 13818-3 (MPEG audio), ISO/IEC 13818-7 (ADTS), ISO/IEC 13818-1
(transport stream), ETSI TS 102 034 (204 bytes), and the 192 bytes of M2TS.
"""

from __future__ import annotations

import re
from typing import Final

_SOUND: Final = ("audio", "a sound file")
_FILM: Final = ("video", "an MPEG transport stream")
_LEAST_FRAMES: Final = 3
_LEAST_PACKETS: Final = 4
_PACKETS: Final = ((188, 0), (192, 4), (204, 0))  # length, where its first sign stands
_PACKET_SIGN: Final = 0x47
_NO_TEXT: Final = re.compile(rb"[^\t\n\r -~]")
_LEAST_FRAME_BYTES: Final = 8
_HEAD_BYTES: Final = 6
# Thousands of bits a second, by version and layer: the standard's tables, without 0 and 15.
_V1_L1: Final = (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448)
_V1_L2: Final = (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)
_V1_L3: Final = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_V2_L1: Final = (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256)
_V2_L23: Final = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_V1, _V2 = (_V1_L3, _V1_L2, _V1_L1), (_V2_L23, _V2_L23, _V2_L1)
_RATES: Final = {
    3: (44_100, 48_000, 32_000),
    2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8_000),
}


def stream(raw: bytes) -> tuple[str, str] | None:
    """Return code and name of the format that bytes are of; None also for one of too few frames."""
    if not may_begin(raw):
        return None
    if _follow(raw):
        return _SOUND
    return _FILM if any(_are_packets(raw, size, start) for size, start in _PACKETS) else None


def may_begin(head: bytes) -> bool:
    """Return whether bytes that begin like these are worth a look at all of them."""
    return (head[:1] == b"\xff" and head[1:2] >= b"\xe2") or b"G" in (head[:1], head[4:5])


def _follow(raw: bytes) -> bool:
    """Return whether frames of one sound follow one another from the first byte on."""
    place, first = 0, b""
    for _ in range(_LEAST_FRAMES):
        frame = raw[place : place + _HEAD_BYTES]
        size = _frame_bytes(frame)
        # Version, layer and sampling rate stay the same throughout.
        same = bytes((frame[1] & 0xFE, frame[2] & 0x0C)) if size else b""
        if not size or (first and same != first):
            return False
        place, first = place + size, same
    return True


def _frame_bytes(head: bytes) -> int:
    """Return how long the frame is that begins so, 0 for none."""
    if len(head) < _HEAD_BYTES or head[0] != 0xFF or head[1] < 0xE0:  # noqa: PLR2004
        return 0
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rates = _RATES.get(version)
    if rates is None:
        return 0
    if layer == 0:  # ADTS, which says its length
        size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        is_one = head[1] >= 0xF0 and (head[2] >> 2 & 15) < 13  # noqa: PLR2004
        return size if is_one and size >= _LEAST_FRAME_BYTES else 0
    bits, rate, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if bits in (0, 15) or rate == 3:  # noqa: PLR2004
        return 0
    is_v1 = version == 3  # noqa: PLR2004
    table = _V1[layer - 1] if is_v1 else _V2[layer - 1]
    thousands, hertz = table[bits - 1] * 1000, rates[rate]
    if layer == 3:  # noqa: PLR2004 - layer I counts in units of four bytes
        return (12 * thousands // hertz + padding) * 4
    samples = 72 if layer == 1 and not is_v1 else 144
    return samples * thousands // hertz + padding


def _are_packets(raw: bytes, size: int, start: int) -> bool:
    """Return whether packets of that size follow one another; a table of text is none."""
    heads = [raw[start + n * size : start + n * size + 4] for n in range(_LEAST_PACKETS)]
    return all(map(_is_packet, heads)) and _NO_TEXT.search(b"".join(heads)) is not None


def _is_packet(head: bytes) -> bool:
    """Return whether a packet begins so: without error, in clear, with something in it."""
    whole = len(head) == 4 and head[0] == _PACKET_SIGN  # noqa: PLR2004
    return whole and not head[1] & 0x80 and not head[3] & 0xC0 and bool(head[3] & 0x30)
