"""Text files in broken charsets, archives under a text's name, noise and endless lines."""

import gzip
import random
from collections.abc import Callable, Iterator
from functools import partial

from tests.tracker.hostile.file import HostileFile

_SENTENCE = "Ostravia is ready for talks, said Ilva Marenko. "
_RUSSIAN = "Острaвия готова к переговорам, сказала министр. ".replace("a", "а")


def files() -> Iterator[HostileFile]:
    """Yield the hostile text files."""
    for name, make in {**_charsets(), **_packed(), **_endless()}.items():
        yield HostileFile(f"text/{name}", make, filename="a.txt")
    for seed in range(12):
        yield HostileFile(f"text/noise-{seed}", partial(_noise, seed))
    for seed in range(8):
        yield HostileFile(f"text/flipped-{seed}", partial(_flipped, seed), filename="a.txt")


def _charsets() -> dict[str, Callable[[], bytes]]:
    made: dict[str, Callable[[], bytes]] = {
        "utf-8-cut": lambda: (_RUSSIAN * 9).encode()[:-3],
        "utf-8-overlong": lambda: b"a\xc0\xafb" * 99,
        "utf-8-surrogates": lambda: b"a\xed\xa0\x80b" * 99,
        "utf-8-beyond": lambda: b"a\xf4\x90\x80\x80b" * 99,
        "utf-8-mark-and-noise": lambda: b"\xef\xbb\xbf\xff\xff\xff",
        "utf-8-mark-only": lambda: b"\xef\xbb\xbf",
        "utf-16-odd": lambda: _SENTENCE.encode("utf-16")[:-1],
        "utf-16-surrogate": lambda: b"\xff\xfe\x00\xd8a\x00",
        "utf-16-without-mark": lambda: _SENTENCE.encode("utf-16-le"),
        "utf-32-beyond": lambda: b"\xff\xfe\0\0\xff\xff\xff\xff",
        "mixed": lambda: (_RUSSIAN * 9).encode() + (_RUSSIAN * 9).encode("cp1251"),
        "every-byte": lambda: bytes(range(256)),
        "every-byte-but-controls": lambda: bytes(range(32, 256)) * 99,
        "controls": lambda: b"\x01\x02\x03 a" * 999,
        "one-nul": lambda: _SENTENCE.encode() * 99 + b"\0",
    }
    for codec in ("koi8-r", "cp866", "mac-cyrillic", "shift_jis", "euc-kr", "big5", "utf-7"):
        made[f"in-{codec}"] = partial(_in_codec, codec)
    return made


def _in_codec(codec: str) -> bytes:
    return (_RUSSIAN * 20).encode(codec, "replace")


def _packed() -> dict[str, Callable[[], bytes]]:
    whole = gzip.compress(_SENTENCE.encode() * 10_000)
    return {
        "gzip": lambda: whole,
        "gzip-cut": lambda: whole[: len(whole) // 2],
        "gzip-headless": lambda: whole[10:],
        "picture": lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 999,
        "program": lambda: b"\x7fELF" + b"\0" * 999,
        "rich-text": lambda: b"{\\rtf1 ready for talks}",
        "post-script": lambda: b"%!PS\n(ready) show",
        "nothing": lambda: b"",
        "spaces": lambda: b" \r\n\t" * 100_000,
    }


def _endless() -> dict[str, Callable[[], bytes]]:
    return {
        "one-line": lambda: b"x" * 19_000_000,
        "lines": lambda: b"\r\n" * 9_000_000 + b"x",
        "under-the-limit": lambda: _SENTENCE.encode() * 100_000,
        "over-the-limit": lambda: b"x" * 20_000_001,
        "marks-on-one-letter": lambda: "a{}".format("\u0301" * 2_000_000).encode(),
        "right-to-left": lambda: ("\u202e\u200f\u2066" * 99_999 + "x").encode(),
        "zero-width": lambda: ("\u200b\u200d\ufeff" * 99_999).encode(),
        "quotation-marks": lambda: ("“" * 999_999).encode(),
        "beyond-the-first-plane": lambda: ("\U0001f600" * 999_999).encode(),
    }


def _noise(seed: int) -> bytes:
    return random.Random(seed).randbytes(10_000 * (seed + 1))


def _flipped(seed: int) -> bytes:
    chance = random.Random(seed)
    body = bytearray((_SENTENCE + _RUSSIAN).encode() * 200)
    for _ in range(4**seed):
        body[chance.randrange(len(body))] = chance.randrange(256)
    return bytes(body)
