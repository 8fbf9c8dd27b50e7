"""Asks a running Keyledger for the pages of its settings page, and prints the median time of each in milliseconds.

    pages.py SIGN-IN-LINK ROUNDS

The time is that of the whole call over one kept connection on loopback: what the server took, and a little more.
"""
import http.client
import re
import statistics
import sys
import time
from urllib.parse import urlsplit

BASE = "/dashboard/property-listings/settings"


class Visitor:
    def __init__(self, link):
        url = urlsplit(link)
        self.connection = http.client.HTTPConnection(url.netloc, timeout=120)
        self.connection.request("GET", f"{url.path}?{url.query}")
        answer = self.connection.getresponse()
        answer.read()
        if answer.status != 303:
            sys.exit(f"the sign-in link answers {answer.status}")
        self.cookie = answer.getheader("Set-Cookie").split(";")[0]

    def get(self, path):
        began = time.perf_counter()
        self.connection.request("GET", path, headers={"Cookie": self.cookie})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        took = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            sys.exit(f"{path} answers {answer.status}")
        return took, text


visitor, rounds = Visitor(sys.argv[1]), int(sys.argv[2])
# The first visit reads the log into the views and the names into memory.
first, text = visitor.get(BASE)
keys = re.findall(r'data-key="(key_[0-9a-f]{32})"', text)
print(f"first visit\t{first:.1f}")
pages = {
    "table": [BASE],
    "table, another page": [f"{BASE}?page={number}" for number in (2, 500, 1999)],
    "table by name": [f"{BASE}?sort=name&order=asc"],
    "table by last use": [f"{BASE}?sort=used&order=desc"],
    "table by usage count": [f"{BASE}?sort=count&order=desc"],
    "search": [f"{BASE}?q={text}" for text in ("crm", "sync+4711", "nothing+like+this")],
    "key page": [f"{BASE}/keys/{key}" for key in keys],
}
for name, paths in pages.items():
    times = [visitor.get(paths[number % len(paths)])[0] for number in range(rounds)]
    print(f"{name}\t{statistics.median(times):.1f}")
