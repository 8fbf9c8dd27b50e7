"""Apache, from Debian."""
import os
import shutil
import tempfile
from pathlib import Path

from gateways_parts.gateway import Gateway


class Apache(Gateway):
    name, configuration, listen = "apache", "apache.conf", "Listen 127.0.0.1:8000"
    program = "apache2"
    companions = ("apache.lua",)
    key_lines = "RequestHeader unset Authorization", "RequestHeader unset X-API-Key"

    def start(self):
        if os.geteuid() != 0:
            return super().start()
        # Apache does not serve as root, and nobody else can enter the folder of a run.
        folder = Path(tempfile.mkdtemp(prefix="keyledger-apache-"))
        self.run.at_end(lambda: shutil.rmtree(folder, ignore_errors=True))
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        for path in [folder, *folder.rglob("*")]:
            shutil.chown(path, "nobody")
        self.folder, self.file, self.output = folder, folder / self.configuration, folder / "output"
        super().start(user="nobody", group="nogroup", extra_groups=[])

    def arguments(self):
        return ["-d", str(self.folder), "-f", str(self.file), "-D", "FOREGROUND"]
