"""Looks at the built site in a browser, as .ci/pages --check does: python check.py BROWSER

Opens every page that a link leads to, in both languages, and the Javadoc, as wide as a desk and as a
phone; searches; switches to the dark mode. Fails on a dead link, an error on the console, a request to
another host, a page that a phone has to scroll sideways, and on a search that finds something else first.
"""

import functools
import http.server
import sys
import threading
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import sync_playwright

PAGES = Path(__file__).resolve().parents[2] / "target/pages"
DESK = {"width": 1280, "height": 1000}
PHONE = {"width": 390, "height": 844}

# What is searched on which page, and the pages of which one must come first: those that explain it.
SEARCHES = [
    ("index.html", "clipnorm", ["optimizers.html", "keras3.html"]),
    ("ko/index.html", "감쇠", ["ko/keras3.html", "ko/optimizers.html"]),
    ("ko/index.html", "학습률", ["ko/schedules.html"]),
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=PAGES))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


class Check:
    def __init__(self, context, root):
        self.root, self.faults = root, []
        self.anchors, self.links, self.elsewhere = {}, {}, set()
        self.page = context.new_page()
        self.page.on("console", lambda message: message.type == "error" and self.fault(message.text))
        self.page.on("pageerror", lambda error: self.fault(str(error)))
        self.page.on("request", self.request)
        self.page.on("response", lambda response: response.status < 400 or self.fault(f"{response.status} {response.url}"))

    def fault(self, text):
        self.faults.append(f"{self.page.url.removeprefix(self.root) or '/'}: {text}")

    def request(self, request):
        if not request.url.startswith((self.root, "data:", "blob:")):
            self.fault(f"asks another host: {request.url}")

    def open(self, path):
        self.page.goto(self.root + path)

    def follow_all(self):
        """Opens the home page and whatever is linked from there, inside the site."""
        waiting, seen = ["index.html"], {"index.html"}
        while waiting:
            path = waiting.pop()
            self.open(path)
            anchors, links = self.page.evaluate(
                "[[...document.querySelectorAll('[id]')].map(e => e.id), [...document.links].map(e => e.href)]"
            )
            self.anchors[path], self.links[path] = set(anchors), set(links)
            if not path.startswith("api/"):
                self.fits_a_phone()
            for link in self.links[path]:
                if not link.startswith(self.root):
                    self.elsewhere.add(link)
                elif (other := self.path(link)) not in seen:
                    seen.add(other)
                    waiting.append(other)
        unlinked = {page.relative_to(PAGES).as_posix() for page in PAGES.rglob("*.html")} - seen
        self.faults += [f"{path}: no link leads there" for path in unlinked if not path.startswith("api/")]

    def path(self, link):
        return unquote(urlsplit(link).path.removeprefix("/"))

    def anchors_exist(self):
        for path, links in self.links.items():
            for link in links:
                anchor = unquote(urlsplit(link).fragment)
                if link.startswith(self.root) and anchor and anchor not in self.anchors[self.path(link)]:
                    self.faults.append(f"{path}: no such anchor: {link}")

    def form_of_others(self):
        for link in self.elsewhere:
            parts = urlsplit(link)
            if parts.scheme not in ("http", "https", "mailto") or (parts.scheme != "mailto" and "." not in parts.netloc):
                self.faults.append(f"no link to elsewhere: {link}")

    def fits_a_phone(self):
        self.page.set_viewport_size(PHONE)
        width = self.page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            self.fault(f"is {width} pixels wide on a phone of {PHONE['width']}")
        self.page.set_viewport_size(DESK)

    def search(self, start, words, expected):
        self.open(start)
        self.page.keyboard.press("Control+k")
        self.page.keyboard.type(words)
        self.page.wait_for_selector(f'#search-results[data-query="{words}"]', state="attached")
        found = self.page.evaluate("[...document.querySelectorAll('#search-results > li > a.page')].map(e => e.href)")
        if not found or self.path(found[0]) not in expected:
            self.fault(f"{words} finds {[self.path(link) for link in found]}, none of {expected} first")
            return
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"{found[0]}**")

    def pictures_follow_the_switch(self):
        """The dark ones are shown in the dark mode, and the light ones in the light mode."""
        for mode in "light", "dark":
            self.open("index.html")
            self.page.click(".theme-switch-button")
            self.page.click(f'.theme-change-button[data-mode="{mode}"]')
            for other in "light", "dark":
                shown = self.page.evaluate(
                    f"[...document.querySelectorAll('.only-{other}')].map(e => getComputedStyle(e).display !== 'none')"
                )
                if not all(visible == (other == mode) for visible in shown):
                    self.fault(f"shows the wrong pictures in the {mode} mode")


def main(browser_path):
    start = time.monotonic()
    root = serve()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        check = Check(browser.new_context(viewport=DESK), root)
        check.follow_all()
        check.anchors_exist()
        check.form_of_others()
        check.pictures_follow_the_switch()
        for search in SEARCHES:
            check.search(*search)
        browser.close()
    links = sum(map(len, check.links.values()))
    print(
        f"{len(check.links)} pages opened, {links} links, {len(check.elsewhere)} places elsewhere,"
        f" {len(SEARCHES)} searches, {time.monotonic() - start:.0f} s"
    )
    if check.faults:
        sys.exit("pages: the browser found\n" + "\n".join(sorted(set(check.faults))))


if __name__ == "__main__":
    main(sys.argv[1])
