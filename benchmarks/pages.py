"""What a reader waits for: from a click to the picture of the answer, in Chromium, on the example.

    python -m benchmarks pages [--rounds N] [--json FILE]

Serves the example on a free port from a folder of its own and drives Debian's chromium. Each round clicks, from the
what-if page, on a saved scenario, and on the answer changes the duration of one hit; the time runs from the click to
the first paint after the answer has arrived, as the browser's own clock has it: that of the new page, or, where the
answer is put into the page that stands, the frame after it. The layout shift (CLS) is summed while
the page loads and until its islands have drawn. Bytes are those of the first load, compressed as served, islands apart.
Exit status 1 where a page does not answer.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.measuring import table

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
SCENARIOS = ("headquarters-inaccessible-10-days", "pandemic-40-percent-absent", "power-cut-new-york-36-h")
PAGES = {
    "what-if, the question": "/what-if/",
    "what-if, an answer": f"/what-if/?scenario={SCENARIOS[0]}",
    "map": f"/what-if/map/?scenario={SCENARIOS[0]}",
    "dependency map": f"/what-if/dependencies/?scenario={SCENARIOS[0]}",
    "two answers compared": "/what-if/compare/?one=scenario%3D" + SCENARIOS[0] + "&other=scenario%3D" + SCENARIOS[2],
}
# Watches the shifts of the layout from the first moment of a page on.
SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
# From the start of the navigation, which is the click, to the first picture of the new page.
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
# From the click to the frame after the answer was put in the place of the one before.
ANSWERED = """
() => new Promise((done) => {
  document.addEventListener("click", (click) => {
    const watch = new MutationObserver(() => {
      watch.disconnect();
      requestAnimationFrame(() => requestAnimationFrame((now) => (window.answered = now - click.timeStamp)));
    });
    watch.observe(document.querySelector("main"), { childList: true });
  }, { capture: true, once: true });
  done();
})
"""
STARTUP_SECONDS = 120


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks pages", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9, help="default 9")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="holdfast-benchmark-") as folder:
        server, base = _serve(Path(folder))
        try:
            figures = _measure(base, given.rounds)
        finally:
            server.terminate()
            server.wait(30)
    print(
        table(
            [
                ["click to picture", "median ms", "most ms"],
                *([n, f"{m:.0f}", f"{w:.0f}"] for n, m, w in figures["clicks"]),
            ]
        )
    )
    print()
    print(
        table(
            [
                ["first load", "KB without islands", "islands KB", "CLS"],
                *([n, f"{b / 1000:.1f}", f"{i / 1000:.1f}", f"{s:.3f}"] for n, b, i, s in figures["pages"]),
            ]
        )
    )
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))
    return 0 if figures["whole"] else 1


def _serve(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    root = Path(__file__).parents[1]
    server = subprocess.Popen(
        [sys.executable, str(root / "run"), "--port", str(port), "--data", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOLDFAST_DATABASE_URL": ""},
    )
    base = f"http://127.0.0.1:{port}"
    until = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"{base}/health", timeout=2).close()
            return server, base
        except OSError:
            time.sleep(0.25)
    server.terminate()
    raise SystemExit(f"the server did not start within {STARTUP_SECONDS} s")


def _measure(base: str, rounds: int) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    whole = True
    times: dict[str, list[float]] = {"a saved scenario": [], "one hit changed": []}
    pages = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1440, "height": 1000})
        context.add_init_script(SHIFTS)
        page = context.new_page()
        for number in range(rounds + 1):
            page.goto(base + "/what-if/")
            page.get_by_text("saved scenarios").first.click()
            scenario = SCENARIOS[number % len(SCENARIOS)]
            page.locator(f'ul.scenarios a[href$="scenario={scenario}"]').click()
            page.wait_for_load_state("load")
            first = _painted(page)
            page.goto(f"{base}/what-if/?scenario={SCENARIOS[0]}")
            page.wait_for_load_state("networkidle")
            page.locator("#ask input[name=duration]").first.fill(str(2 + number))
            page.evaluate(ANSWERED)
            page.locator("#ask button.primary").last.click()
            page.wait_for_function("() => window.answered", timeout=10_000)
            changed = float(page.evaluate("window.answered"))
            whole = whole and first is not None and "hit=" in page.url
            if number and first is not None:
                times["a saved scenario"].append(first)
                times["one hit changed"].append(changed)
        for name, address in PAGES.items():
            fresh = browser.new_context(viewport={"width": 1440, "height": 1000})
            fresh.add_init_script(SHIFTS)
            seen = fresh.new_page()
            answer = seen.goto(base + address)
            seen.wait_for_load_state("networkidle")
            seen.wait_for_timeout(1500)
            whole = whole and answer is not None and answer.status == 200
            weights = seen.evaluate(
                "() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
                ".map((entry) => [entry.name, entry.transferSize])"
            )
            islands = sum(
                size for url, size in weights if "/built/" in url or "-data" in url or "data" in url.rsplit("/", 2)[-1]
            )
            pages.append(
                [name, sum(size for _url, size in weights) - islands, islands, seen.evaluate("window.shifted")]
            )
            fresh.close()
        browser.close()
    clicks = [[name, statistics.median(found), max(found)] for name, found in times.items()]
    return {"clicks": clicks, "pages": pages, "whole": whole}


def _painted(page: Any) -> float | None:
    page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0", timeout=10_000)
    found = page.evaluate(PAINTED)
    return None if found is None else float(found)


if __name__ == "__main__":
    sys.exit(main())
