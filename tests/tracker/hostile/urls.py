"""Spellings of addresses at which nobody outside may make this service knock.

Each names the canary, a listener on the loopback interface, or another place that is not on the
public internet. `{port}` stands for the canary's port.
"""

from collections.abc import Iterator, Mapping, Sequence

CANARY = "127.0.0.1"

_SPELLINGS = (
    "http://127.0.0.1:{port}/",
    "http://127.0.0.1/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://017700000001:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://127.255.255.254:{port}/",
    "http://localhost:{port}/",
    "http://localhost/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[fe80::1%25lo]:{port}/",
    "http://[fe80::1%lo]:{port}/",
    "http://[fc00::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/",
    "http://168.63.129.16/",
    "http://100.100.100.200/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://192.0.0.192/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://user@127.0.0.1:{port}/",
    "http://example.org@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@example.org/",
    "http://example.org#@127.0.0.1:{port}/",
    "http://example.org\\.127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\t/",
    "http://127.0.0.1 :{port}/",
    " http://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/\r\nHost: example.org",
    "http://127.0.0.1%00.example.org:{port}/",
    "http://127.0.0.1%2eexample.org:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://127。0。0。1:{port}/",
    "http://ⓛocalhost:{port}/",
    "http://example.org:22/",
    "http://example.org:0/",
    "http://example.org:99999/",
    "http://example.org:80:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "data:text/plain,x",
    "",
)

# What a hostile name server answers: each list holds at least one address not to be knocked at.
ANSWERS: Mapping[str, Sequence[str]] = {
    "loopback.hostile.example": ["127.0.0.1"],
    "one-of-two.hostile.example": ["93.184.215.14", "127.0.0.1"],
    "two-of-two.hostile.example": ["127.0.0.1", "93.184.215.14"],
    "six.hostile.example": ["::1"],
    "mapped.hostile.example": ["::ffff:127.0.0.1"],
    "metadata.hostile.example": ["169.254.169.254"],
    "scoped.hostile.example": ["fe80::1%lo"],
    "translated.hostile.example": ["64:ff9b::7f00:1"],
    "tunnelled.hostile.example": ["2002:7f00:1::"],
    "nothing.hostile.example": [],
    "nonsense.hostile.example": ["example.org"],
}


def addresses(port: int) -> Iterator[str]:
    """Yield every spelling, for a canary that listens on `port`."""
    for spelling in _SPELLINGS:
        yield spelling.replace("{port}", str(port))
    for name in ANSWERS:
        yield f"http://{name}/"
        yield f"https://{name}/"
