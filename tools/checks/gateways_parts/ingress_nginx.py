"""What ingress-nginx makes of the shipped Ingress: the controller itself is not run, but nginx with the locations it renders."""
import re

from gateways_parts.gateway import CONFIGURATIONS
from gateways_parts.nginx import Nginx

PREFIX = "nginx.ingress.kubernetes.io/"

# Written by hand after rootfs/etc/nginx/template/nginx.tmpl of ingress-nginx, with its defaults and without its Lua.
RENDERED = """\
worker_processes 2;
pid nginx.pid;
error_log stderr warn;
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    underscores_in_headers off;
    ignore_invalid_headers on;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    upstream upstream_balancer {{ server 127.0.0.1:8081; keepalive 32; }}
    server {{
        listen 127.0.0.1:8000;
        location = /_external-auth-Lw {{
            internal;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_set_header X-Forwarded-Proto "";
            proxy_set_header X-Request-ID $request_id;
            proxy_set_header Host 127.0.0.1;
            proxy_set_header X-Original-URL $scheme://$http_host$request_uri;
            proxy_set_header X-Original-Method $request_method;
            proxy_set_header X-Sent-From "nginx-ingress-controller";
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Auth-Request-Redirect $request_uri;
            proxy_buffer_size {buffer};
            proxy_buffers 4 {buffer};
            proxy_http_version 1.1;
            proxy_pass_request_headers on;
            client_max_body_size 1m;
            set $target {url};
            proxy_pass $target;
        }}
        location / {{
            auth_request /_external-auth-Lw;
            auth_request_set $auth_cookie $upstream_http_set_cookie;
            add_header Set-Cookie $auth_cookie;
{identity}
            client_max_body_size 1m;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header X-Request-ID $request_id;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header X-Forwarded-Port $server_port;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Scheme $scheme;
            proxy_set_header X-Scheme $scheme;
            proxy_set_header X-Original-Forwarded-For $http_x_forwarded_for;
            proxy_set_header Proxy "";
            proxy_buffer_size {buffer};
            proxy_buffers 4 {buffer};
            proxy_http_version 1.1;
            proxy_next_upstream error timeout;
            proxy_next_upstream_tries 3;
            proxy_pass http://upstream_balancer;
            proxy_redirect off;
        }}
    }}
}}
"""


def annotations(text):
    """Of the manifest, each on one line or folded (`>-`)."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    found = {}
    for line in lines[lines.index("  annotations:") + 1:lines.index("spec:")]:
        if mark := re.fullmatch(rf" {{4}}{PREFIX}([a-z-]+): (.*)", line):
            name, value = mark.groups()
            found[name] = "" if value == ">-" else value.strip('"')
        else:
            found[name] += line.strip()
    return found


class IngressNginx(Nginx):
    name, program, configuration = "ingress-nginx", "nginx", "ingress-nginx.conf"
    reading_scopes = "listings:read", "listings:write"
    shows_refusals = has_cors = False
    # nginx's auth_request knows 401 and 403; all else is a 500 to it.
    shown_statuses = {400: 500, 429: 500, 503: 500}
    headers_quoting_client = ("x-original-forwarded-for",)
    tells_ledger_all = True
    passes_foreign_upgrades = logs_queries = True
    waits_for_hung_ledger = True
    key_lines = "proxy_set_header 'Authorization' $auth_header_4;", "proxy_set_header 'X-API-Key' $auth_header_5;"

    def shipped(self):
        given = annotations((CONFIGURATIONS / "ingress-nginx.yaml").read_text())
        identity = []
        for index, name in enumerate(given.pop("auth-response-headers").split(",")):
            variable = name.lower().replace("-", "_")
            identity += [f"auth_request_set $auth_header_{index} $upstream_http_{variable};",
                         f"proxy_set_header '{name}' $auth_header_{index};"]
        rendered = RENDERED.format(
            url=given.pop("auth-url"), buffer=given.pop("proxy-buffer-size"), identity="\n".join(" " * 12 + line for line in identity))
        if given:
            raise ValueError(f"the check does not render {given}")
        return rendered
