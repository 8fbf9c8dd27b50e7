"""HAProxy, from Debian."""
from gateways_parts.gateway import Gateway


class HAProxy(Gateway):
    name, configuration, listen = "haproxy", "haproxy.cfg", "bind 127.0.0.1:8000"
    companions = ("haproxy.lua",)
    key_lines = "http-request del-header authorization", "http-request del-header x-api-key"

    def arguments(self):
        return ["-f", str(self.file), "-db"]
