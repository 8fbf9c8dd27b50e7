"""Runs tools/verify-bundle, in this process: thousands of bundles are shown to it."""
import contextlib
import io
import json
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

from support import REPOSITORY


class Verdict:
    def __init__(self, code, output, errors):
        self.code, self.errors = code, errors
        self.report = json.loads(output) if output.startswith("{") else {}
        self.damaged = self.report.get("damaged", [])
        self.text = "; ".join(finding["what"] for finding in self.damaged) + errors
        self.positions = [finding["position"] for finding in self.damaged if finding["position"] is not None]

    def __str__(self):
        return f"exit {self.code}, {self.damaged[:3]} {self.errors.strip()}"


class Verifier:
    def __init__(self):
        loader = SourceFileLoader("verify_bundle", str(REPOSITORY / "tools" / "verify-bundle"))
        self.module = module_from_spec(spec_from_loader("verify_bundle", loader))
        loader.exec_module(self.module)

    def __call__(self, *arguments):
        """`arguments`: of the program, the bundle before the others."""
        output, errors, before = io.StringIO(), io.StringIO(), sys.argv
        sys.argv = ["verify-bundle", *map(str, arguments), "--json"]
        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
                try:
                    code = self.module.run()
                except SystemExit as ending:
                    code = ending.code
        finally:
            sys.argv = before
        return Verdict(code, output.getvalue(), errors.getvalue())
