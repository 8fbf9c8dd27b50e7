"""Authlib: its client of the introspection endpoint, and its protector of resources in Flask."""
import requests
from authlib.integrations.flask_oauth2 import ResourceProtector, current_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7662 import IntrospectTokenValidator
from flask import Flask, jsonify

from introspection_parts.questions import INACTIVE, PATH
from support import HOST

SECONDS_MAX = 5


def check_sessions(run, port, keys, questions):
    """`introspect_token` with the ways to show who asks that Authlib has."""
    address = f"http://{HOST}:{port}{PATH}"
    for method in ("client_secret_basic", "client_secret_post"):
        session = OAuth2Session("listings service", keys.service["secret"], token_endpoint_auth_method=method)
        session.trust_env = False
        for hint in (None, "access_token"):
            answer = session.introspect_token(address, token=keys.reader["secret"], token_type_hint=hint, timeout=SECONDS_MAX)
            if method == "client_secret_post":
                # Keys in forms are not taken.
                run.expect(answer.status_code == 401, f"Authlib, {method}: {answer.status_code} {answer.text}")
                continue
            questions.is_active(
                f"Authlib, {method}", keys.reader, answer.status_code, answer.headers["Content-Type"], answer.json(), answer.text)
            for secret in (keys.revoked["secret"], keys.expired["secret"], keys.unknown, "x"):
                answer = session.introspect_token(address, token=secret, token_type_hint=hint, timeout=SECONDS_MAX)
                run.expect((answer.status_code, answer.json()) == (200, INACTIVE), f"Authlib, {method}: {answer.status_code} {answer.text}")


class Validator(IntrospectTokenValidator):
    def __init__(self, port, service_key):
        super().__init__()
        self.address, self.session = f"http://{HOST}:{port}{PATH}", requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {service_key}"

    def introspect_token(self, token_string):
        answer = self.session.post(self.address, data={"token": token_string, "token_type_hint": "access_token"}, timeout=SECONDS_MAX)
        answer.raise_for_status()
        return answer.json()


class Protected:
    """A resource in Flask that needs the scope `listings:read`."""

    name = "Authlib's protector"

    def __init__(self, port, service_key):
        protect, app = ResourceProtector(), Flask(__name__)
        app.logger.disabled = True  # what it says of a ledger that is away is expected here
        protect.register_token_validator(Validator(port, service_key))

        @app.route("/listings")
        @protect("listings:read")
        def listings():
            return jsonify({"client_id": current_token["client_id"], "sub": current_token["sub"]})

        self.client = app.test_client()

    def ask(self, secret):
        """The status, and of a request that passed whose key it was."""
        answer = self.client.get("/listings", headers={"Authorization": f"Bearer {secret}"} if secret else {})
        return answer.status_code, (answer.json["client_id"], answer.json["sub"]) if answer.status_code == 200 else None
