"""Writes docs/report.png: the report on the samples, with one story open.

    python tests/browser/picture.py     # Chromium from $CHROMIUM or the path; the binary from $QISSA
"""

import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright
from test_report import FLAGS, QISSA, ROOT, SAMPLES, chromium

STORY = "Minister opens high-speed rail line to the coast"


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder) / "report.html"
        subprocess.run([QISSA, "report", "-q", "-o", str(page_file), *SAMPLES], check=True)
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1100, "height": 1540})
        page.goto(page_file.as_uri())
        page.get_by_role("button", name=STORY).click()
        page.screenshot(path=str(ROOT / "docs" / "report.png"))
        browser.close()


if __name__ == "__main__":
    main()
