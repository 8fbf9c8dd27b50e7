"""What the browser and the server say to each other, kept byte for byte, and HTTP without a browser."""
import http.client
import re
import socket
import threading
import urllib.parse

from support import HOST


class Exchange:
    """One request and its answer."""

    def __init__(self, request, response):
        (line, self.request_headers, self.request_body), (status, self.headers, self.body) = request, response
        self.method, self.target = line.split(" ")[:2]
        self.status = int(status.split(" ")[1])

    def __str__(self):
        return f"{self.method} {self.target}: {self.status}"


class Wire:
    """Hands bytes on between the browser and the server, unchanged, and keeps them.

    The browser's own events lose the bodies of redirects and of what was going on while a page was left; this loses nothing.
    """

    def __init__(self, server_port):
        self.server_port = server_port
        self._connections = []
        self._listener = socket.create_server((HOST, 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def exchanges(self):
        """Those that are complete."""
        found = []
        for sent, received in list(self._connections):
            found += [Exchange(*pair) for pair in zip(messages(bytes(sent)), messages(bytes(received)))]
        return found

    def received(self):
        """Everything that came from the server."""
        return b"\n".join(bytes(received) for _, received in list(self._connections))

    def _accept(self):
        while True:
            try:
                browser, _ = self._listener.accept()
                server = socket.create_connection((HOST, self.server_port))
            except OSError:
                return
            sent, received = bytearray(), bytearray()
            self._connections.append((sent, received))
            for source, target, kept in ((browser, server, sent), (server, browser, received)):
                threading.Thread(target=self._hand_on, args=(source, target, kept), daemon=True).start()

    @staticmethod
    def _hand_on(source, target, kept):
        try:
            while piece := source.recv(1 << 16):
                kept += piece
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (source, target):
                end.close()


def messages(data):
    """The start line, headers and body of each whole HTTP message."""
    while (end := data.find(b"\r\n\r\n")) >= 0:
        line, *rest = data[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (header.split(":", 1) for header in rest)}
        data = data[end + 4:]
        if "transfer-encoding" in headers:
            whole = chunked(data)
            if whole is None:
                return
            body, data = whole
        else:
            length = int(headers.get("content-length", 0))
            body, data = data[:length], data[length:]
            if len(body) < length:
                return
        yield line, headers, body


def chunked(data):
    """A body in chunks (RFC 9112 section 7.1) without trailers, and what follows it; None where it does not end."""
    body = b""
    while (end := data.find(b"\r\n")) >= 0:
        length = int(data[:end].split(b";")[0], 16)
        chunk, rest = data[end + 2:end + 2 + length], data[end + 2 + length:]
        if not rest.startswith(b"\r\n"):
            return None
        body, data = body + chunk, rest[2:]
        if length == 0:
            return body, data
    return None


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text

    def cookie(self, name="keyledger_session"):
        found = re.search(rf"(?:^|\n){name}=([^;\n]*)", "\n".join(self.headers.get_all("Set-Cookie", [])))
        return found and found[1]

    def form_token(self):
        return re.search(r'name="csrf" value="([^"]+)"', self.text)[1]


class Plain:
    """HTTP as whoever wants to get round the pages speaks it. `source`: the loopback address to come from."""

    def __init__(self, port, cookie=None, source=HOST):
        self.port, self.cookie, self.source = port, cookie, source

    def call(self, method, path, form=None, **headers):
        """`form`: pairs or a mapping. The answer, which is not followed if it leads elsewhere."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            headers["Cookie"] = self.cookie if "=" in self.cookie else f"keyledger_session={self.cookie}"
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form, doseq=True)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(HOST, self.port, timeout=120, source_address=(self.source, 0))
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.call("GET", path, **headers)

    def post(self, path, form, **headers):
        return self.call("POST", path, form, **headers)
