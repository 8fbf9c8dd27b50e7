"""Asks a running Keyledger for the pages of its settings page, and prints the median time of each in milliseconds.

    pages.py SIGN-IN-LINK ROUNDS

The time is that of the whole call over one kept connection on loopback: what the server took, and a little more.
"""
import html
import http.client
import re
import statistics
import sys
import time
from urllib.parse import urlencode, urlsplit

BASE = "/dashboard/property-listings/settings"


class Visitor:
    def __init__(self, link):
        url = urlsplit(link)
        self.origin = f"{url.scheme}://{url.netloc}"
        self.connection = http.client.HTTPConnection(url.netloc, timeout=120)
        self.cookies = {}
        form = self.fields(self.call("GET", f"{url.path}?{url.query}")[1])
        self.call("POST", url.path, form, status=303)

    @staticmethod
    def fields(text):
        """The hidden fields of the page's forms."""
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', text)
        return {name: html.unescape(value) for name, value in found}

    def call(self, method, path, form=None, status=200):
        headers = {"Cookie": "; ".join(self.cookies.values()), "Origin": self.origin}
        body = None
        if form is not None:
            body, headers["Content-Type"] = urlencode(form), "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        took = (time.perf_counter() - began) * 1000
        if answer.status != status:
            sys.exit(f"{method} {path} answers {answer.status}")
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            self.cookies[cookie.partition("=")[0]] = cookie.partition(";")[0]
        return took, text

    def get(self, path):
        return self.call("GET", path)


visitor, rounds = Visitor(sys.argv[1]), int(sys.argv[2])
# The first visit reads the log into the views and the names into memory.
first, text = visitor.get(BASE)
keys = re.findall(r'data-key="(key_[0-9a-f]{32})"', text)
busy = re.findall(r'data-key="(key_[0-9a-f]{32})"', visitor.get(f"{BASE}?sort=count&order=desc")[1])[0]
print(f"first visit\t{first:.1f}")
pages = {
    "table": [BASE],
    "table, another page": [f"{BASE}?page={number}" for number in (2, 500, 1999)],
    "table by name": [f"{BASE}?sort=name&order=asc"],
    "table by last use": [f"{BASE}?sort=used&order=desc"],
    "table by usage count": [f"{BASE}?sort=count&order=desc"],
    "table of an account": [f"{BASE}?account=agency-{number}" for number in (1, 50, 99)],
    "table by environment": [f"{BASE}?environment=test"],
    "table of keys unused": [f"{BASE}?unused=90d"],
    "table of keys that expire": [f"{BASE}?expiring=soon"],
    "search": [f"{BASE}?q={text}" for text in ("crm", "sync+4711", "nothing+like+this")],
    "bulk revoke, preview": [f"{BASE}/keys/revoke?" + "&".join(f"id={key}" for key in keys)],
    "export, preview": [f"{BASE}/export"],
    "create": [f"{BASE}/keys/new"],
    "key page": [f"{BASE}/keys/{key}" for key in keys],
    "key page, busiest key": [f"{BASE}/keys/{busy}"],
    "edit": [f"{BASE}/keys/{key}/edit" for key in keys],
    "edit, busiest key": [f"{BASE}/keys/{busy}/edit"],
    "rotate": [f"{BASE}/keys/{key}/rotate" for key in keys],
    "revoke": [f"{BASE}/keys/{key}/revoke" for key in keys],
    "test this key": [f"{BASE}/keys/{key}/test" for key in keys],
    "requests": [f"{BASE}/keys/{key}/requests" for key in keys],
    "requests, busiest key": [f"{BASE}/keys/{busy}/requests"],
    "requests, busiest key, refused": [f"{BASE}/keys/{busy}/requests?outcome=refused"],
    "requests, busiest key, rare": [f"{BASE}/keys/{busy}/requests?outcome=EXPIRED"],
    "activity": [f"{BASE}/activity"],
    "activity by a name": [f"{BASE}/activity?by={name}" for name in ("command+line", "nobody")],
    "activity of an account": [f"{BASE}/activity?account=agency-50"],
    "troubleshooting": [f"{BASE}/troubleshooting"],
    "API documentation": ["/dashboard/api-docs"],
}
for name, paths in pages.items():
    times = [visitor.get(paths[number % len(paths)])[0] for number in range(rounds)]
    print(f"{name}\t{statistics.median(times):.1f}")
