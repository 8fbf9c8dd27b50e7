"""Caddy, from Debian."""
from gateways_parts.gateway import Gateway


class Caddy(Gateway):
    name, configuration, listen = "caddy", "Caddyfile", ":8000 {"
    socket_form = "unix/{}"
    key_lines = "request_header -Authorization", "request_header -X-Api-Key"

    def arguments(self):
        return ["run", "--config", str(self.file), "--adapter", "caddyfile"]
