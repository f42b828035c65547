"""Tests of the `qissa report` page in Chromium, at telephone and desktop widths.

    python tests/browser/test_report.py [-v]     # Chromium from $CHROMIUM or the path; the binary from $QISSA
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
QISSA = os.environ.get("QISSA", str(ROOT / "target" / "debug" / "qissa"))
SAMPLES = [str(ROOT / "samples" / name) for name in ("page_ar/page.txt", "feed_en/feed.xml", "mixed/items.jsonl")]
WIDTHS = (360, 1440)
FLAGS = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Visible elements that overflow the window horizontally, unless an ancestor scrolls or clips them.
OVERFLOW = """() => {
  const held = (element) => {
    for (let above = element.parentElement; above; above = above.parentElement) {
      if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(above).overflowX)) return true;
    }
    return false;
  };
  const width = document.documentElement.clientWidth;
  return [...document.body.querySelectorAll('*')].filter((element) => {
    const box = element.getBoundingClientRect();
    const seen = box.width > 0 && box.height > 0 && box.bottom > 0;
    return seen && (box.left < -0.5 || box.right > width + 0.5) && !held(element);
  }).map((element) => element.outerHTML.slice(0, 120));
}"""


def chromium():
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not found:
        sys.exit("no Chromium: install it, or name it by CHROMIUM=/path/to/chromium")
    return found


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.pages = {ui: cls.made(f"{ui}.html", "--ui", ui, *SAMPLES) for ui in ("en", "ar")}
        cls.playwright = sync_playwright().start()
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        cls.browser = cls.playwright.chromium.launch(executable_path=chromium(), args=FLAGS + sandbox)

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.playwright.stop()
        cls.folder.cleanup()

    @classmethod
    def made(cls, name, *arguments):
        path = Path(cls.folder.name) / name
        subprocess.run([QISSA, "report", "-q", "-o", str(path), *arguments], check=True)
        return path

    def open(self, ui="en", width=1440, scheme="light", scripts=True, path=None):
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts
        )
        self.addCleanup(context.close)
        page = context.new_page()
        self.said, self.asked = [], []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        self.address = (path or self.pages[ui]).as_uri()
        page.goto(self.address)
        return page

    def quiet(self):
        """The console is silent and the page requested only its file."""
        self.assertEqual(self.said, [])
        self.assertEqual({url.split("#")[0] for url in self.asked}, {self.address})

    def titles(self, page):
        return page.locator("#list h3").all_inner_texts()

    def settle(self, page, expected):
        page.wait_for_function("(n) => document.querySelectorAll('#list .story').length === n", arg=expected)

    def test_a_story_opens_with_its_reasons_copies_and_difference(self):
        page = self.open()
        story = page.locator(".story", has_text="Storm floods port city")
        story.locator("h3 button").click()
        self.assertEqual(story.locator("h3 button").get_attribute("aria-expanded"), "true")
        self.assertEqual(story.locator(".reasons svg").count(), 7)
        self.assertGreaterEqual(story.locator("svg.time circle").count(), 3)
        story.locator("summary").first.click()
        self.assertEqual(set(story.locator("del, ins").all_inner_texts()[:2]), {"10", "12"})
        story.locator("h3 button").click()
        self.assertEqual(story.locator(".panel").count(), 0)
        self.quiet()

    def test_filters_leave_what_fits(self):
        page = self.open()
        page.click("#refine summary")
        everything = len(self.titles(page))
        page.fill("#outlet", "valley")
        self.settle(page, 3)
        page.select_option("#language", "ar")
        page.wait_for_selector("#list .empty")
        page.click("#clear")
        self.settle(page, everything)
        page.select_option("#least", "3")
        page.wait_for_function(f"() => document.querySelectorAll('#list .story').length < {everything}")
        counts = [int(found) for found in re.findall(r"Items: (\d+)", page.inner_text("#list"))]
        self.assertTrue(counts and min(counts) >= 3, counts)
        page.click("#clear")
        self.settle(page, everything)
        page.fill("#from", "2025-10-15")
        page.wait_for_function(f"() => document.querySelectorAll('#list .story').length < {everything}")
        self.assertIn("Council votes down new fish market", self.titles(page))
        self.assertNotIn("Gold slips as dollar firms", self.titles(page))
        self.quiet()

    def test_the_largest_come_first_when_asked(self):
        page = self.open()
        page.click("#refine summary")
        page.select_option("#sort", "size")
        page.wait_for_timeout(400)
        counts = [int(found) for found in re.findall(r"Items: (\d+)", page.inner_text("#list"))]
        self.assertEqual(counts, sorted(counts, reverse=True))
        self.quiet()

    def test_arabic_is_found_however_it_is_spelled(self):
        page = self.open("ar")
        everything = len(self.titles(page))
        for typed in ("القواعد الروسية", "القواعد الروسيه", "القَواعِد الروســية", "إلقواعد"):
            page.fill("#search", "")
            self.settle(page, everything)
            page.fill("#search", typed)
            self.settle(page, 1)
            self.assertIn("القواعد الروسية", self.titles(page)[0])
        page.fill("#search", "LAVROV")
        page.wait_for_selector("#list .empty")
        self.quiet()

    def test_light_and_dark(self):
        paper = "() => getComputedStyle(document.body).backgroundColor"
        light, dark = (self.open(scheme=scheme).evaluate(paper) for scheme in ("light", "dark"))
        self.assertNotEqual(light, dark)
        page = self.open(scheme="light")
        page.click("#theme")
        self.assertEqual(page.evaluate(paper), dark)
        page.click("#theme")
        self.assertEqual(page.evaluate(paper), light)
        self.quiet()

    def test_nothing_runs_over_the_side(self):
        for ui in ("en", "ar"):
            for width in WIDTHS:
                page = self.open(ui, width)
                for button in page.locator("#list h3 button").all()[:6]:
                    button.click()
                for summary in page.locator("summary").all():
                    summary.click()
                found = page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
                self.assertLessEqual(found[0], found[1], (ui, width))
                self.assertEqual(page.evaluate(OVERFLOW), [], (ui, width))
                self.quiet()

    def test_right_to_left_is_laid_right(self):
        for ui in ("en", "ar"):
            page = self.open(ui)
            self.assertEqual(page.evaluate("() => document.documentElement.dir"), {"en": "ltr", "ar": "rtl"}[ui])
            sides = """(text) => {
              const title = [...document.querySelectorAll('#list h3 button')].find((it) => it.textContent.includes(text));
              const range = document.createRange();
              range.selectNodeContents(title);
              const [words, story] = [range.getBoundingClientRect(), title.closest('article').getBoundingClientRect()];
              return [words.left - story.left, story.right - words.right, getComputedStyle(title.closest('article')).direction];
            }"""
            left, right, direction = page.evaluate(sides, "مجلس الأمن يعقد جلسة")
            self.assertEqual(direction, "rtl")
            self.assertLess(right, 1)
            self.assertGreater(left, 100)
            left, right, direction = page.evaluate(sides, "Gold slips")
            self.assertEqual(direction, "ltr")
            self.assertLess(left, 1)
            self.assertGreater(right, 100)

    def test_without_scripts_the_first_stories_are_there(self):
        page = self.open(scripts=False)
        self.assertGreaterEqual(page.locator("#list h3").count(), 10)
        self.assertFalse(page.locator("#filters").is_visible())
        self.assertTrue(page.locator("#originality .chart").is_visible())

    def test_hostile_items_do_nothing(self):
        hostile = Path(self.folder.name) / "hostile.jsonl"
        titles = [
            "</script><script>document.title='hit'</script>",
            "<img src=x onerror=\\\"document.title='hit'\\\">",
            "<!--<script> \\u2028\\u2029 ]]>",
            "a\\u0000b \\u202etxet dereddo\\u202c",
            "long " + "x" * (1 << 20),
        ]
        lines = [
            f'{{"id":"h{at}","title":"{title}","source":"\\"><svg onload=x>","url":"javascript:document.title=1"}}'
            for at, title in enumerate(titles)
        ]
        hostile.write_text("\n".join(lines))
        for width in WIDTHS:
            page = self.open(width=width, path=self.made("hostile.html", str(hostile)))
            for button in page.locator("#list h3 button").all():
                button.click()
            self.assertEqual(page.locator("#list .story").count(), len(titles))
            self.assertNotIn("hit", page.title())
            self.assertEqual(page.locator("#list img, #list a[href^=javascript], #list script").count(), 0)
            self.assertIn("(+1,048,181", page.inner_text("#list"))
            self.assertEqual(page.evaluate(OVERFLOW), [])
            self.quiet()


if __name__ == "__main__":
    unittest.main()
