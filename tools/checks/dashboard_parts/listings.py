"""The page beside a listings API: whatever is to be pasted works as it stands, and a key can be tested without a call."""
import json
import os
import shutil
import subprocess
import threading

from dashboard_parts.browser import heading
from dashboard_parts.keys import created
from dashboard_parts.stage import BASE, SIGN_IN
from playwright.sync_api import expect
from support import REPOSITORY

LISTING = {
    "externalId": "E-1", "title": "Bright flat", "offer": "rent", "propertyType": "apartment", "status": "active", "street": "Kerkweg 1",
    "city": "Utrecht", "postalCode": "3511 AB", "country": "NL", "price": 120000, "currency": "EUR"}
# What takes each as a program, and at a prompt.
PROGRAMS = {"curl": ["bash"], "javascript": ["node", "-"], "python": ["python3", "-"]}
PROMPTS = {"curl": ["sh", "-i"], "javascript": ["node", "-i"], "python": ["python3", "-i", "-q"]}


def pasted(program, text, folder=None, **variables):
    """The exit code of a program that is given a text as its input, and what it says, complaints last."""
    done = subprocess.run(
        program, input=text + "\n", capture_output=True, text=True, timeout=60, cwd=folder, env={**os.environ, "NO_COLOR": "1", **variables})
    return done.returncode, done.stdout + "\n" + done.stderr


def at_prompt(program, text, expected):
    """All that a program says that is given a text at its prompt, until it says what is expected, for half a minute at most."""
    said = ""
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        limit = threading.Timer(30, process.kill)
        limit.start()
        process.stdin.write(text + "\n")
        process.stdin.flush()
        while expected not in said and (sign := process.stdout.read(1)):
            said += sign
        process.kill()
        limit.cancel()
    return said


def make(stage, site, page, name, *scopes):
    """A key, made on the page; its secret."""
    page.goto(f"{site.base}/keys/new")
    page.locator("#name").fill(name)
    page.get_by_label("Choose scopes").check()
    for scope in scopes:
        page.locator(f"input[name=scope][value='{scope}']").set_checked(True)
    for box in page.locator("input[name=scope]").all():
        if box.get_attribute("value") not in scopes:
            box.set_checked(False)
    page.get_by_role("button", name="Generate", exact=True).click()
    if not scopes:
        page.get_by_role("button", name="Generate without scopes").click()
    return created(stage, page, name)


def try_it(stage, site, listings):
    run = stage.run
    writer = stage.ledger.create("writer", "--account", "tryer", "--scope", "listings:write")["secret"]
    run.expect(listings.call(writer, "POST", "/v1/listings", LISTING)[0] == 201, "there is nothing to see")
    visitor = site.account("trying", "tryer")
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    page = visitor.page
    secret = make(stage, site, page, "Tried", "listings:read")
    expect(page.locator(".try-refusal")).to_have_count(0)
    for name, label, what in (
        ("curl", "curl", "command"), ("javascript", "JavaScript", "JavaScript program"), ("python", "Python", "Python program")):
        page.get_by_role("radio", name=label, exact=True).check()
        for other in PROGRAMS:
            expect(page.locator(f"#{other}")).to_be_visible(visible=other == name)
        visitor.look(f"created-{name}")
        page.get_by_role("button", name=f"Copy the {what}").click()
        expect(page.locator("#announce")).to_have_text(f"{what[0].upper()}{what[1:]} copied")
        text = page.evaluate("navigator.clipboard.readText()").replace("\r\n", "\n")
        run.expect(text.strip() == page.locator(f"#{name}").text_content().strip(), f"{name}: something else was copied")
        code, said = pasted(PROGRAMS[name], text)
        run.expect(code == 0 and "Bright flat" in said, f"{name}: exit {code}: {said.replace(secret, '<the key>')[-1500:]}")
        said = at_prompt(PROMPTS[name], text, "Bright flat")
        run.expect("Bright flat" in said, f"{name}, at its prompt: {said.replace(secret, '<the key>')[-1500:]}")
    page.get_by_role("link", name="Done").click()
    heading(page, "API keys")
    # What is going to be refused is said before, and is what happens.
    make(stage, site, page, "Without scope")
    expect(page.locator(".try-refusal")).to_contain_text("lacks the scope listings:read (INSUFFICIENT_SCOPE)")
    visitor.look("created-refused")
    _, said = pasted(["bash"], page.locator("#curl").text_content())
    run.expect("INSUFFICIENT_SCOPE" in said, f"without the scope: {said[-500:]}")
    visitor.close()


def reference(stage, site, listings):
    """The reader who has nothing but the page brings ten listings in."""
    run = stage.run
    visitor = stage.browser.visitor("reading the reference")
    page = visitor.page
    page.goto(site.url + SIGN_IN)
    page.get_by_role("link", name="API documentation").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Property listings API")
    visitor.look("listings-reference")
    key = stage.ledger.create("reader", "--account", "reader", "--scope", "listings:*")["secret"]
    folder = run.folder / "pasted"
    folder.mkdir()
    shutil.copy(REPOSITORY / "tools" / "listings.csv", folder)
    environment = {"LISTINGS_KEY": key}

    def shell(text):
        code, said = pasted(["bash"], text, folder, **environment)
        run.expect(code == 0 and "urn:" not in said, f"{text[:200]}: exit {code}: {said[-1500:]}")
        return said.split("\n")

    ask, see, bring = page.locator("#start-here ~ pre").all()[:3]
    run.expect(ask.text_content().startswith("read -rs LISTINGS_KEY"), "the key is asked for otherwise")
    run.expect('"data":[]' in shell(see.text_content())[0], "a new account has listings")
    shell(bring.text_content())
    run.expect(len(listings.all(key)) == 10, f"{len(listings.all(key))} listings, not 10")
    run.expect('"unchanged":10' in shell(bring.text_content())[0], "sent again, it changes something")

    def samples(operation):
        return page.locator(f"#{operation} pre code").all_text_contents()

    two, csv = samples("op-upsert-listings")
    shell(two)
    code, said = pasted(["python3", "-"], csv, folder, **environment)
    run.expect(code == 0 and len(listings.all(key)) == 510, f"the rows of a file: exit {code}, {said[-500:]}")
    first, following = samples("op-list-listings")
    environment["CURSOR"] = json.loads(shell(first)[0])["nextCursor"]
    run.expect('"data":[{' in shell(following)[0], "there is no second page")
    made, = samples("op-create-listing")
    environment["LISTING"] = json.loads(shell(made)[0])["id"]
    for operation in ("show", "replace", "change", "delete"):
        sample, = samples(f"op-{operation}-listing")
        shell(sample)
    run.expect(len(listings.all(key)) == 510, "the listing that was deleted is there")
    for operation in ("op-check-health", "op-show-description"):
        shell(samples(operation)[0])
    # The operator has the other API's page too.
    operator = site.operator("operator's documentation")
    operator.page.get_by_role("navigation", name="Main").get_by_role("link", name="Keyledger API").click()
    expect(operator.page.get_by_text("/v1/verify", exact=True).first).to_be_visible()
    operator.look("keyledger-api")
    operator.close()
    visitor.close()


def test_key(stage, site, listings):
    run, ledger = stage.run, stage.ledger
    key = ledger.create("tested", "--account", "tester", "--env", "test", "--scope", "listings:read", "--allow-ip", "192.0.2.0/24")
    visitor = site.account("testing a key", "tester")
    page = visitor.page
    page.goto(f"{site.base}/keys/{key['id']}")
    page.get_by_role("link", name="Test this key").click()
    heading(page, "Test this key")
    expect(page.locator("#result")).to_have_count(0)  # nobody has asked yet
    visitor.look("test-key")
    for fields, code in (
        ({"address": "192.0.2.7"}, "VALID"), ({"scopes": "listings:write"}, "INSUFFICIENT_SCOPE"), ({"environment": "LIVE"}, "NOT_FOUND")):
        for name, text in fields.items():
            page.locator(f"#{name}").fill(text)
        with page.expect_navigation():
            page.get_by_role("button", name="Test", exact=True).click()
        expect(page.locator("#result h2")).to_contain_text(code)
        visitor.look(f"test-key-{code}")
    page.reload()
    heading(page, "Test this key")
    shown = ledger.json("keys show", key["id"])
    run.expect((shown["usageCount"], shown["refusedCount"]) == (0, 0), f"testing is counted: {shown}")
    visitor.close()
    # Before one revokes the key that one is signed in with, and after.
    mine = ledger.create("operator's own", "--permission", "admin")
    stage.pasted_secrets.append(mine["secret"])
    visitor = site.operator("revoking one's own key", mine["secret"])
    page = visitor.page
    page.goto(f"{site.base}/keys/{mine['id']}/revoke")
    expect(page.get_by_text("You are signed in with this key.")).to_be_visible()
    visitor.look("revoke-own")
    page.get_by_role("button", name="Revoke and sign out").click()
    heading(page, "Sign in")
    expect(page.get_by_role("status").first).to_contain_text("you are signed out with it")
    run.expect(BASE not in page.url and stage.status(mine["id"]) == "revoked", "the key is not revoked")
    visitor.close()
