"""Offers of another protocol: websockets pass with a good key, others lead nowhere and leave no connection deaf."""
import http.client
import json

from gateways_parts import websocket
from gateways_parts.credentials import REALM, bearer
from support import HOST


class Upgrades:
    def foreign_upgrades(self):
        if self.gateway.passes_foreign_upgrades:
            return
        for offered in ([("Connection", "Upgrade"), ("Upgrade", "x")], [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"),
                        ("HTTP2-Settings", "AAMAAABkAAQAAP__")], [("Connection", "upgrade"), ("Upgrade", "websocket, x")]):
            words = f"Upgrade: {offered[1][1]}"
            for _ in range(3):
                answer = self.gateway.ask("GET", "/listings", bearer(self.reader["secret"]) + offered)
                self.expect(answer.status in (200, 400, 403, 426), f"{words}: {answer}")
                if answer.status == 200:
                    reached = {name.lower(): value for name, value in answer.json["headers"]}
                    self.expect("upgrade" not in reached, f"{words} reached the backend: {reached}")
                    self.expect(reached.get("x-key-id") == self.reader["id"], f"{words}: {reached}")
            before = self.backend.requests
            answer = self.gateway.ask("GET", "/listings", offered)
            self.expect(answer.status in (400, 401, 403, 426), f"{words} without a key: {answer}")
            self.expect(self.backend.requests == before, f"{words} without a key: the backend was asked")
        for _ in range(8):
            self.reach("after offers of other protocols", "GET", "/listings", bearer(self.reader["secret"]))

    def offer(self):
        return [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", websocket.new_key())]

    def websockets(self):
        self.refuse("a websocket without a key", 401, "MISSING", REALM, "GET", "/websocket", self.offer())
        connection = http.client.HTTPConnection(HOST, self.gateway.port, timeout=10)
        try:
            connection.putrequest("GET", "/websocket", skip_accept_encoding=True)
            offer = self.offer()
            for name, value in bearer(self.reader["secret"]) + offer + [("X-Account-Id", "forged"), ("X-Forwarded-For", "forged")]:
                connection.putheader(name, value)
            connection.endheaders()
            stream = connection.sock.makefile("rwb", buffering=0)
            line = self.read_line(stream)
            headers = {}
            while head := self.read_line(stream):
                name, _, value = head.partition(":")
                headers[name.lower()] = value.strip()
            self.expect(line.split()[1:2] == ["101"], f"a websocket: {line} {headers}")
            if line.split()[1:2] != ["101"]:
                return
            self.expect(headers.get("sec-websocket-accept") == websocket.accepted(offer[-1][1]), f"a websocket: {headers}")

            def read(count):
                data = b""
                while len(data) < count and (more := stream.read(count - len(data))):
                    data += more
                return data

            told = json.loads(websocket.receive_text(read) or "{}")
            reached = {name.lower(): value for name, value in told.get("headers", [])}
            self.expect(reached.get("x-account-id") == "acme" and reached.get("x-key-id") == self.reader["id"], f"a websocket: {told}")
            self.expect_unforged("a websocket", reached)
            self.expect("authorization" not in reached, "a websocket: the key was passed on")
            for text in ("one", "2" * 1000):
                websocket.send_text(connection.sock.sendall, text, masked=True)
                self.expect(websocket.receive_text(read) == text, "a websocket does not give back what was sent")
        finally:
            connection.close()

    @staticmethod
    def read_line(stream):
        line = b""
        while not line.endswith(b"\n") and (byte := stream.read(1)):
            line += byte
        return line.decode().strip()
