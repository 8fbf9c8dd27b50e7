"""Traefik, from PyPI."""
import time

from gateways_parts.gateway import Gateway
from support import Unexpected


class Traefik(Gateway):
    name, configuration, listen = "traefik", "traefik.yaml", "address: 127.0.0.1:8000"
    companions, more_addresses = ("plugins-local",), ("127.0.0.1:8083",)
    key_lines = 'Authorization: ""', 'X-API-Key: ""'

    def arguments(self):
        return ["--configfile", self.configuration]

    def wait_until_ready(self):
        super().wait_until_ready()
        # It listens before it has read the routes, and answers 404 until then.
        until = time.monotonic() + 30
        while self.ask("GET", "/").status == 404:
            if time.monotonic() > until:
                raise Unexpected(f"traefik has no routes: {self.text()[-2000:]}")
            time.sleep(0.02)

    def complaint(self):
        lines = [line for line in self.text().splitlines() if "WRN" in line or "ERR" in line]
        return lines[0] if lines else None
