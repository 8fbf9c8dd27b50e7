"""Envoy, from PyPI."""
from gateways_parts.gateway import Gateway


class Envoy(Gateway):
    name, configuration, listen = "envoy", "envoy.yaml", "address: 127.0.0.1, port_value: 8000"
    key_lines = ("request_headers_to_remove: [authorization, x-api-key]",)

    def spelled(self, address):
        host, port = address.rsplit(":", 1)
        return f"address: {host}, port_value: {port}"

    def arguments(self):
        return ["-c", str(self.file), "--use-dynamic-base-id", "--concurrency", "2", "--log-level", "warn"]
