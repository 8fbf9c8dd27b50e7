"""Traefik, from PyPI."""
from gateways_parts.gateway import Gateway


class Traefik(Gateway):
    name, configuration, listen = "traefik", "traefik.yaml", "address: 127.0.0.1:8000"
    companions, more_addresses = ("plugins-local",), ("127.0.0.1:8083",)
    key_lines = 'Authorization: ""', 'X-API-Key: ""'

    def arguments(self):
        return ["--configfile", self.configuration]

    def complaint(self):
        lines = [line for line in self.text().splitlines() if "WRN" in line or "ERR" in line]
        return lines[0] if lines else None
