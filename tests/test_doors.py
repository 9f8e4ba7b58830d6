"""One door to the network: nothing but the guarded client opens an address."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Modules that open connections, and the calls that fetch where bytes were meant.
OPENERS = {
    "aiohttp", "ftplib", "http.client", "httpx", "imaplib", "poplib", "requests", "socket",
    "telnetlib", "trafilatura.downloads", "urllib.request", "urllib3", "xmlrpc.client",
}  # fmt: skip
CALLS = {"urlopen", "urlretrieve", "fetch_url", "create_connection"}
ALLOWED = {
    # the guarded client itself
    "tracker/fetching/answers.py",
    "tracker/fetching/bodies.py",
    "tracker/fetching/client.py",
    "tracker/fetching/door.py",
    "tracker/fetching/lines.py",
    "tracker/fetching/wire.py",
    "config/serving.py",  # listens, and opens nothing
    "tracker/channels/apprise.py",  # judges which services apprise may open
    "tracker/management/commands/up.py",  # asks whether a port of this machine is free
    "tracker/running/place.py",
}
FILES = sorted(
    path
    for package in ("api", "config", "frontend", "timeline", "tracker")
    for path in (ROOT / package).rglob("*.py")
    if str(path.relative_to(ROOT)) not in ALLOWED
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_other_module_opens_an_address(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert _opened(tree) == set()


def test_the_look_finds_what_it_looks_for() -> None:
    tree = ast.parse("import requests\nfrom urllib import request\nfeed = x.urlopen('http://a')")
    assert _opened(tree) == {"requests", "urllib.request", "urlopen"}


def _opened(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                found |= {alias.name for alias in node.names} & OPENERS
            case ast.ImportFrom(module=str(module)):
                names = {module} | {f"{module}.{alias.name}" for alias in node.names}
                found |= names & OPENERS
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in CALLS:
                found.add(name)
    return found
