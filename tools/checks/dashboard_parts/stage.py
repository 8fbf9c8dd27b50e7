"""The ledger, servers, browser and people of the check of the settings page."""
import json
import os
import re
import subprocess
import sys
import time
import traceback

from dashboard_parts.browser import PATIENCE, Browser, heading
from dashboard_parts.wire import Plain, Wire
from listings_server import ListingsServer
from playwright.sync_api import expect
from support import HOST, REPOSITORY, Client, Ledger, Server, Unexpected, free_port

BASE = "/dashboard/property-listings/settings"
SIGN_IN = "/dashboard/sign-in"


class Stage:
    def __init__(self, run, screenshots=None):
        self.run = run
        self.ledger = Ledger(run)
        self.hand_over_secret = run.folder / "hand-over.secret"
        self.hand_over_secret.write_bytes(os.urandom(32))
        self.browser = Browser(run, screenshots)
        self.sites = []
        self.failures = 0  # of which there are pictures
        self.shown_secrets = {}  # of keys made in the browser, each of which one page showed
        self.rotated_secrets = {}  # of rotations in the browser, by their address
        self.secrets_without_browser = []  # of keys made by a form that no browser sent
        self.pasted_secrets = []  # typed somewhere

    def site(self, example="https://listings.example.com/v1/listings", *more):
        """One more server on the same ledger; sessions and limits are each server's own. New keys are to be tried on `example`."""
        site = Site(self, "--example-url", example, *more)
        self.sites.append(site)
        return site

    def site_with_listings(self):
        """One more server, and a listings API that its page leads to."""
        port = free_port(self.run.random)
        address = f"http://{HOST}:{port}"
        site = self.site(address + "/v1/listings", "--example-scope", "listings:read", "--docs-link", address + "/")
        return site, ListingsServer(self.ledger, site.server.port, port=port)

    def part(self, name, action, *arguments):
        """One part of the check; when it fails, the others still run."""
        began = time.monotonic()
        try:
            action(*arguments)
        except Exception as error:
            frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename]
            where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[1:]))
            self.run.violation(f"{name}: {type(error).__name__}: {str(error)[:1500]} ({where}); page: {self._pages()}")
        print(f"{self.run.name}: {name}: {time.monotonic() - began:.1f} s", flush=True)

    def _pages(self):
        found = []
        for context in self.browser.chromium.contexts:
            for page in context.pages:
                found.append(page.url)
                try:
                    self.failures += 1
                    page.screenshot(path=self.run.folder / f"failed-{self.failures}.png", timeout=5000)
                except Exception as problem:
                    found.append(repr(problem)[:80])
        return found

    def verify(self, secret):
        """The verdict of the command line, and the use is counted."""
        return json.loads(self.ledger.call("verify", "--json", stdin=secret + "\n", exits=(0, 1)).stdout)["code"]

    def status(self, key_id):
        return self.ledger.json("keys show", key_id)["status"]

    def keys_of(self, account):
        return self.ledger.json("keys list", "--account", account)

    @staticmethod
    def hand_over(account, subject, *more):
        return [sys.executable, "-B", REPOSITORY / "tools/hand-over", "--account", account, "--subject", subject, *more]

    def token(self, account, *more, subject="Jane Doe", secret=None):
        """As the host product makes it."""
        return subprocess.run(
            self.hand_over(account, subject, "--token", "--secret", secret or self.hand_over_secret, *more),
            capture_output=True, text=True, check=True).stdout.strip()


class Site:
    link_line = re.compile(r"http://\S+(/dashboard/first-sign-in\?token=\S+)")

    def __init__(self, stage, *more):
        self.stage, self.run = stage, stage.run
        self.server = Server(stage.ledger, ready_within=120, more=(
            *more,
            "--sign-in-link", "--hand-over-key", str(stage.hand_over_secret), "--hand-over-algorithm", "HS256",
            "--hand-over-audience", "keyledger", "--support-link", "https://support.example.com/", "--host-link",
            "https://app.example.com/", "--host-name", "Example Listings"))
        self.wire = Wire(self.server.port)
        self.run.at_end(self.wire.close)
        self.url = f"http://{HOST}:{self.wire.port}"
        self.base = self.url + BASE
        self.client = Client(self.server.port, stage.ledger.admin, timeout=120)

    def first_link(self):
        """The path that the server printed."""
        give_up = time.monotonic() + PATIENCE / 1000
        while not (found := self.link_line.search(self.server.output.read_text())):
            if time.monotonic() > give_up:
                raise Unexpected("serve --sign-in-link printed no link")
            time.sleep(0.01)
        return found[1]

    def plain(self, cookie=None, source=HOST):
        return Plain(self.server.port, cookie, source)

    def operator(self, name, secret=None, **options):
        """Signed in with a key, as people do it."""
        visitor = self.stage.browser.visitor(name, **options)
        visitor.page.goto(self.base)
        self.sign_in(visitor.page, secret or self.stage.ledger.admin)
        heading(visitor.page, "API keys")
        return visitor

    @staticmethod
    def sign_in(page, secret):
        page.locator("#key").fill(secret)
        page.get_by_role("button", name="Sign in", exact=True).click()

    def account(self, name, account, subject="Jane Doe", **options):
        """Handed over by the host product's page, from another site: `localhost` is one, next to 127.0.0.1."""
        visitor = self.stage.browser.visitor(name, **options)
        self.hand_over(visitor, account, subject)
        heading(visitor.page, "API keys")
        return visitor

    def hand_over(self, visitor, account, subject):
        with subprocess.Popen(
            self.stage.hand_over(
                account, subject, "--secret", self.stage.hand_over_secret, "--to", self.url + "/dashboard/hand-over"),
            stdout=subprocess.PIPE, text=True) as host:
            self.run.at_end(host.kill)
            port = re.search(r"http://127\.0\.0\.1:(\d+)/", host.stdout.readline())[1]
            visitor.page.goto(f"http://localhost:{port}/")
            visitor.page.get_by_role("button", name="API keys").click()
            expect(visitor.page.locator(".who-name")).to_have_text(subject)

    def posts(self, path):
        return [exchange for exchange in self.wire.exchanges() if exchange.method == "POST" and exchange.target == path]
