"""PDF files that repeat, recurse, unpack without end, lie about themselves or break off."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from tests.tracker.hostile.file import HostileFile

_TEXT = b"BT /F1 12 Tf 72 720 Td (Ostravia is ready for talks, said Ilva Marenko.) Tj ET\n"
_PAGE = (
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
    b"/Resources<</Font<</F1 5 0 R>>/XObject<</X 6 0 R>>>>>>"
)
_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
_CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"


def files() -> Iterator[HostileFile]:
    """Yield the hostile PDF files."""
    for name, make in {**_repeating(), **_unpacking(), **_recursive(), **_lying()}.items():
        yield HostileFile(f"pdf/{name}", make, content_type="application/pdf")
    for twentieth in range(1, 20):
        yield HostileFile(f"pdf/cut-{twentieth * 5}", partial(_cut, twentieth), filename="a.pdf")


def document(*objects: bytes, trailer: bytes = b"") -> bytes:
    """Return a PDF of the numbered `objects`, the first being its catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    out += b"trailer<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF" % (size, trailer, start)
    return bytes(out)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """Return `data` as a stream object with further dictionary `entries`."""
    return b"<</Length %d%b>>stream\n%b\nendstream" % (len(data), entries, data)


def pages_of(content: bytes, *, count: int = 1, extra: Sequence[bytes] = ()) -> bytes:
    """Return a PDF that refers `count` times to one page, whose stream object is `content`."""
    kids = b"3 0 R " * count
    tree = b"<</Type/Pages/Count %d/Kids[%b]>>" % (count, kids)
    return document(_CATALOG, tree, _PAGE, content, _FONT, *(extra or (b"null",)))


def _repeating() -> dict[str, Callable[[], bytes]]:
    full = _TEXT * 2_000
    made: dict[str, Callable[[], bytes]] = {}
    for count in (50, 1_000, 5_000, 100_000):
        made[f"page-{count}-times"] = partial(pages_of, stream(_TEXT), count=count)
        made[f"full-page-{count}-times"] = partial(pages_of, stream(full), count=count)
    return made | {
        "operators": lambda: pages_of(stream(_TEXT * 100_000)),
        "one-string": lambda: pages_of(stream(b"BT /F1 1 Tf (" + b"x" * 9_000_000 + b") Tj ET")),
        "states": lambda: pages_of(stream(b"q " * 1_000_000 + _TEXT)),
        "paths": lambda: pages_of(stream(b"0 0 m 9 9 l S " * 500_000 + _TEXT)),
        "arrays-in-content": lambda: pages_of(stream(b"[" * 500_000 + _TEXT)),
        "numbers-in-content": lambda: pages_of(stream(b"1 " * 3_000_000 + _TEXT)),
    }


def _unpacking() -> dict[str, Callable[[], bytes]]:
    def flat(data: bytes, rounds: int = 1) -> bytes:
        for _ in range(rounds):
            data = zlib.compress(data, 9)
        return stream(data, b"/Filter[" + b"/FlateDecode " * rounds + b"]")

    return {
        "flate-spaces": lambda: pages_of(flat(b" " * 200_000_000)),
        "flate-text": lambda: pages_of(flat(_TEXT * 500_000)),
        "flate-twice": lambda: pages_of(flat(b" " * 100_000_000, 2)),
        "flate-many-filters": lambda: pages_of(flat(_TEXT, 40)),
        "flate-cut": lambda: pages_of(
            stream(zlib.compress(_TEXT * 999)[:-200], b"/Filter/FlateDecode")
        ),
        "flate-garbage": lambda: pages_of(stream(b"\0" * 9_999, b"/Filter/FlateDecode")),
        "run-length": lambda: pages_of(stream(b"\x81 " * 2_000_000, b"/Filter/RunLengthDecode")),
        "hex": lambda: pages_of(stream(_TEXT.hex().encode() * 20_000, b"/Filter/ASCIIHexDecode")),
        "lzw": lambda: pages_of(stream(b"\x80\x0b\x60" * 99_999, b"/Filter/LZWDecode")),
        "predictor": lambda: pages_of(
            stream(
                zlib.compress(b"\0" * 9_999_999),
                b"/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 2147483647>>",
            )
        ),
        "image": lambda: pages_of(
            stream(b"q 600 0 0 700 0 0 cm /X Do Q " + _TEXT),
            extra=[
                stream(
                    zlib.compress(b"\0" * 100_000_000, 9),
                    b"/Type/XObject/Subtype/Image/Width 30000/Height 30000/BitsPerComponent 8"
                    b"/ColorSpace/DeviceGray/Filter/FlateDecode",
                )
            ],
        ),
        "object-stream": lambda: document(
            _CATALOG,
            stream(
                zlib.compress(b" " * 99_999_999), b"/Type/ObjStm/N 99/First 9/Filter/FlateDecode"
            ),
        ),
    }


def _recursive() -> dict[str, Callable[[], bytes]]:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>"

    def laughs(levels: int) -> bytes:
        forms = [stream(b"/X Do " * 10, form % (7 + n)) for n in range(levels)]
        return pages_of(stream(b"/X Do " * 10), extra=[*forms, stream(_TEXT, form % 6)])

    def chain(length: int) -> bytes:
        links = (b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % (n + 3) for n in range(length))
        return document(_CATALOG, *links, _PAGE, stream(_TEXT), _FONT)

    return {
        "form-in-itself": lambda: pages_of(stream(b"/X Do"), extra=[stream(b"/X Do", form % 6)]),
        "form-laughs-4": lambda: laughs(4),
        "form-laughs-9": lambda: laughs(9),
        "pages-in-themselves": lambda: document(
            _CATALOG, b"<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]>>"
        ),
        "pages-chain": lambda: chain(20_000),
        "pages-chain-cut": lambda: document(_CATALOG, b"<</Type/Pages/Count 1/Kids[3 0 R]>>"),
        "previous-table-is-itself": lambda: document(
            _CATALOG, b"<</Type/Pages/Count 0/Kids[]>>", trailer=b"/Prev 9"
        ),
        "arrays": lambda: document(_CATALOG, b"[" * 1_000_000),
        "dictionaries": lambda: document(_CATALOG, b"<</A" * 300_000),
        "length-of-itself": lambda: pages_of(b"<</Length 4 0 R>>stream\n" + _TEXT + b"endstream"),
        "outline-loop": lambda: document(
            b"<</Type/Catalog/Pages 2 0 R/Outlines 4 0 R>>",
            b"<</Type/Pages/Count 0/Kids[]>>",
            b"<</Title(x)/Next 3 0 R/First 3 0 R>>",
            b"<</First 3 0 R/Last 3 0 R>>",
        ),
        "glyphs-that-draw-themselves": lambda: pages_of(
            stream(_TEXT * 9),
            extra=[
                b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]"
                b"/CharProcs<</a 4 0 R>>/Encoding<</Differences[79/a]>>/FirstChar 79/LastChar 79"
                b"/Widths[9]>>"
            ],
        ),
    }


def _lying() -> dict[str, Callable[[], bytes]]:
    ranges = b"<0000> <FFFF> <0041>\n" * 50_000
    cmap = (
        b"begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange 100 beginbfrange "
        + ranges
    )
    return {
        "header-only": lambda: b"%PDF-1.7",
        "header-and-noise": lambda: b"%PDF-1.7\n" + bytes(range(256)) * 4_000,
        "header-late": lambda: b" " * 900 + pages_of(stream(_TEXT)),
        "no-header": lambda: b"ready for talks",
        "count-huge": lambda: document(_CATALOG, b"<</Type/Pages/Count 2147483647/Kids[]>>"),
        "count-negative": lambda: document(
            _CATALOG, b"<</Type/Pages/Count -9/Kids[3 0 R]>>", _PAGE
        ),
        "length-huge": lambda: pages_of(b"<</Length 99999999999>>stream\n" + _TEXT + b"endstream"),
        "length-negative": lambda: pages_of(b"<</Length -5>>stream\n" + _TEXT + b"endstream"),
        "media-box-huge": lambda: pages_of(stream(_TEXT)).replace(b"612 792", b"9e9 9e9"),
        "font-size-huge": lambda: pages_of(stream(_TEXT.replace(b"12 Tf", b"999999999999 Tf"))),
        "locked": lambda: document(
            _CATALOG,
            b"<</Type/Pages/Count 0/Kids[]>>",
            b"<</Filter/Standard/V 1/R 2/O(" + b"o" * 32 + b")/U(" + b"u" * 32 + b")/P -1>>",
            trailer=b"/Encrypt 3 0 R/ID[(a)(a)]",
        ),
        "lock-unknown": lambda: document(
            _CATALOG, b"<</Type/Pages/Count 0/Kids[]>>", trailer=b"/Encrypt<</Filter/None>>"
        ),
        "picture-only": lambda: pages_of(stream(b"0 0 600 700 re f")),
        "no-pages": lambda: document(_CATALOG, b"<</Type/Pages/Count 0/Kids[]>>"),
        "opens-a-script": lambda: document(
            b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(while(1);)>>>>",
            b"<</Type/Pages/Count 0/Kids[]>>",
        ),
        "code-map": lambda: pages_of(stream(_TEXT), extra=[stream(cmap)]).replace(
            b"/Helvetica", b"/Helvetica/ToUnicode 6 0 R"
        ),
        "table-huge": lambda: b"%PDF-1.7\nxref\n0 999999999\n" + b"0000000000 65535 f \n" * 99,
        "notes": lambda: pages_of(stream(_TEXT)).replace(
            b"/Resources", b"/Annots[" + b"<</Subtype/Text>>" * 200_000 + b"]/Resources"
        ),
    }


def _cut(twentieths: int) -> bytes:
    whole = pages_of(stream(_TEXT * 40), count=3)
    return whole[: len(whole) * twentieths // 20]
