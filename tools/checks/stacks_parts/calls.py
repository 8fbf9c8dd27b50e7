"""The calls of a plan (see plan.py) with a client of Python, each worker with a session, or a connection, of its own.

    python -B calls.py http.client|requests|urllib3|httpx|aiohttp PLAN ANSWERS
"""
import asyncio
import base64
import http.client
import sys
import threading
import time
import urllib.parse
from pathlib import Path

SECONDS_MAX = 5


def pieces(body):
    yield body[: len(body) // 2]
    yield body[len(body) // 2 :]


def content(mode, body):
    return None if mode == "none" else pieces(body) if mode == "chunked" else body


class HTTPClient:
    def __init__(self):
        self.connections = {}

    def call(self, method, url, headers, mode, body):
        parts = urllib.parse.urlsplit(url)
        if parts.netloc not in self.connections:
            self.connections[parts.netloc] = http.client.HTTPConnection(parts.netloc, timeout=SECONDS_MAX)
        connection = self.connections[parts.netloc]
        try:
            connection.putrequest(method, url[len(f"http://{parts.netloc}"):])
            for name, value in headers:
                connection.putheader(name, value)
            if mode == "chunked":
                connection.putheader("Transfer-Encoding", "chunked")
            elif mode != "none":
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(content(mode, body), encode_chunked=mode == "chunked")
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        except Exception:
            connection.close()
            raise


class Requests:
    def __init__(self):
        import requests
        self.session = requests.Session()

    def call(self, method, url, headers, mode, body):
        response = self.session.request(method, url, headers=dict(headers), data=content(mode, body), timeout=SECONDS_MAX)
        return response.status_code, response.headers.items(), response.content


class Urllib3:
    def __init__(self):
        import urllib3
        self.pool = urllib3.PoolManager(retries=False, timeout=SECONDS_MAX)

    def call(self, method, url, headers, mode, body):
        response = self.pool.request(method, url, headers=dict(headers), body=content(mode, body))
        return response.status, response.headers.items(), response.data


class Httpx:
    def __init__(self):
        import httpx
        self.client = httpx.Client(timeout=SECONDS_MAX)

    def call(self, method, url, headers, mode, body):
        response = self.client.request(method, url, headers=headers, content=content(mode, body))
        return response.status_code, response.headers.multi_items(), response.content


class Aiohttp:
    """The only one of them that waits to be asked for a body, if it was told to."""

    async def call(self, method, url, headers, mode, body):
        async def pieces_later():
            for piece in pieces(body):
                yield piece

        data = pieces_later() if mode == "chunked" else content(mode, body)
        async with self.session.request(method, url, headers=headers, data=data, expect100=mode == "expect" or None) as response:
            return response.status, list(response.headers.items()), await response.read()

    async def work(self, plan, answers):
        import aiohttp
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS_MAX)) as self.session:
            await asyncio.gather(*(self.rows(plan, worker, answers) for worker in workers(plan)))

    async def rows(self, plan, worker, answers):
        for index, row in enumerate(plan):
            if int(row[0]) != worker:
                continue
            began = time.monotonic()
            try:
                tell(answers, index, told(began, await self.call(*arguments(row))))
            except Exception as problem:
                tell(answers, index, failed(began, problem))


def workers(plan):
    return range(1 + max(int(row[0]) for row in plan))


def arguments(row):
    """What a call is made of. A body that is expected to be asked for says so in a header, where a client knows nothing of it."""
    _, method, url, mode, body, fields = row
    headers = [tuple(field.split(": ", 1)) for field in fields.split("\x1f") if field]
    if mode == "expect" and CLIENT is not Aiohttp:
        headers.append(("Expect", "100-continue"))
    return method, url, headers, mode, body.encode()


def told(began, answer):
    milliseconds = round((time.monotonic() - began) * 1000)
    status, headers, body = answer
    return [status, milliseconds, "\x1f".join(f"{name}: {value}" for name, value in headers), base64.b64encode(body).decode(), ""]


def failed(began, problem):
    return [0, round((time.monotonic() - began) * 1000), "", "", " ".join(repr(problem).split())]


def tell(answers, index, answer):
    with TELLING:
        print(index, *answer, sep="\t", file=answers, flush=True)


def rows(plan, worker, client, answers):
    for index, row in enumerate(plan):
        if int(row[0]) != worker:
            continue
        began = time.monotonic()
        try:
            tell(answers, index, told(began, client.call(*arguments(row))))
        except Exception as problem:
            tell(answers, index, failed(began, problem))


def work(plan, answers):
    threads = [threading.Thread(target=rows, args=(plan, worker, CLIENT(), answers)) for worker in workers(plan)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


CLIENT = {"http.client": HTTPClient, "requests": Requests, "urllib3": Urllib3, "httpx": Httpx, "aiohttp": Aiohttp}[sys.argv[1]]
plan = [line.split("\t") for line in Path(sys.argv[2]).read_text().splitlines()]
TELLING = threading.Lock()
with open(sys.argv[3], "a") as answers:
    if CLIENT is Aiohttp:
        asyncio.run(Aiohttp().work(plan, answers))
    else:
        work(plan, answers)
