"""Who gets in, who does not, and what forms of others can do."""
import re
import threading
import time

from dashboard_parts.browser import PATIENCE, heading
from dashboard_parts.stage import BASE, SIGN_IN
from playwright.sync_api import expect

NO_KEY = "key_00000000000070008000000000000000"
SECRET = r"data-secret>(lhql_[^<]+)<"


def first_link(stage, site):
    run, visitor = stage.run, stage.browser.visitor("first link")
    page = visitor.page
    page.goto(site.url + "/")
    heading(page, "Sign in")
    run.expect(page.url.startswith(site.url + SIGN_IN), f"/ leads whoever is not signed in to {page.url}")
    visitor.look("sign-in")

    link = site.url + site.first_link()
    # Looking at it is no use of it.
    for method in ("HEAD", "GET"):
        answer = site.plain().call(method, site.first_link())
        cookies = answer.headers["Set-Cookie"] or ""
        run.expect(answer.status == 200 and "keyledger_session" not in cookies, f"{method} of the first link: {answer.status}, {cookies}")
    page.goto(link)
    heading(page, "Sign in")
    visitor.look("first-sign-in")
    page.get_by_role("button", name="Sign in").click()
    heading(page, "API keys")
    run.expect(page.url == site.base, f"the first link leads to {page.url}")
    expect(page.locator(".who")).to_contain_text("All accounts")
    page.goto(site.url + "/")
    run.expect(page.url == site.base, f"/ leads to {page.url}")
    cookie = visitor.session()
    run.expect(
        cookie["httpOnly"] and cookie["sameSite"] == "Lax" and cookie["path"] == "/dashboard", f"the session's cookie: {cookie}")

    second = stage.browser.visitor("first link again")
    second.page.goto(link)
    with second.page.expect_response(lambda response: response.request.method == "POST") as sent:
        second.page.get_by_role("button", name="Sign in").click()
    run.expect(sent.value.status == 403, f"the first link, used again: {sent.value.status}")
    expect(second.page.get_by_role("status").first).to_contain_text("used before")
    second.page.goto(site.base)
    heading(second.page, "Sign in")
    second.close()
    visitor.close()


def sign_in_and_out(stage, site):
    run, ledger, visitor = stage.run, stage.ledger, stage.browser.visitor("signing in")
    page = visitor.page
    reading = ledger.create("may not read keys", "--permission", "verify")
    key_page = f"{BASE}/keys/{ledger.admin_id}"
    page.goto(site.url + key_page)
    for secret, words in (
        (ledger.admin[:-4], "incomplete|complete key|mistyped"), ("hello", "key"), (reading["secret"], "keys.read"),
    ):
        site.sign_in(page, secret)
        expect(page.locator("#key-error")).to_contain_text(re.compile(words))
        run.expect(page.locator("#key").input_value() == "", "the key that was typed is shown again")
        run.expect(visitor.session() is None, f"a session after {page.locator('#key-error').inner_text()!r}")
    visitor.look("sign-in-refused")
    site.sign_in(page, ledger.admin)
    expect(page).to_have_url(site.url + key_page)

    cookie = visitor.session()["value"]
    page.get_by_role("button", name="Sign out").click()
    heading(page, "Sign in")
    expect(page.get_by_role("status").first).to_contain_text("You are signed out")
    page.go_back()
    heading(page, "Sign in")
    answer = site.plain(cookie).get(BASE)
    run.expect(answer.status == 303 and SIGN_IN in answer.headers["Location"], f"a cookie after sign-out: {answer.status}")
    # Where to go after signing in is a page of ours, whatever the address says.
    for elsewhere in ("https://evil.example/", "//evil.example/", "/dashboard/..//evil.example", "/\\evil.example",
                      "javascript:alert(1)"):
        door = site.plain(source="127.0.0.9").get(SIGN_IN)
        client = site.plain("keyledger_door=" + door.cookie("keyledger_door"), source="127.0.0.9")
        answer = client.post(SIGN_IN, {"csrf": door.form_token(), "key": ledger.admin, "next": elsewhere})
        run.expect(
            answer.status == 303 and answer.headers["Location"] == BASE,
            f"next={elsewhere}: {answer.status} {answer.headers['Location']}")
    visitor.close()


def session_ends_with_its_key(stage, site):
    run, ledger = stage.run, stage.ledger
    key = ledger.create("second admin", "--permission", "admin")
    visitor = site.operator("signed in with a key that is revoked", key["secret"])
    page, cookie = visitor.page, visitor.session()["value"]
    page.wait_for_selector("[data-live-note][data-state=on]")
    live = f"{BASE}/keys/live?ids={ledger.admin_id}"
    run.expect(site.plain(cookie).get(live).status == 200, "live figures are refused to whoever is signed in")
    token = site.plain(cookie).get(BASE).form_token()
    ledger.revoke(key["id"])
    answer = site.plain(cookie).get(live)
    run.expect(answer.status == 401, f"live figures right after the revocation: {answer.status}")
    post = site.plain(cookie).post(f"{BASE}/keys/{ledger.admin_id}/disable", {"csrf": token})
    run.expect(post.status == 303 and SIGN_IN in post.headers["Location"], f"a command right after the revocation: {post.status}")
    run.expect(stage.status(ledger.admin_id) == "active", "the session of a revoked key disabled a key")
    page.wait_for_selector("[data-live-note][data-state=over]")
    visitor.look("session-over")
    page.get_by_role("link", name="Sign in again").click()
    heading(page, "Sign in")
    page.goto(site.base)
    heading(page, "Sign in")
    visitor.close()


def flood(stage, site):
    """On a server of its own: others sign in meanwhile."""
    run, visitor = stage.run, stage.browser.visitor("flood")
    page = visitor.page
    page.goto(site.url + SIGN_IN)
    for attempt in range(60):  # a slow machine wins attempts back
        with page.expect_response(lambda response: response.request.method == "POST") as answer:
            site.sign_in(page, stage.ledger.admin[:-3] + f"{attempt:03}")
        if answer.value.status == 429:
            break
    run.expect(attempt >= 9, f"the attempt {attempt + 1} was refused already")
    run.expect(answer.value.status == 429, f"{attempt + 1} wrong keys, and the last answer was {answer.value.status}")
    wait = int(answer.value.headers.get("retry-after", "0"))
    run.expect(1 <= wait <= 60, f"Retry-After after a flood: {answer.value.headers.get('retry-after')}")
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Too many attempts. Try again in \d+ seconds?\."))
    visitor.look("sign-in-blocked")
    # Without a browser, and faster than attempts come back: the right key is not looked at either. Another address is let in.
    def attempts(source, keys):
        door = site.plain(source=source).get(SIGN_IN)
        client = site.plain("keyledger_door=" + door.cookie("keyledger_door"), source)
        return [client.post(SIGN_IN, {"csrf": door.form_token(), "key": key}).status for key in keys]

    wrong = stage.ledger.admin[:-3] + "xyz"
    statuses = attempts("127.0.0.4", [wrong] * 60)
    run.expect(statuses[0] == 401 and 429 in statuses, f"a flood of wrong keys: {statuses}")
    blocked = statuses.count(429)
    run.expect(attempts("127.0.0.5", [stage.ledger.admin]) == [303], "the flood of one address locks out another")
    blocked += attempts("127.0.0.4", [wrong] * 60).count(429)
    run.expect(blocked >= 60, f"only {blocked} of 120 attempts were refused")
    # And of what the host product hands over.
    statuses = [site.plain(source="127.0.0.6").post("/dashboard/hand-over", {"token": "x"}).status for _ in range(60)]
    run.expect(statuses[0] == 401 and 429 in statuses, f"a flood of wrong tokens: {statuses}")
    # Once the wait is over, the right key opens.
    give_up = time.monotonic() + PATIENCE / 1000
    while visitor.session() is None and time.monotonic() < give_up:
        page.wait_for_timeout(1000 * wait)
        with page.expect_response(lambda response: response.request.method == "POST"):
            site.sign_in(page, stage.ledger.admin)
    heading(page, "API keys")
    visitor.close()


def hand_over(stage, site):
    run = stage.run
    other_secret = run.folder / "other.secret"
    other_secret.write_bytes(b"another secret of 32 bytes or more")

    def post(token, **headers):
        post.count += 1
        # From several addresses: there are more than may try at once.
        return site.plain(source=f"127.0.1.{post.count}").post("/dashboard/hand-over", {"token": token}, **headers)

    post.count = 0
    token = stage.token("acme")
    first = post(token, Origin="https://app.example.com", Sec_Fetch_Site="cross-site")
    run.expect(
        first.status == 303 and first.headers["Location"] == BASE and first.cookie(),
        f"a token of the host product: {first.status}")
    replay = post(token)
    run.expect(replay.status == 401 and not replay.cookie(), f"a replayed token: {replay.status}")
    both = []
    token = stage.token("acme")
    threads = [threading.Thread(target=lambda: both.append(post(token).status)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.expect(sorted(both) == [303] + [401] * 7, f"one token eight times at once: {both}")
    head, claims, signature = stage.token("acme").split(".")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + claims + "."
    for why, token in {
        "expired": stage.token("acme", "--life", "-5"), "that expires too late": stage.token("acme", "--life", "120"),
        "for another audience": stage.token("acme", "--audience", "another"),
        "signed by somebody else": stage.token("acme", secret=other_secret), "without signature": f"{head}.{claims}.",
        "of algorithm none": unsigned, "changed": f"{head}.{claims[:-6]}AAAAAA.{signature}",
        "for the operator": stage.token("operator"),
        "without account": stage.token(""), "without subject": stage.token("acme", subject=""), "that is none": "nonsense",
        "that is empty": "",
        "with a subject of several lines": stage.token("acme", subject="Jane\nDoe"),
        "for an account that is no id": stage.token("../../operator"),
    }.items():
        answer = post(token)
        run.expect(answer.status == 401 and not answer.cookie(), f"a token {why}: {answer.status}, cookie {answer.cookie()}")

    # Who gets in is no flood: behind a proxy all come from one address.
    many = [site.plain(source="127.0.0.7").post("/dashboard/hand-over", {"token": stage.token("acme")}).status for _ in range(20)]
    run.expect(many == [303] * 20, f"20 people handed over from one address: {many}")

    # In the browser: its account, its name, its deeds under that name.
    visitor = site.account("handed over", "door", subject="Zoë Ångström-O'Neill")
    visitor.page.get_by_role("link", name="Create API Key").click()
    visitor.page.locator("#name").fill("Made by Zoë")
    visitor.page.get_by_role("button", name="Generate").click()
    stage.shown_secrets["Made by Zoë"] = visitor.page.locator("#secret").input_value()
    visitor.answers_dialogs_with = "accept"
    visitor.page.goto(site.base)
    key, = stage.keys_of("door")
    created, = stage.ledger.events("--key", key["id"])
    run.expect(
        created["actor"] == {"kind": "account", "id": "Zoë Ångström-O'Neill"} and created["accountId"] == "door",
        f"who made the key, as the log says: {created}")
    visitor.page.get_by_role("link", name="Made by Zoë", exact=True).click()
    expect(visitor.page.locator(".timeline")).to_contain_text("by Zoë Ångström-O'Neill")
    visitor.close()


def own_keys_only(stage, site):
    """What belongs to another account answers as what does not exist."""
    run, ledger = stage.run, stage.ledger
    theirs = ledger.create("Their key", "--account", "neighbours")
    mine = ledger.create("My key", "--account", "isolated")
    visitor = site.account("of one account", "isolated")
    page, cookie = visitor.page, visitor.session()["value"]
    expect(page.locator("tbody tr")).to_have_count(1)
    for search in ("Their", theirs["id"], theirs["hint"].split("…")[-1]):
        page.locator("#q").fill(search)
        page.keyboard.press("Enter")
        heading(page, "API keys")
        expect(page.get_by_role("heading", name="No key matches")).to_be_visible()
    answer = page.goto(f"{site.base}/keys/{theirs['id']}")
    run.expect(answer.status == 404, f"another account's key: {answer.status}")
    heading(page, "There is no such key")

    plain = site.plain(cookie)
    token = plain.get(BASE).form_token()
    before = list(ledger.events("--key", theirs["id"]))
    form = {"csrf": token, "name": "Mine now", "reason": "x", "older": "now", "commandId": "b" * 32}
    requests = [("GET", path, None) for path in ("", "/edit", "/revoke", "/rotate", "?before=1")]
    requests += [("POST", path, form) for path in ("/edit", "/rename", "/disable", "/enable", "/revoke", "/rotate")]
    for method, path, form in requests:
        unknown = plain.call(method, f"{BASE}/keys/{NO_KEY}{path}", form)
        run.expect(unknown.status == 404, f"{method} {path} of an unknown key: {unknown.status}")
        for key_id in (theirs["id"], ledger.admin_id):
            answer = plain.call(method, f"{BASE}/keys/{key_id}{path}", form)
            is_same = (answer.status, answer.text) == (unknown.status, unknown.text)
            run.expect(is_same, f"{method} {path} of another account's key: {answer.status}, of an unknown one: {unknown.status}")
    live = plain.get(f"{BASE}/keys/live?ids={theirs['id']},{mine['id']},{ledger.admin_id},{NO_KEY}")
    run.expect(
        live.status == 200 and mine["id"] in live.text and theirs["id"] not in live.text and ledger.admin_id not in live.text,
        f"live figures: {live.text}")
    form = {
        "csrf": token, "commandId": "c" * 32, "name": "Smuggled", "accountId": "neighbours", "expiry": "never", "environment": "live"}
    answer = plain.post(f"{BASE}/keys", form)
    stage.secrets_without_browser.append(re.search(SECRET, answer.text)[1])
    run.expect([key["name"] for key in stage.keys_of("neighbours")] == ["Their key"], "an account made a key in another")
    run.expect(list(ledger.events("--key", theirs["id"])) == before, "an account changed another's key")
    page.goto(f"{site.base}/troubleshooting")
    page.locator("#requestHeader").fill(f"Authorization: Bearer {theirs['secret']}")
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#result h3")).to_have_text("There is no such key.")
    stage.pasted_secrets.append(theirs["secret"])

    # Numbers and words that no page makes are answered, and end nobody's server.
    key_page = f"{BASE}/keys/{mine['id']}"
    for path in (
        f"{key_page}?before={(1 << 63) - 1}", f"{key_page}?before={-(1 << 63)}", f"{key_page}?before=-1",
        f"{key_page}?before={1 << 70}",
        f"{BASE}?page={(1 << 63) - 1}", f"{BASE}?page=-5", f"{BASE}?sort=nothing&order=up&show=some",
        f"{BASE}?q=%FF%00%F0%9F", f"{BASE}?q=" + "x" * 5000,
        f"{BASE}/keys/live", f"{BASE}/keys/live?ids=,,x,{'key_' * 500}", f"{BASE}/keys/key_x", f"{BASE}/keys/%00", f"{BASE}/keys",
    ):
        status = plain.get(path).status
        run.expect(status in (200, 303, 400, 404), f"GET {path[:120]}: {status}")
    for fields in (
        {"expiry": "custom", "expiresOn": "99999-99-99"}, {"expiry": "custom", "expiresOn": "9999-12-31T"},
        {"expiry": "custom", "expiresOn": "0001-01-01"}, {"expiry": "-30"}, {"expiry": "custom"}, {"environment": "x" * 300},
        {"scope": ["a b", "\n"]}, {"name": "x" * 5000}, {"name": " "},
        {"moreScopes": " ".join(f"s{number}" for number in range(500))}, {"name": "a\nb"},
    ):
        form = {"csrf": token, "commandId": "d" * 32, "name": "Never made", "expiry": "never", "environment": "live", **fields}
        status = plain.post(f"{BASE}/keys", form).status
        run.expect(status == 422, f"creating with {str(fields)[:80]}: {status}")
    answer = plain.post(f"{BASE}/keys", {"csrf": token, "name": "x" * 100_000})
    run.expect(answer.status == 413, f"a form of 100 kB: {answer.status}")
    run.expect(len(stage.keys_of("isolated")) == 2, "a wrong form made a key")
    visitor.close()


def foreign_forms(stage, site):
    run, ledger = stage.run, stage.ledger
    key = ledger.create("Not to be touched", "--account", "forms")
    visitor, other = site.account("forms", "forms"), site.account("another session", "forms")
    cookie, other_cookie = visitor.session()["value"], other.session()["value"]
    plain = site.plain(cookie)
    good, foreign = plain.get(BASE).form_token(), site.plain(other_cookie).get(BASE).form_token()
    run.expect(good != foreign, "two sessions have the same form token")
    door = site.plain().get(SIGN_IN).form_token()
    path = f"{BASE}/keys/{key['id']}"
    def changes():
        """All but the uses of operators' keys, which are written in windows of a minute, at any time, and that the log was read."""
        return [event for event in ledger.events() if event["type"] not in ("KeyUsed", "LogRead")]

    before = changes()
    forms = {
        f"{path}/edit": {"name": "Touched", "revision": "1"}, f"{path}/rename": {"name": "Touched"}, f"{path}/disable": {}, f"{path}/enable": {}, f"{path}/revoke": {"reason": "none"},
        f"{path}/rotate": {"older": "now", "commandId": "a" * 32},
        f"{BASE}/keys": {"name": "Forged", "commandId": "e" * 32, "expiry": "never", "environment": "live"},
        f"{BASE}/troubleshooting": {"requestHeader": "x"}, "/dashboard/sign-out": {},
    }
    evil = "https://evil.example"
    for target, fields in forms.items():
        for why, token, headers in (
            ("without token", None, {}), ("with an empty token", "", {}), ("with another session's token", foreign, {}),
            ("with the token of the sign-in page", door, {}), ("with a token that is none", "%%%", {}),
            ("from another site", good, {"Origin": evil}),
            ("from another site, as the browser says", good, {"Sec_Fetch_Site": "cross-site"}),
            ("from nowhere", good, {"Origin": "null"}),
            ("from another port", good, {"Origin": "http://127.0.0.1:1"}),
        ):
            answer = plain.post(target, {**fields, **({} if token is None else {"csrf": token})}, **headers)
            run.expect(answer.status == 403, f"POST {target} {why}: {answer.status}")
            run.expect("lhql_" not in answer.text, f"POST {target} {why} shows a secret")
    run.expect(changes() == before, "a forged form changed the ledger")
    run.expect(plain.get(BASE).status == 200, "a forged form signed somebody out")
    # Signing in is a form too: nobody is signed in as somebody else.
    answer = site.plain().post(SIGN_IN, {"key": ledger.admin})
    run.expect(answer.status == 403 and not answer.cookie(), f"signing in without a form token: {answer.status}")
    # And in the browser: a page of another site posts one.
    page = visitor.page
    trap = f"<form method=post action='{site.url}{path}/disable'><input name=csrf value='{good}'><button>Win</button></form>"
    page.route("http://evil.localhost/*", lambda route: route.fulfill(content_type="text/html", body=trap))
    page.goto("http://evil.localhost/")
    with page.expect_navigation():
        page.get_by_role("button", name="Win").click()
    run.expect(stage.status(key["id"]) == "active", "another site's page disabled a key")

    # A creation form sent again: one key, and its secret is not shown again.
    page.goto(f"{site.base}/keys/new")
    command_id = page.locator("[name=commandId]").input_value()
    form = {"csrf": good, "commandId": command_id, "name": "Once", "expiry": "30", "environment": "live"}
    first = plain.post(f"{BASE}/keys", form)
    secret = re.search(SECRET, first.text)[1]
    again = plain.post(f"{BASE}/keys", form)
    run.expect(
        first.status == again.status == 200 and secret not in again.text and "created already" in again.text,
        f"a replayed creation form: {again.status}")
    changed = plain.post(f"{BASE}/keys", {**form, "name": "Once more"})
    run.expect(changed.status == 409 and "lhql_" not in changed.text, f"a replayed and changed creation form: {changed.status}")
    at_once = []
    form["commandId"], form["name"] = "f" * 32, "At once"
    threads = [threading.Thread(target=lambda: at_once.append(plain.post(f"{BASE}/keys", form))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shown = [found[1] for answer in at_once if (found := re.search(SECRET, answer.text))]
    run.expect(
        len(shown) == 1, f"one creation form six times at once shows {len(shown)} secrets: {[answer.status for answer in at_once]}")
    stage.secrets_without_browser += [secret, *shown]
    run.expect(
        sorted(key["name"] for key in stage.keys_of("forms")) == ["At once", "Not to be touched", "Once"],
        f"keys after replays: {[key['name'] for key in stage.keys_of('forms')]}")
    visitor.close()
    other.close()


def script_in_every_field(stage, site):
    run, ledger = stage.run, stage.ledger
    evil = (
        "\"'></textarea></title><script>document.title='hit'</script><img src=x onerror=\"document.title='hit'\">"
        "<b data-hit>&amp;{{name}}")
    visitor = site.account("script", "script", subject=evil[:200])
    page = visitor.page

    def intact(where):
        expect(page.locator("footer.bottom")).to_be_visible()
        found = page.evaluate(
            "[document.querySelectorAll('script').length, document.querySelectorAll('img, [data-hit]').length, document.title]")
        run.expect(
            found[:2] == [1, 0] and not found[2].startswith("hit"), f"{where}: what was typed became part of the page: {found}")
        run.expect(not visitor.dialogs or set(visitor.dialogs) == {"beforeunload"}, f"{where}: {visitor.dialogs}")

    visitor.answers_dialogs_with = "accept"
    intact("empty list, subject")
    page.goto(f"{site.base}/keys/new")
    page.locator("#name").fill(evil)
    page.get_by_text("Choose scopes").click()
    page.locator("#moreScopes").fill(evil)
    page.get_by_role("button", name="Generate").click()
    expect(page.locator("#moreScopes")).to_have_value(evil)
    expect(page.locator("#scopes-error")).to_be_visible()
    intact("creation form with errors")
    visitor.look("create-errors")
    page.locator("#moreScopes").fill("")
    page.get_by_role("button", name="Generate").click()
    stage.shown_secrets["script"] = page.locator("#secret").input_value()
    intact("new key")
    page.goto(site.base)
    expect(page.locator("a.key-name")).to_have_text(evil)
    intact("table")
    page.locator("#q").fill(evil)
    page.keyboard.press("Enter")
    expect(page.locator("#q")).to_have_value(evil)
    intact("search")
    page.locator("a.key-name").click()
    heading(page, evil)
    page.get_by_text("Rename", exact=True).click()
    page.locator("#rename").fill(evil + "2")
    page.get_by_role("button", name="Save").click()
    heading(page, evil + "2")
    intact("renamed")
    page.get_by_role("link", name="Revoke", exact=True).click()
    page.locator("#reason").fill(evil)
    page.get_by_role("button", name="Revoke", exact=True).click()
    heading(page, evil + "2")
    expect(page.locator(".timeline")).to_contain_text(evil)
    intact("revoked")
    described = ledger.create("described", "--account", "script", "--metadata", f"note={evil}", "--scope", "listings:read")
    page.goto(f"{site.base}/keys/{described['id']}")
    expect(page.locator(".facts")).to_contain_text(evil)
    intact("metadata")
    page.goto(f"{site.base}/troubleshooting")
    page.locator("#requestHeader").fill(evil)
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#result")).to_be_visible()
    intact("troubleshooting")
    page.goto(f"{site.base}?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&sort=%3Cscript%3E&page=%3Cb%3E&done=%3Cscript%3E")
    intact("address")
    page.goto(site.url + "/dashboard/<script>alert(1)</script>")
    intact("unknown address")
    visitor.close()

    visitor = site.operator("script of an operator")
    page = visitor.page
    page.goto(f"{site.base}/keys/new")
    page.locator("#name").fill("for nobody")
    page.get_by_text("A new account", exact=True).click()
    page.locator("#newAccountId").fill("<script>alert(1)</script>")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator("#account-error")).to_be_visible()
    intact("account")
    for search in ("script", "Made"):
        page.goto(f"{site.base}?q={search}&status=all")
        intact("operator's table")
    visitor.close()
    visitor = stage.browser.visitor("script at the door")
    page = visitor.page
    page.goto(site.url + SIGN_IN + "?next=" + "%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    intact("sign-in")
    visitor.close()
