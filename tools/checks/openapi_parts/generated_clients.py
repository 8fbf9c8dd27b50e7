"""Clients that well-known generators make of the OpenAPI descriptions: made, compiled or imported, and counted.

Whatever a generator leaves out, warns of or makes uncompilable is a violation: somebody's client would lack it. Nothing is fetched; the
generators and compilers are those that `require_client_generators` of tools/lib/requirements.sh installs.
"""
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from support import HOST, REPOSITORY

ENVIRONMENT = REPOSITORY / ".build-clients/bin"
GO_PACKAGES = "/usr/share/gocode"  # where Debian keeps Go's source packages: a GOPATH
PACKAGE = "keyledger_client"
SECONDS_MAX = 60  # for one program
METHODS = ("get", "post", "put", "patch", "delete")
# What openapi-generator warns of where nothing is lost.
HARMLESS = ("OpenAPI 3.1 support is still in beta", "(reserved word) cannot be used as", "Failed to get the schema name: null")
# Without these the generators write documents and tests as well.
CODE_ALONE = "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false"


def operations(description, internal=False):
    """Their names. `description`: as read from YAML. `internal`: those marked `x-internal`, which no client needs."""
    named = [item[method] for item in description["paths"].values() for method in METHODS if method in item]
    return [operation["operationId"] for operation in named if operation.get("x-internal", False) == internal]


def wild_references(node, place="#"):
    """References to anything but a named component: generators do not follow them."""
    if isinstance(node, list):
        return [found for index, one in enumerate(node) for found in wild_references(one, f"{place}/{index}")]
    if not isinstance(node, dict):
        return []
    reference = node.get("$ref")
    is_wild = isinstance(reference, str) and not re.fullmatch(r"#/components/[A-Za-z]+/[A-Za-z]+", reference)
    return [f"{place}: {reference}"] * is_wild + [found for name, one in node.items() for found in wild_references(one, f"{place}/{name}")]


class GeneratedClients:
    """Of one description, in a folder for each generator."""

    def __init__(self, run, name, description):
        self.run, self.name, self.folder = run, name, run.folder / "clients" / name
        self.folder.mkdir(parents=True)
        self.source = REPOSITORY / "Schemas" / name
        self.operations, self.internal = operations(description), operations(description, internal=True)
        wild = wild_references(description)
        run.expect(not wild, f"{name}: {len(wild)} references to what has no name of its own, as at {wild[:5]}")

    def check(self):
        """Makes all of them, and returns how many operations each has."""
        makers = {"python": self.python, "typescript-fetch": self.typescript, "go": self.go, "openapi-python-client": self.python_client}
        return {kind: len(make(self.folder / kind)) for kind, make in makers.items()}

    def call(self, what, *arguments, **more):
        """Whether a program ends well; otherwise its output is a violation."""
        done = subprocess.run(
            [str(argument) for argument in arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL,
            timeout=max(1, min(SECONDS_MAX, self.run.deadline - time.monotonic())), **more)
        output = done.stdout + done.stderr
        self.run.expect(done.returncode == 0, f"{self.name}: {what}: exit {done.returncode}\n{output[-4000:]}")
        return output

    def generate(self, kind, folder, *more):
        output = self.call(
            f"openapi-generator {kind}", ENVIRONMENT / "openapi-generator-cli", "generate", "--input-spec", self.source,
            "--generator-name", kind, "--output", folder, "--global-property", CODE_ALONE, *more)
        for line in output.splitlines():
            is_warning = re.search(r"\b(WARN|ERROR)\b", line) and not any(words in line for words in HARMLESS)
            self.run.expect(not is_warning, f"{self.name}: openapi-generator {kind} warns: {line[:500]}")

    def counted(self, kind, found):
        """`found`: the operations that a client has, in its own spelling."""
        def plain(names):
            return sorted(re.sub("[^a-z]", "", name.lower()) for name in names)

        # Some generators leave the internal ones out.
        self.run.expect(
            [name for name in plain(found) if name not in plain(self.internal)] == plain(self.operations),
            f"{self.name}: the client of {kind} has {len(found)} operations of {len(self.operations)}: {sorted(found)}")
        return found

    def python(self, folder):
        self.generate("python", folder, "--additional-properties", f"packageName={PACKAGE}")
        self.import_all("python", folder)
        sources = "".join(path.read_text() for path in sorted((folder / PACKAGE / "api").glob("*_api.py")))
        return self.counted("python", re.findall(r"^    def (\w+)_with_http_info\(", sources, re.M))

    def python_client(self, folder):
        folder.mkdir()
        settings = folder / "settings.yaml"
        # It knows no YAML, which is text.
        settings.write_text("post_hooks: []\ncontent_type_overrides: {application/yaml: text/plain}\n")
        self.call(
            "openapi-python-client", ENVIRONMENT / "openapi-python-client", "generate", "--path", self.source, "--meta", "none",
            "--output-path", folder / PACKAGE, "--config", settings, "--fail-on-warning")
        self.import_all("openapi-python-client", folder)
        modules = [path for path in (folder / PACKAGE / "api").glob("*/*.py") if "def sync_detailed(" in path.read_text()]
        return self.counted("openapi-python-client", [path.stem for path in modules])

    def import_all(self, kind, folder):
        """Every module of a Python client, not only those that the first import needs."""
        program = (
            f"import importlib, pkgutil, {PACKAGE} as client\n"
            "for module in pkgutil.walk_packages(client.__path__, client.__name__ + '.'): importlib.import_module(module.name)\n")
        self.call(f"import of {kind}", ENVIRONMENT / "python", "-B", "-c", program, cwd=folder)

    def typescript(self, folder):
        self.generate("typescript-fetch", folder)
        # TypeScript before 4.9 does not narrow a value by `"name" in value`, as the generated code expects.
        version = re.search(r"(\d+)\.(\d+)", self.call("tsc", "tsc", "--version"))
        older = ["--suppressImplicitAnyIndexErrors"] if tuple(map(int, version.groups())) < (4, 9) else []
        self.call(
            "tsc", "tsc", "--noEmit", "--strict", *older, "--target", "es2020", "--module", "commonjs", "--lib", "es2020,dom",
            folder / "index.ts")
        sources = "".join(path.read_text() for path in sorted((folder / "apis").glob("*Api.ts")))
        return self.counted("typescript-fetch", re.findall(r"^    async (\w+)Raw\(", sources, re.M))

    def go(self, folder):
        path = folder.parent / "go-path"
        package = path / "src/keyledger.example/client"
        package.parent.mkdir(parents=True)
        self.generate("go", package)
        self.call(
            "go build", "go", "build", "./...", cwd=package,
            env={**os.environ, "GO111MODULE": "off", "GOFLAGS": "", "GOPROXY": "off", "GOPATH": f"{path}:{GO_PACKAGES}"})
        sources = "".join(one.read_text() for one in sorted(package.glob("api_*.go")))
        return self.counted("go", re.findall(r"^func \(a \*\w+APIService\) (\w+)Execute\(", sources, re.M))

    def live(self, kind, port, key):
        """The life of a key, as a program with the Python client of `kind` lives it against a server."""
        self.call(
            f"life of a key with {kind}", ENVIRONMENT / "python", "-B", Path(__file__).with_name("key_life.py"), kind, f"http://{HOST}:{port}",
            env={**os.environ, "PYTHONPATH": str(self.folder / kind), "LIFE_KEY": key})


def require():
    """Ends the check where the generators are not there."""
    if not (ENVIRONMENT / "openapi-generator-cli").exists():
        sys.exit("The generators of clients are not there: source tools/lib/requirements.sh in the repository's folder, then "
                 "require_client_generators; or give --only calls.")
