"""How clients show a key, and how they are told that it is not good enough."""

REALM = 'Bearer realm="keyledger"'
INVALID = REALM + ', error="invalid_token"'
BAD = REALM + ', error="invalid_request"'


def bearer(secret):
    return [("Authorization", f"Bearer {secret}")]
