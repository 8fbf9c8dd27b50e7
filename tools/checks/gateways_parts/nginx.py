"""nginx, from Debian."""
import os

from gateways_parts.gateway import Gateway


class Nginx(Gateway):
    name, configuration, listen = "nginx", "nginx.conf", "listen 127.0.0.1:8000"
    key_lines = 'proxy_set_header Authorization "";', 'proxy_set_header X-API-Key "";'

    def arguments(self):
        # Started by root, nginx would work as a user who cannot enter the folder of a run.
        user = "user root; " if os.geteuid() == 0 else ""
        return ["-p", str(self.folder), "-c", str(self.file), "-g", user + "daemon off;"]
