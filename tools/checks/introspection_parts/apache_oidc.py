"""Apache with mod_auth_openidc as a resource server, with the configuration that the article on guarding a service shows.

The module asks over TLS only. So the same Apache stands before the ledger, too, as a proxy with a certificate of its own.
"""
import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateways_parts.apache import Apache
from support import HOST, Unexpected, documented, free_port

ADDRESS, SECRET_FILE = "https://keys.example.com", "/etc/keyledger/introspection.conf"
BASIC = 'OIDCOAuthClientSecret "{}"'
# This version of the module sends no token while there is no secret.
BEARER = """OIDCOAuthClientSecret unused
OIDCOAuthIntrospectionEndpointAuth bearer_access_token
OIDCOAuthIntrospectionClientAuthBearerToken "{}\""""
MODULES = (
    "mpm_event", "authn_core", "authz_core", "authz_user", "auth_openidc", "headers", "proxy", "proxy_http",
    "socache_shmcb", "ssl")


def write_certificate(folder):
    """For loopback, signed by itself; in the files `certificate` and `certificate-key`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256()))
    encoding = serialization.Encoding.PEM
    (folder / "certificate").write_bytes(certificate.public_bytes(encoding))
    key_file = folder / "certificate-key"
    key_file.touch(0o600)
    key_file.write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


class ApacheOIDC(Apache):
    """It shows who asks with HTTP Basic, as in the article, or with `is_bearer` with a bearer token."""

    companions = ()

    def __init__(self, run, ledger_port, backend, service_key, is_bearer):
        self.name = "mod_auth_openidc with a bearer token" if is_bearer else "mod_auth_openidc with Basic"
        self.configuration = "oidc.conf"
        self.service_key, self.is_bearer = service_key, is_bearer
        super().__init__(run, ledger_port, backend)

    def configured(self, ledger, backend, passes_key, for_browsers):
        secret_file = self.folder / "introspection.conf"
        secret_file.touch(0o600)
        secret_file.write_text((BEARER if self.is_bearer else BASIC).format(self.service_key) + "\n")
        write_certificate(self.folder)
        text, secure = documented("apache introspection"), f"{HOST}:{free_port(self.run.random)}"
        replaced = [(ADDRESS, f"https://{secure}"), (SECRET_FILE, "introspection.conf")]
        for written, here in replaced:
            if text.count(written) != 1:
                raise Unexpected(f"the configuration of mod_auth_openidc in the article does not name {written} once")
            text = text.replace(written, here)
        loaded = "".join(f"LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so\n" for module in MODULES)
        return f"""{loaded}
PidFile apache.pid
ErrorLog error.log
LogLevel warn
ServerName localhost
Listen {HOST}:{self.port}
Listen {secure}
<VirtualHost {HOST}:{self.port}>
OIDCCABundlePath ${{KEYLEDGER_CHECK_FOLDER}}/certificate
{text}
ProxyPass / http://{HOST}:{backend}/
</VirtualHost>
<VirtualHost {secure}>
SSLEngine on
SSLCertificateFile certificate
SSLCertificateKeyFile certificate-key
ProxyPass / http://{HOST}:{ledger}/
</VirtualHost>
"""

    def arguments(self):
        # The folder is another one where this runs as root, and Apache as somebody else.
        return [*super().arguments(), "-C", f"Define KEYLEDGER_CHECK_FOLDER {self.folder}"]

    def ask_as(self, secret):
        """The status, and of a request that passed whose key the backend was told it is, whatever the client says of itself."""
        forged = [("OIDC_CLAIM_client_id", "forged"), ("OIDC-CLAIM-sub", "forged"), ("OIDC_CLAIM_sub", "forged")]
        answer = self.ask("GET", "/listings", [("Authorization", f"Bearer {secret}"), *forged] if secret else forged)
        if answer.status != 200:
            return answer.status, None
        told = {}
        for name, value in answer.json["headers"]:
            told.setdefault(name.lower().replace("-", "_"), []).append(value)
        return answer.status, tuple(",".join(told.get(f"oidc_claim_{name}", [])) for name in ("client_id", "sub"))
