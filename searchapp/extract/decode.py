"""Bytes to text: the encoding of a document, and its characters made safe.

A byte order mark decides, then UTF-8 if it fits, then what a page declares, then a guess among the
charsets news comes in. What is no text at all is refused by what it looks like.
"""

from __future__ import annotations

import codecs
import re

from searchapp.model import UnreadableSource

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes) -> str:
    """`data` as text with `\\n` for newlines and no control characters but tabs.

    Raises UnreadableSource for what looks like anything but text.
    """
    return tidy(_repair_quotes(_decode_bytes(data))).replace("\xa0", " ")


def _decode_bytes(data: bytes) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, "replace")
    _refuse_binary(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    lenient = data.decode("utf-8", "replace")
    broken = lenient.count("\ufffd")
    if broken * 3 < len(data) - len(lenient):  # UTF-8 with a few bytes lost
        return lenient
    return data.decode(_charset(data), "replace")


# --- what is not text ---------------------------------------------------------------------------

_SIGNATURES = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive or office document"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
)
_SAMPLE_BYTES = 64 * 1024
# Bytes below 0x20 that no text has, tab, newlines, form feed and escape aside; and delete.
_ODD_BYTES = bytes([*range(9), *range(14, 27), 127])


def _refuse_binary(data: bytes) -> None:
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise UnreadableSource(f"looks like {what}, not text")
    sample = data[:_SAMPLE_BYTES]
    odd = len(sample) - len(sample.translate(None, _ODD_BYTES))
    if odd * 50 > len(sample):
        raise UnreadableSource("looks like binary data, not text")


# --- charsets -----------------------------------------------------------------------------------

_DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{1,40})", re.I)
_WEB_CHARSETS = re.compile(
    r"(windows-|cp)?(125\d|874)|(iso|latin)[-_\d]+|koi8-[ru]|gb(k|2312|18030)|big5(-hkscs)?"
    r"|(shift[-_]|s)jis|euc-(jp|kr)|utf-?8|macintosh|us-ascii|tis-620"
)
# Browsers read these as Windows-1252, and pages rely on it. UTF-8 was tried before.
_REALLY_WINDOWS = ("iso-8859-1", "latin1", "us-ascii", "utf-8")
# What Windows-1252 adds to ASCII in English text: curly quotes, dashes, £ § © « ® ° · » ½.
_TYPOGRAPHY = bytes.fromhex("80 85 91929394959697 99 a0 a3 a7 a9 ab ae b0 b7 bb bd")
# What news files of the last forty years come in, likeliest first, which decides between equals.
# Asked about all it knows, charset-normalizer takes short Western text for Mac or DOS code pages.
_GUESSED_CHARSETS = [
    *("cp1252", "cp1251", "koi8_r", "koi8_u", "shift_jis", "euc_jp", "gb18030", "big5", "cp949"),
    *("cp1250", "iso8859_2", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
]


def _charset(data: bytes) -> str:
    """The charset of text that is not UTF-8."""
    if declared := _declared_charset(data):
        return declared
    sample = data[:_SAMPLE_BYTES]
    if not sample.translate(None, bytes(range(128)) + _TYPOGRAPHY):
        return "cp1252"
    return _guess_charset(sample)


def _declared_charset(data: bytes) -> str | None:
    """The charset a page declares in its head, None where it names none that pages use."""
    declared = _DECLARED.search(data[:4096])
    name = declared[1].decode("ascii", "replace").lower() if declared else ""
    if not _WEB_CHARSETS.fullmatch(name):
        return None
    try:
        return codecs.lookup("cp1252" if name in _REALLY_WINDOWS else name).name
    except LookupError:
        return None


def _guess_charset(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = from_bytes(sample, cp_isolation=_GUESSED_CHARSETS, enable_fallback=False)
    ranked = sorted(
        (round(match.chaos, 2), -round(match.coherence, 1), _GUESSED_CHARSETS.index(match.encoding))
        for match in matches
    )
    return _GUESSED_CHARSETS[ranked[0][2]] if ranked else "cp1252"


# --- characters ---------------------------------------------------------------------------------

_NEWLINES = re.compile("\r\n?|[\v\f\x1c-\x1e\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
_HIGH_CONTROLS = re.compile("[\x80-\x9f]")
# Quotes and dashes of Windows-1252 that somebody decoded as Latin-1: as common as real C1
# controls are rare.
_MEANT = {
    chr(byte): bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xA0)
}


def tidy(text: str) -> str:
    """`text` with `\\n` for newlines and without control characters."""
    return _CONTROLS.sub("", _NEWLINES.sub("\n", text))


def tidy_in_place(text: str) -> str:
    """`text` tidied character for character, so that offsets into it hold."""
    text = _repair_quotes(text.replace("\r\n", " \n"))
    return _CONTROLS.sub("\ufffd", _NEWLINES.sub("\n", text))


def _repair_quotes(text: str) -> str:
    # `str.translate` took 15 ms on a page that has no such character; a search takes 0.2.
    return _HIGH_CONTROLS.sub(lambda match: _MEANT[match[0]], text)
