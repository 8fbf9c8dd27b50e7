"""What people do with keys: create, see, change, revoke, and find out why one is refused."""
import csv
import re
from datetime import datetime

from dashboard_parts.browser import heading
from dashboard_parts.stage import BASE, SIGN_IN
from playwright.sync_api import expect
from support import Ledger

COPY_NOW = "Copy the key now: you won't see it again"


def created(stage, page, name):
    """The secret on the page after Generate; it is looked for everywhere else at the end."""
    expect(page.locator("#secret")).to_be_visible()
    secret = page.locator("#secret").input_value()
    stage.run.expect(
        re.fullmatch(r"lhql_(live|test)_[0-9A-Za-z]+", secret),
        f"{name}: the secret shown has the form {len(secret)} {secret[:10]}")
    stage.shown_secrets[name] = secret
    return secret


def history(page):
    session = page.context.new_cdp_session(page)
    entries = session.send("Page.getNavigationHistory")["entries"]
    session.detach()
    return " ".join(f"{entry['url']} {entry['userTypedURL']} {entry['title']}" for entry in entries)


def is_gone(stage, page, secret, when):
    """From the page, the address, the history and what the browser stores."""
    stored = page.evaluate(
        "JSON.stringify([location.href, {...localStorage}, {...sessionStorage}, history.state, document.cookie])")
    values = page.evaluate("[...document.querySelectorAll('input, textarea')].map((e) => e.value).join()")
    for where, text in (("page", page.content()), ("fields", values), ("storage", stored), ("history", history(page))):
        stage.run.expect(secret not in text, f"{when}: the secret is in the {where}")


def create(stage, site):
    run = stage.run
    visitor = site.account("creating", "acme")
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    page = visitor.page
    expect(page.get_by_role("heading", name="No API keys yet")).to_be_visible()
    visitor.look("keys-0")
    page.get_by_role("link", name="Create API Key").click()
    heading(page, "Create API Key")
    visitor.look("create")
    page.get_by_role("button", name="CRM Integration").click()
    expect(page.locator("#name")).to_have_value("CRM Integration")
    expect(preset(page, "CRM Integration")).to_be_checked()
    page.get_by_role("button", name="Property Sync").click()
    expect(page.locator("#name")).to_have_value("Property Sync")
    expect(preset(page, "Property Sync")).to_be_checked()
    page.get_by_text("90 days").click()
    page.get_by_text("Test", exact=True).click()
    # The scopes of the preset are ticked, for whoever wants others.
    page.get_by_text("Choose scopes").click()
    expect(page.locator("input[name=scope]:checked")).to_have_count(2)
    page.locator("input[name=scope][value='listings:write']").uncheck()
    page.locator("#moreScopes").fill("guests:read, rates:write")
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_role("alert")).to_contain_text("No key of the account and no suggestion has “guests:read”, “rates:write”.")
    visitor.look("create-unknown-scopes")
    page.get_by_role("button", name="Generate").dblclick()
    secret = created(stage, page, "Property Sync")
    expect(page.get_by_text(COPY_NOW)).to_be_visible()
    run.expect(secret.startswith("lhql_test_"), "a test key has another prefix")
    run.expect(f"Authorization: Bearer {secret}" in page.locator("#curl").inner_text(), "the ready curl lacks the key")
    run.expect(len(site.posts(f"{BASE}/keys")) == 2, "a double click posted twice")
    key, = stage.keys_of("acme")
    run.expect(
        (key["name"], key["environment"]) == ("Property Sync", "test")
        and sorted(key["scopes"]) == ["guests:read", "listings:read", "rates:write"]
        and 89 < days(key) < 92, f"the key that was made: {key}")
    run.expect(stage.verify(secret) == "VALID", "the secret that was shown does not work")
    key_path = f"{BASE}/keys/{key['id']}"
    expect(page).to_have_url(site.url + key_path)
    visitor.look("created")

    # Leaving without having copied asks.
    page.get_by_role("link", name="Done").click()
    dialog = page.get_by_role("dialog", name="Leave without copying the key?")
    expect(dialog).to_be_visible()
    visitor.look("leave")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="Done").click()
    page.get_by_role("button", name="Stay here").click()
    expect(page.locator("#secret")).to_be_visible()
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    run.expect(asked.value.type == "beforeunload", f"closing the tab asks by {asked.value.type}")
    expect(page.locator("#secret")).to_have_value(secret)
    page.get_by_role("button", name="Copy the command").click()
    expect(page.locator("#announce")).to_have_text("Command copied")
    run.expect(
        page.evaluate("navigator.clipboard.readText()").strip() == page.locator("#curl").inner_text().strip(),
        "the command is not what was copied")
    page.get_by_role("link", name="See this key's page").click()
    expect(page).to_have_url(site.url + key_path)
    heading(page, "Property Sync")
    is_gone(stage, page, secret, "on the key's page")
    page.reload()
    heading(page, "Property Sync")
    is_gone(stage, page, secret, "after a reload")
    page.go_back()
    heading(page, "Create API Key")  # the answer to its form gave way to the key's page
    is_gone(stage, page, secret, "after going back")

    # A second key of that name, by keyboard alone: warned about, and allowed.
    page.goto(site.base)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Create API Key"))
    page.keyboard.press("Enter")
    heading(page, "Create API Key")
    tab_to(page, page.locator("#name"))
    page.keyboard.type("Property Sync")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is a key of this name already")
    run.expect(len(stage.keys_of("acme")) == 1, "a second key was made without a warning")
    visitor.look("create-warning")
    tab_to(page, page.get_by_role("button", name="Generate"))
    page.keyboard.press("Enter")
    second = created(stage, page, "Property Sync again")
    tab_to(page, page.locator("#secret"))
    page.keyboard.press("Control+C")
    run.expect(page.evaluate("navigator.clipboard.readText()") == second, "the keyboard copied something else")
    tab_to(page, page.get_by_role("link", name="Done"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(site.base)
    expect(page.locator("tbody tr")).to_have_count(2)
    is_gone(stage, page, second, "in the table")
    page.go_back()
    heading(page, "Property Sync")
    is_gone(stage, page, second, "after going back to what was left")
    page.go_forward()

    # Loading the answer to a creation again shows no secret and makes no key; leaving with copying copies.
    page.get_by_role("link", name="Create API Key").click()
    page.locator("#name").fill("Reloaded")
    page.get_by_text("Choose a day").click()
    page.locator("#expiresOn").fill("2999-12-31")
    page.get_by_role("button", name="Generate").click()
    third = created(stage, page, "Reloaded")
    visitor.answers_dialogs_with = "accept"
    page.reload()
    heading(page, "Reloaded")
    is_gone(stage, page, third, "after reloading the answer")
    run.expect("beforeunload" in visitor.dialogs, "a reload without having copied did not ask")
    run.expect(len(stage.keys_of("acme")) == 3, "a reload made a key")
    run.expect(
        any(key["name"] == "Reloaded" and key["expiresAt"].startswith("2999-12-31T23:59:59") for key in stage.keys_of("acme")),
        "the chosen day is not the expiry")
    page.goto(f"{site.base}/keys/new")
    page.locator("#name").fill("Copied on leaving")
    page.keyboard.press("Enter")
    fourth = created(stage, page, "Copied on leaving")
    page.get_by_role("link", name="API keys", exact=True).click()
    page.get_by_role("button", name="Copy the key and leave").click()
    expect(page).to_have_url(site.base)
    run.expect(page.evaluate("navigator.clipboard.readText()") == fourth, "leaving with copying copied something else")
    page.go_back()
    heading(page, "Copied on leaving")
    is_gone(stage, page, fourth, "going back to what was left")
    visitor.close()


def preset(page, name):
    return page.get_by_role("radio", name=re.compile(f"^{re.escape(name)}"))


def article(stage, site):
    """The way of the help article: a name and Generate, by clicks and keys alone, make a key that reads and writes listings."""
    run = stage.run
    visitor = site.account("article", "article")
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    page = visitor.page
    page.get_by_role("link", name="Create API Key").click()
    page.locator("#name").click()
    page.keyboard.type("Property Sync")
    expect(preset(page, "Property Sync")).to_be_checked()
    page.get_by_role("button", name="Generate", exact=True).click()
    secret = created(stage, page, "Property Sync of the article")
    page.get_by_role("button", name="Copy the key").click()
    expect(page.locator("#announce")).to_have_text("Key copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    run.expect(copied == secret, "the button copied something else")
    for scope in ("listings:read", "listings:write"):
        verdict = site.client.verify(copied, scopes=[scope])
        run.expect(verdict["valid"], f"the key of the article, asked for {scope}: {verdict}")
    page.get_by_role("link", name="Done").click()
    heading(page, "API keys")

    # Another name only reads; whoever chooses otherwise is not corrected by the name.
    page.get_by_role("link", name="Create API Key").click()
    page.locator("#name").fill("Some script")
    expect(preset(page, "By its name")).to_be_checked()
    preset(page, "Website").check()
    page.locator("#name").fill("Property Sync")
    expect(preset(page, "Website")).to_be_checked()
    preset(page, "Choose scopes").check()
    for box in page.locator("input[name=scope]:checked").all():
        box.uncheck()
    page.locator("#name").fill("Without scopes")
    page.get_by_text("More: allowed addresses and metadata").click()
    page.locator("#addresses").fill("192.0.2.0/24")
    for row, (name, value) in enumerate((("owner", "Integrations"), ("ticket", "42"), ("since", "2026"))):
        page.locator("[name=metadataName]").nth(row).fill(name)
        page.locator("[name=metadataValue]").nth(row).fill(value)
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.locator("#no-scopes")).to_contain_text("This key would have no scopes")
    visitor.look("create-no-scopes")
    page.get_by_role("button", name="Generate without scopes").click()
    created(stage, page, "Without scopes")
    page.get_by_role("button", name="Copy the key").click()
    expect(page.locator("#announce")).to_have_text("Key copied")
    bare = next(key for key in stage.keys_of("article") if key["name"] == "Without scopes")
    run.expect(
        bare["scopes"] == [] and bare["ipAllowlist"] == ["192.0.2.0/24"]
        and bare["metadata"] == {"owner": "Integrations", "ticket": "42", "since": "2026"}, f"the key without scopes: {bare}")
    visitor.close()

    # An operator chooses the account.
    visitor = site.operator("operator of the article")
    page = visitor.page
    page.get_by_role("link", name="Create API Key").click()
    page.locator("#accountId").select_option("article")
    visitor.look("create-operator")
    page.get_by_text("A new account", exact=True).click()
    expect(page.locator("#accountId")).to_be_hidden()
    page.locator("#newAccountId").fill("article")
    page.locator("#name").fill("By an operator")
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.locator("#account-error")).to_contain_text("There is an account article already")
    page.get_by_text("An account that exists", exact=True).click()
    page.locator("#accountId").select_option("article")
    page.get_by_role("button", name="Generate", exact=True).click()
    created(stage, page, "By an operator")
    run.expect("By an operator" in [key["name"] for key in stage.keys_of("article")], "the operator's key went elsewhere")
    visitor.answers_dialogs_with = "accept"
    visitor.close()


def edit(stage, site):
    """A key is edited; what is taken from it is shown first, with what that does to those who use it."""
    run = stage.run
    key = site.client.create("Channel", accountId="editing", scopes=["listings:read", "listings:write"])
    for address in ("192.0.2.1", "192.0.2.2", "198.51.100.1", "198.51.100.2", "198.51.100.3"):
        site.client.verify(key["secret"], ip=address, scopes=["listings:read"])
    visitor, other = site.account("editing", "editing"), site.account("editing too", "editing", subject="Ben")
    page = visitor.page
    page.get_by_role("link", name="Channel", exact=True).click()
    page.get_by_role("link", name="Edit", exact=True).click()
    heading(page, "Edit this key")
    visitor.look("edit")
    page.locator("#addresses").fill("192.0.2.0/24")
    page.get_by_role("button", name="Save").click()
    heading(page, "Save these changes?")
    expect(page.locator(".impact")).to_contain_text("3 of 5 addresses seen in the last 24 hours would be refused")
    visitor.look("edit-review")
    page.get_by_role("button", name="Keep editing").click()
    heading(page, "Edit this key")
    expect(page.locator("#addresses")).to_have_value("192.0.2.0/24")
    run.expect(stage.ledger.json("keys show", key["id"])["ipAllowlist"] == [], "looking at a change made it")
    # Somebody else is faster.
    other.page.goto(f"{site.base}/keys/{key['id']}/edit")
    other.page.locator("#addresses").fill("203.0.113.0/24")
    other.page.get_by_role("button", name="Save").click()
    other.page.get_by_role("button", name="Save changes").click()
    expect(other.page.locator(".notice-good")).to_contain_text("The key is changed")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody changed this key while you were editing it.")
    expect(page.locator(".meanwhile")).to_contain_text("Ben")
    expect(page.locator("#addresses")).to_have_value("192.0.2.0/24")
    visitor.look("edit-meanwhile")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator(".notice-good")).to_contain_text("The key is changed")
    heading(page, "Channel")
    run.expect(stage.ledger.json("keys show", key["id"])["ipAllowlist"] == ["192.0.2.0/24"], "the change was not made")
    refused = site.client.verify(key["secret"], ip="198.51.100.1")
    run.expect(refused["code"] == "IP_NOT_ALLOWED", f"from an address that was taken away: {refused}")
    visitor.close()
    other.close()


def days(key):
    start, end = moment(key["createdAt"]), moment(key["expiresAt"])
    return (end - start).total_seconds() / 86_400


def tab_to(page, target):
    target.wait_for()
    for _ in range(60):
        if target.evaluate("(e) => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {target}")


LONG = "A name as long as names may be, which nobody would choose and somebody will " * 3
RIGHT_TO_LEFT = "مزامنة العقارات مع نظام الحجز – פריט 42"


def make_many(stage, site, account):
    """200 keys, with names of all kinds; some used, some ended, some about to."""
    made = []
    names = {7: LONG[:256], 11: RIGHT_TO_LEFT, 13: "W" * 120}
    for number in range(200):
        made.append(site.client.create(names.get(number, f"Key {(number * 37) % 200:03}"), accountId=account))
    soon = stage.ledger.create("Soon over", "--account", account, "--expires", "5d")
    later = stage.ledger.create("Over later", "--account", account, "--expires", "300d")
    for key in made[20:32]:
        site.client.revoke(key["id"])
    for key in made[40:43]:
        stage.ledger.call("keys disable", key["id"])
    for times, key in ((3, made[199]), (1, made[198]), (7, made[60]), (2, soon)):
        for _ in range(times):
            site.client.verify(key["secret"])
    return made, soon, later


def moment(text):
    """The time that `text` writes."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def column(page, name):
    """The values of a column as they sort: exact times and numbers, not how they are written."""
    return page.evaluate(
        """(name) => [...document.querySelectorAll(`tbody .col-${name}`)].map((cell) => {
            if (name === "name") return cell.querySelector("a").textContent;
            if (name === "count") return Number(cell.textContent.replaceAll(",", ""));
            return cell.querySelector("time")?.dateTime ?? (["created", "expires", "used"].includes(name) ? "" : cell.textContent);
        })""", name)


def table(stage, site):
    run, ledger = stage.run, stage.ledger
    made, soon, later = make_many(stage, site, "many")
    visitor = site.account("table", "many")
    page = visitor.page
    heads = [text.strip() for text in page.locator("thead th").all_inner_texts()]
    run.expect(heads == ["Name", "Status", "Created", "Expires", "Last Used", "Usage Count", "Actions"], f"columns: {heads}")
    expect(page.locator(".range")).to_have_text("1–50 of 190")
    expect(page.locator("tbody tr")).to_have_count(50)
    row = page.locator(f"tr[data-key={soon['id']}]")
    expect(row).to_contain_text("Expires within 14 days")
    run.expect(page.locator(".mark", has_text="Expires within 14 days").count() == 1, "more keys are marked to expire soon")
    expect(row.locator("code.hint")).to_have_text(soon["hint"])
    created_title = row.locator(".col-created time").get_attribute("title")
    created_cell = row.locator(".col-created time")
    run.expect(
        created_title.endswith(f"in your time zone ({created_cell.get_attribute('datetime')})"),
        f"no time in the reader's zone, or no exact UTC: {created_title}")
    run.expect(created_cell.inner_text().endswith("UTC"), f"a time in another zone than UTC: {created_cell.inner_text()}")
    visitor.look("keys-200")

    # Sorting, each column both ways.
    for name, label in zip(("name", "status", "created", "expires", "used", "count"), heads):
        seen = []
        for _ in range(2):
            head = page.get_by_role("columnheader", name=label)
            before = page.url
            head.get_by_role("link").click()
            expect(page).not_to_have_url(before)
            order = page.get_by_role("columnheader", name=label).get_attribute("aria-sort")
            seen.append(order)
            values = column(page, name)
            run.expect(page.locator("th[aria-sort]").count() == 1, f"sorted by {label}: not one column says so")
            if name != "status":
                key = {"name": str.casefold, "count": None}.get(name, moment)
                known = [value for value in values if value != ""]
                if name == "name":
                    known = [value for value in known if value.startswith("Key ")]
                run.expect(
                    known == sorted(known, key=key, reverse=order == "descending"),
                    f"{label}, {order}: {values[:6]} … {values[-3:]}")
            if name == "used" and order == "descending":
                run.expect("" not in values[:4], f"Last Used, descending, begins with keys never used: {values[:4]}")
            if name == "count" and order == "descending":
                run.expect(values[:4] == [7, 3, 2, 1], f"Usage Count, descending: {values[:4]}")
        run.expect(sorted(seen) == ["ascending", "descending"], f"{label}, chosen twice: {seen}")

    # Pages hold each key once.
    page.goto(site.base)
    ids, ranges = [], []
    while True:
        ids += page.locator("tbody tr").evaluate_all("(rows) => rows.map((row) => row.dataset.key)")
        ranges.append(page.locator(".range").inner_text())
        following = page.get_by_role("link", name="Next", exact=True)
        if following.count() == 0:
            break
        following.click()
        expect(page.locator(".range")).not_to_have_text(ranges[-1])
    run.expect(
        ranges == ["1–50 of 190", "51–100 of 190", "101–150 of 190", "151–190 of 190"] and len(set(ids)) == len(ids) == 190,
        f"pages: {ranges}, {len(set(ids))} keys")
    page.get_by_role("link", name="Previous").click()
    expect(page.locator(".range")).to_have_text("101–150 of 190")
    page.goto(f"{site.base}?page=99")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    page.get_by_role("link", name="To the first page").click()

    # Jumping to a page, by number, first and last; and back from a key to the same place.
    page.locator("#page").fill("3")
    page.get_by_role("button", name="Go").click()
    expect(page.locator(".range")).to_have_text("101–150 of 190")
    there = page.url
    page.locator("tbody .key-name").nth(30).click()
    page.get_by_role("navigation", name="Back").get_by_role("link").click()
    expect(page).to_have_url(re.compile(re.escape(there) + "#key_"))
    expect(page.locator("tr:target")).to_be_in_viewport()
    page.get_by_role("link", name="Last", exact=True).click()
    expect(page.locator(".range")).to_have_text("151–190 of 190")
    page.get_by_role("link", name="First", exact=True).click()
    expect(page.locator(".range")).to_have_text("1–50 of 190")

    # What has ended hides behind a filter that counts.
    statuses = page.get_by_role("navigation", name="Status")
    statuses.get_by_role("link", name="All 202").click()
    expect(page.locator(".range")).to_have_text("1–50 of 202")
    page.get_by_role("columnheader", name="Status").get_by_role("link").click()
    expect(page.locator("th[aria-sort]")).to_have_text("Status")
    seen = set()
    for order in range(2):
        seen |= set(page.locator("tbody .badge").all_inner_texts())
        page.get_by_role("columnheader", name="Status").get_by_role("link").click()
        expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", ("descending", "ascending")[order])
    run.expect({"Active", "Revoked"} <= seen, f"statuses at both ends of the table: {seen}")
    statuses.get_by_role("link", name="Disabled 3").click()
    expect(page.locator(".range")).to_have_text("1–3 of 3")
    statuses.get_by_role("link", name="In force 190").click()
    expect(page.locator(".range")).to_have_text("1–50 of 190")

    # Filters, and what takes them away.
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Expires within 14 days").check()
    visitor.look("keys-filters")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator(f"tr[data-key={soon['id']}]")).to_be_visible()
    run.expect("expiring=soon" in page.url, f"the filter is not in the address: {page.url}")
    page.get_by_role("link", name="Take away the filter Expires within 14 days").click()
    expect(page.locator(".range")).to_have_text("1–50 of 190")

    # Search, by name, hint and id, and by names of other scripts.
    for words, found in (
        ("Soon", soon), ("soon OVER", soon), ("OVER soon", soon), ("söön", soon), (soon["id"], soon), (soon["hint"].split("…")[-1], soon),
        ("العقارات", made[11]), (made[7]["name"][:60], made[7]),
    ):
        page.locator("#q").fill(words)
        page.locator("#q").press("Enter")
        expect(page.locator("#q")).to_have_value(words)
        expect(page.locator(f"tr[data-key={found['id']}]")).to_be_visible()
        run.expect(page.locator("tbody tr").count() < 5, f"the search for {words!r} finds {page.locator('tbody tr').count()} keys")
    page.locator("#q").fill("nothing is called so")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="No key matches")).to_be_visible()
    visitor.look("keys-no-match")
    page.get_by_role("link", name="Clear").click()
    page.locator("#q").fill(made[25]["id"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No key in force matches")).to_be_visible()
    page.get_by_role("link", name="Show them").click()
    expect(page.locator("tbody .badge")).to_have_text("Revoked")
    run.expect(page.get_by_role("link", name=re.compile("^Revoke(?!d)")).count() == 0, "a revoked key can be revoked")
    for key in (made[7], made[11]):
        page.goto(f"{site.base}/keys/{key['id']}")
        heading(page, key["name"])
        visitor.look("key-long" if key is made[7] else "key-right-to-left")
        page.get_by_role("link", name="Revoke", exact=True).click()
        heading(page, "Revoke this key?")
        visitor.look("revoke-long" if key is made[7] else "revoke-right-to-left")

    # Live, without a reload.
    page.goto(site.base)
    page.evaluate("window.isSameDocument = true")
    page.wait_for_selector("[data-live-note][data-state=on]")
    row = page.locator(f"tr[data-key={later['id']}]")
    expect(row.locator(".col-used")).to_contain_text("Never")
    run.expect(stage.verify(later["secret"]) == "VALID", "a new key is refused")
    expect(row.locator("[data-live=count]")).to_have_text("1")
    expect(row.locator("[data-live=used]")).to_have_text(re.compile("just now|seconds? ago|minutes? ago"))
    run.expect(row.locator("[data-live=used] time").get_attribute("title").endswith("Z)"), "no exact UTC on a live time")
    ledger.revoke(later["id"])
    expect(row.locator("[data-live=status]")).to_have_text("Revoked")
    expect(row.get_by_role("link", name="Revoke")).to_be_hidden()
    run.expect(page.evaluate("window.isSameDocument") is True, "the page was loaded again")
    visitor.close()

    # An operator's table has the accounts too, and takes a phone.
    visitor = site.operator("operator's table")
    page = visitor.page
    page.get_by_role("columnheader", name="Account").get_by_role("link").click()
    expect(page.locator("th[aria-sort]")).to_have_text("Account")
    accounts = [text.strip() for text in page.locator("tbody .col-account").all_inner_texts()]
    run.expect(accounts == sorted(accounts), f"sorted by account: {accounts[:5]}")
    visitor.look("keys-operator")
    visitor.close()


def change(stage, site):
    """Three keys: rename, disable, enable, revoke; and the page of one."""
    run, ledger = stage.run, stage.ledger
    main = ledger.create("Main", "--account", "three", "--scope", "listings:read", "--metadata", "owner=Integrations")
    ledger.create("Never used", "--account", "three", "--expires", "10d")
    ledger.create(RIGHT_TO_LEFT, "--account", "three")
    for _ in range(3):
        run.expect(stage.verify(main["secret"]) == "VALID", "a new key is refused")
    visitor = site.account("changing", "three")
    page = visitor.page
    expect(page.locator("tbody tr")).to_have_count(3)
    visitor.look("keys-3")
    page.get_by_role("link", name="Main", exact=True).click()
    heading(page, "Main")
    expect(page.locator("[data-live=count]")).to_have_text("3")
    page.evaluate("window.isSameDocument = true")
    page.wait_for_selector("[data-live-note][data-state=on]")
    page.get_by_text("Show as table").click()
    page.get_by_role("link", name="All requests").focus()
    stage.verify(main["secret"])
    expect(page.locator("[data-live=count]")).to_have_text("4")
    expect(page.locator("[data-live=used]")).to_have_text(re.compile("just now|seconds? ago|minutes? ago"))
    # All that is shown of it has moved, and the reader is where they were.
    expect(page.get_by_text("4 uses and 0 refusals in the last 30 days (UTC).", exact=True)).to_be_visible()
    expect(page.locator("table.requests tbody tr")).to_have_count(4)
    expect(page.get_by_role("region", name="Uses and refusals by day")).to_be_visible()
    expect(page.get_by_role("link", name="All requests")).to_be_focused()
    run.expect(page.evaluate("window.isSameDocument") is True, "the key's page was loaded again")
    page.reload()

    # Rename, by keyboard.
    rename = page.locator("details.rename:not(.switch) summary")
    rename.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#rename")).to_be_focused()
    page.keyboard.press("Escape")
    expect(rename).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#rename")).to_be_focused()
    visitor.look("key-rename")
    page.locator("#rename").fill("Main sync")
    page.keyboard.press("Enter")
    expect(page.locator(".notice-good")).to_contain_text("new name")
    heading(page, "Main sync")
    run.expect(ledger.json("keys show", main["id"])["name"] == "Main sync", "the command line has another name")

    page.get_by_text("Disable…", exact=True).click()
    page.locator("#disable-reason").fill("under repair")
    page.get_by_role("button", name="Disable", exact=True).click()
    expect(page.locator(".badge")).to_have_text("Disabled")
    expect(page.locator(".notice")).to_have_count(1)  # what was just done, once
    expect(page.locator(".notice")).to_contain_text("disabled")
    page.reload()
    expect(page.locator(".notice")).to_have_count(1)  # what it is
    expect(page.locator(".notice-warn")).to_contain_text("disabled")
    run.expect(stage.verify(main["secret"]) == "DISABLED", "a disabled key is accepted")
    visitor.look("key-disabled")
    page.get_by_text("Enable…", exact=True).click()
    page.get_by_role("button", name="Enable", exact=True).click()
    expect(page.locator(".badge")).to_have_text("Active")
    run.expect(stage.verify(main["secret"]) == "VALID", "an enabled key is refused")

    # Everything about it.
    page.reload()
    expect(page.locator("[data-live=count]")).to_have_text("5")
    expect(page.locator("#chart-title ~ .legend, .legend").first).to_be_visible()
    expect(page.get_by_text("5 uses and 1 refusal in the last 30 days (UTC).", exact=True)).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("5 uses and 1 refusal"))).to_be_visible()
    page.get_by_text("Show as table").click()
    days_table = page.get_by_role("region", name="Uses and refusals by day")
    expect(days_table.locator("tbody tr")).to_have_count(30)
    figures = days_table.locator("tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].slice(1).map((cell) => Number(cell.textContent)))")
    run.expect(
        [sum(column) for column in zip(*figures)] == [5, 1],
        f"the chart's table adds up to {[sum(column) for column in zip(*figures)]}")
    refusal = page.locator("table.reasons tbody tr")
    expect(refusal).to_have_count(1)
    expect(refusal).to_contain_text("DISABLED")
    expect(refusal).to_contain_text("Enable it on the key's page")
    titles = page.locator(".timeline .event-title").all_inner_texts()
    for title in ("Created as “Main”", "Renamed to “Main sync”", "Disabled", "Enabled"):
        run.expect(title in titles, f"the timeline lacks {title!r}: {titles}")
    run.expect(len(titles) == 4, f"the history has more than what was done: {titles}")
    outcomes = page.locator("table.requests tbody .outcome").all_inner_texts()
    run.expect(sorted(outcomes) == ["Accepted"] * 5 + ["Refused"], f"the newest requests: {outcomes}")
    expect(page.locator(".facts")).to_contain_text("Integrations")
    visitor.look("key")

    # Revoke, with what it breaks.
    page.get_by_role("link", name="Revoke", exact=True).click()
    heading(page, "Revoke this key?")
    expect(page.locator("form .notice-bad")).to_contain_text("This key is in use: 5 calls in the last 24 hours.")
    expect(page.locator(".facts time")).to_have_text(re.compile("just now|ago"))
    expect(page.locator(".facts")).to_contain_text(re.compile(r"Uses in the last 24 hours\s*5"))
    visitor.look("revoke")
    page.get_by_role("link", name="Cancel").click()
    heading(page, "Main sync")
    run.expect(stage.status(main["id"]) == "active", "looking at the confirmation revoked the key")
    page.goto(site.base)
    page.locator(f"tr[data-key={main['id']}]").get_by_role("link", name=re.compile("Revoke")).click()
    page.locator("#reason").fill("Left in an e-mail")
    page.get_by_role("button", name="Revoke", exact=True).click()
    expect(page.locator(".notice-good")).to_contain_text("revoked")
    expect(page.locator(".badge")).to_have_text("Revoked")
    expect(page.locator(".timeline")).to_contain_text("Left in an e-mail")
    run.expect(stage.verify(main["secret"]) == "REVOKED", "a revoked key is accepted")
    run.expect(page.locator(".actions").count() == 0, "a revoked key can be changed")
    visitor.look("key-revoked")
    page.go_back()
    expect(page.locator(".badge").first).to_be_visible()
    page.goto(f"{site.base}/keys/{main['id']}/revoke")
    heading(page, "Main sync")
    expect(page.get_by_role("status").first).to_contain_text("ended already")
    page.goto(site.base)
    # It does not disappear from one's sight at once.
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.locator("tbody tr.is-revoked")).to_contain_text("Leaves this list soon")
    expect(page.locator(".range")).to_have_text("1–2 of 2, and 1 revoked just now")
    expect(page.get_by_role("link", name="Revoked 1")).to_be_visible()
    visitor.look("keys-revoked-just-now")
    never = page.locator("tbody tr", has_text="Never used")
    never.get_by_role("link", name=re.compile("Revoke")).click()
    expect(page.locator("form .notice")).to_contain_text("This key has never been used.")
    visitor.close()


def watched(stage, site):
    """What others do to a key, its open page says, and it offers nothing that cannot be done any more."""
    run, ledger = stage.run, stage.ledger
    key = ledger.create("Watched", "--account", "watched")
    visitor = site.account("watched", "watched")
    page = visitor.page
    page.get_by_role("link", name="Watched", exact=True).click()
    heading(page, "Watched")
    page.evaluate("window.isSameDocument = true")
    page.wait_for_selector("[data-live-note][data-state=on]")
    disable, note = page.get_by_text("Disable…", exact=True), page.locator("[data-part=banner]")
    expect(note).to_be_hidden()
    ledger.call("keys disable", key["id"])
    expect(note).to_contain_text("This key is disabled")
    expect(disable).to_be_hidden()
    expect(page.get_by_role("link", name="Revoke", exact=True)).to_be_visible()
    ledger.call("keys enable", key["id"])
    expect(note).to_contain_text("This key is active")
    expect(disable).to_be_visible()
    ledger.call("keys change", key["id"], "--name", "Watched by two", "--scope", "listings:read")
    heading(page, "Watched by two")
    expect(page.locator(".facts")).to_contain_text("listings:read")
    expect(page.locator(".event-title").first).to_have_text("Scopes widened, renamed to “Watched by two”")
    expect(page.get_by_role("button", name="Copy")).to_be_visible()
    disable.click()
    page.locator("#disable-reason").fill("typed, and not lost")
    stage.verify(key["secret"])
    expect(page.locator("[data-live=count]")).to_have_text("1")
    expect(page.locator("#disable-reason")).to_have_value("typed, and not lost")
    ledger.revoke(key["id"])
    expect(note).to_contain_text("This key was revoked on")
    expect(page.locator(".actions")).to_be_hidden()
    expect(page.locator("#disable-reason")).to_be_hidden()
    run.expect(page.evaluate("window.isSameDocument") is True, "the key's page was loaded again")
    visitor.look("key-revoked-elsewhere")
    expect(page.get_by_role("link", name="Create a new one")).to_be_visible()
    page.reload()
    run.expect(page.locator(".actions").count() == 0, "a revoked key can be changed")
    # A form that is open in another tab says that nothing of it was saved.
    other = ledger.create("Overtaken", "--account", "watched")
    page.goto(f"{site.base}/keys/{other['id']}/edit")
    page.locator("#name").fill("Too late")
    ledger.revoke(other["id"])
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Nothing was saved")
    visitor.close()


def refused(stage, site):
    """A form that is refused has the focus on what is wrong, and keeps what was filled in, with a script and without."""
    for script in (True, False):
        visitor = site.account(f"refused, script {script}", "refused", java_script_enabled=script)
        page = visitor.page
        page.goto(site.base + "/keys/new")
        page.locator("#name").fill("Kept name")
        page.locator("summary", has_text="allowed addresses").click()
        page.locator("#addresses").fill("nowhere")
        page.get_by_role("button", name="Generate").click()
        expect(page.locator("#addresses")).to_be_focused()
        expect(page.locator("#name")).to_have_value("Kept name")
        page.locator("#addresses").fill("")
        page.get_by_label(re.compile("^Choose scopes")).check()
        for box in page.locator("input[name=scope]").all():
            box.uncheck()
        page.get_by_role("button", name="Generate").click()
        expect(page.locator("#no-scopes")).to_be_focused()
        visitor.close()


def bulk(stage, site):
    """Forty keys: some are chosen and revoked, all that match are revoked, and the list is taken along as CSV."""
    run, ledger = stage.run, stage.ledger
    made = [site.client.create(f"Sync {number:02}", accountId="bulk") for number in range(40)]
    kept = ledger.create("Kept", "--account", "bulk", "--env", "test")
    for key in made[:2]:
        run.expect(stage.verify(key["secret"]) == "VALID", "a new key is refused")
    visitor = site.account("bulk", "bulk")
    page = visitor.page
    button = page.locator("[data-pick-text]")
    expect(button).to_be_disabled()
    page.get_by_label("Select all keys on this page").check()
    expect(button).to_have_text("Revoke 41 selected…")
    page.get_by_label("Select Kept").uncheck()
    expect(button).to_have_text("Revoke 40 selected…")
    visitor.look("keys-picked")
    page.get_by_label("Select all keys on this page").check()
    page.get_by_label("Select all keys on this page").uncheck()
    expect(button).to_be_disabled()
    for key in made[:3]:
        page.get_by_label(f"Select {key['name']}").check()
    button.click()
    heading(page, "Revoke 3 keys?")
    expect(page.locator("form .notice-bad")).to_contain_text("2 of these keys are in use: 2 calls in the last 24 hours.")
    visitor.look("revoke-keys")
    page.get_by_role("link", name="Cancel").click()
    heading(page, "API keys")
    run.expect(stage.status(made[0]["id"]) == "active", "looking at the question revoked a key")
    expect(button).to_have_text("Revoke 3 selected…")
    for key in made[:3]:
        expect(page.get_by_label(f"Select {key['name']}")).to_be_checked()
    page.go_back()
    heading(page, "Revoke 3 keys?")
    page.go_forward()
    page.get_by_role("button", name="Clear selection").click()
    expect(button).to_be_disabled()
    for key in made[:3]:
        page.get_by_label(f"Select {key['name']}").check()
    # A search away and back, it is still selected.
    page.locator("#q").fill("kept")
    page.keyboard.press("Enter")
    expect(page.locator("[data-pick-elsewhere]")).to_have_text("3 of them on other pages")
    visitor.look("keys-picked-elsewhere")
    page.get_by_role("link", name="Clear", exact=True).click()
    button.click()
    heading(page, "Revoke 3 keys?")
    ledger.revoke(made[2]["id"])
    page.locator("#reason").fill("Tidied up")
    page.get_by_role("button", name="Revoke 3 keys").click()
    heading(page, "Keys revoked")
    expect(page.locator(".notice-good")).to_have_text("3 keys are refused from now on, everywhere. 1 of them had ended before.")
    visitor.look("revoked-keys")
    run.expect({stage.verify(key["secret"]) for key in made[:3]} == {"REVOKED"}, "a key revoked with others is accepted")
    page.reload()
    heading(page, "Keys revoked")
    page.locator(".picked a").first.click()
    page.go_back()
    heading(page, "Keys revoked")
    page.go_back()  # to the question, which nothing is left of
    heading(page, "Keys revoked")
    page.get_by_role("link", name="Back to API keys").click()
    expect(page.locator("tbody tr:not(.is-revoked)")).to_have_count(38)
    expect(page.locator("tbody tr.is-revoked")).to_have_count(2)
    expect(button).to_be_disabled()
    run.expect(len(stage.keys_of("bulk")) == 41, "keys came or went")

    # The file, with what it says before.
    page.locator("#q").fill("sync")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Download CSV…").click()
    heading(page, "Download CSV")
    expect(page.get_by_text("37 keys, 11 columns.")).to_be_visible()
    visitor.look("export")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download CSV").click()
    rows = list(csv.reader(waiting.value.path().read_text(encoding="utf-8-sig").splitlines()))
    run.expect(len(rows) == 38 and rows[0][:6] == ["Name", "Status", "Created", "Expires", "Last Used", "Usage Count"], f"CSV: {rows[:2]}")
    run.expect(sorted(row[0] for row in rows[1:]) == [key["name"] for key in made[3:]], "the file holds other keys")
    page.get_by_role("link", name="Back to the list").click()

    # All that match, with their number.
    page.get_by_role("link", name="Revoke all 37 that match…").click()
    heading(page, "Revoke 37 keys?")
    page.locator("#number").fill("36")
    page.get_by_role("button", name="Revoke 37 keys").click()
    expect(page.locator("#number-error")).to_be_visible()
    visitor.look("revoke-keys-number")
    page.locator("#number").fill("37")
    page.get_by_role("button", name="Revoke 37 keys").click()
    expect(page.locator(".notice-good")).to_have_text("37 keys are refused from now on, everywhere.")
    page.get_by_role("link", name="Back to API keys").click()
    expect(page.locator("tbody tr.is-revoked")).to_have_count(37)
    expect(page.locator("tbody tr:not(.is-revoked)")).to_have_count(0)
    run.expect(stage.status(kept["id"]) == "active", "a key that does not match was revoked")
    visitor.close()


def rotate(stage, site):
    """A new secret for a key in use: guided, shown once, and the old one ends as it was said."""
    run, ledger = stage.run, stage.ledger
    key = ledger.create("Channel sync", "--account", "turning")
    run.expect(stage.verify(key["secret"]) == "VALID", "a new key is refused")
    visitor = site.account("rotating", "turning")
    page = visitor.page
    page.get_by_role("link", name="Channel sync", exact=True).click()
    page.get_by_role("link", name="Rotate", exact=True).click()
    heading(page, "Give this key a new secret")
    expect(page.locator(".facts")).to_contain_text(re.compile(r"In force\s*·\s*last used"))
    visitor.look("rotate")
    page.get_by_text("Keep the current secret until the new one is first used").click()
    page.get_by_role("button", name="Generate new secret").click()
    heading(page, "Your new secret")
    second = page.locator("#secret").input_value()
    stage.rotated_secrets[f"{BASE}/keys/{key['id']}/rotate"] = second
    expect(page.locator(".lead")).to_contain_text("works until this one is first used")
    visitor.look("rotated")
    page.get_by_role("link", name="Done").click()
    dialog = page.get_by_role("dialog", name="Leave without copying the key?")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Leave without it").click()
    heading(page, "Channel sync")
    run.expect(second not in page.content(), "the new secret stands on the key's page")
    expect(page.locator(".facts")).to_contain_text("Works until a newer one is used")
    expect(page.locator(".facts")).to_contain_text("never used")
    expect(page.locator(".timeline")).to_contain_text("New secret")
    visitor.look("key-rotated")
    page.go_back()
    run.expect(second not in page.content(), "going back shows the secret again")
    run.expect(stage.verify(key["secret"]) == "VALID", "the old secret ended too early")
    run.expect(stage.verify(second) == "VALID", "the new secret is refused")
    run.expect(stage.verify(key["secret"]) == "REVOKED", "the old secret goes on")
    # At once, for a leak; and the same form sent again rotates nothing.
    page.goto(f"{site.base}/keys/{key['id']}/rotate")
    form = {
        "csrf": page.locator("form input[name=csrf]").first.input_value(),
        "commandId": page.locator("input[name=commandId]").input_value(), "older": "now"}
    plain = site.plain(visitor.session()["value"])
    first = plain.post(f"{BASE}/keys/{key['id']}/rotate", form)
    run.expect(first.status == 200 and "Your new secret" in first.text, f"rotating: {first.status}")
    stage.secrets_without_browser.append(re.search(r"data-secret>(lhql_[^<]+)<", first.text)[1])
    again = plain.post(f"{BASE}/keys/{key['id']}/rotate", form)
    run.expect("rotated already" in again.text and "lhql_live_" not in again.text.replace("lhql_live_…", ""), "the same form rotated again")
    run.expect(stage.verify(second) == "REVOKED", "a leaked secret goes on")
    events = [event["type"] for event in ledger.events() if event["keyId"] == key["id"]]
    run.expect(events.count("SecretAdded") == 2 and events.count("SecretRetired") == 2, f"the log says {events}")
    visitor.close()


def troubleshooting(stage, site):
    run, ledger = stage.run, stage.ledger
    keys = {name: ledger.create(name, "--account", "trouble", *more) for name, more in {
        "good": ("--scope", "listings:read"), "bare": (), "revoked": (), "disabled": (), "expired": ("--expires", "1s")}.items()}
    ledger.revoke(keys["revoked"]["id"])
    ledger.call("keys disable", keys["disabled"]["id"])
    secrets = {name: key["secret"] for name, key in keys.items()}
    stage.pasted_secrets += secrets.values()
    other = Ledger(run, run.folder / "another ledger").admin  # whole, and of nobody here
    stage.pasted_secrets.append(other)
    visitor = site.account("troubleshooting", "trouble")
    page = visitor.page
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Troubleshooting").click()
    heading(page, "Troubleshooting")
    visitor.look("troubleshooting")
    for code in ("MISSING", "BAD_HEADER", "MALFORMED", "NOT_FOUND", "REVOKED", "EXPIRED", "DISABLED"):
        expect(page.locator(f"#{code}")).to_contain_text(code)
    events = sum(1 for _ in ledger.events())
    good = secrets["good"]
    # Header format, completeness, status, expiry; of an active key addresses, scopes, environment too; and the address, where it is another
    # than that of the listings API.
    fine = "ok ok ok ok ok ok ok"
    for pasted, states, words in (
        (f"Authorization: Bearer {good}", fine, "Nothing is wrong with the key"),
        (f"X-API-Key: {good}", fine, "Nothing is wrong with the key"),
        (f"  -H 'Authorization: Bearer {good}' \\", fine, "Nothing is wrong with the key"),
        (f"curl -sS -H 'Accept: */*' -H 'Authorization: Bearer {good}' \\\n  https://api.leadhql.com/v1/listings", fine + " note", "sent as it should"),
        (f"curl https://api.leadhql.com/v1/listings?api_key={good}", fine.replace("ok", "wrong", 1) + " note", "stands in the address"),
        (f"X-API-Key: {secrets['bare']}", "ok ok ok ok ok wrong ok", "has no scopes"),
        (f"Authorization: {good}", fine.replace("ok", "wrong", 1), "the header is wrong"),
        (good, fine.replace("ok", "note", 1), "How it goes into a request is below"),
        (f"axios.post('/v1/listings', {{ headers: {{ 'X-API-Key': '{good}' }} }})", "wrong ok ok ok ok wrong ok", "the header is wrong"),
        (f"Authorization: Bearer {good[:-5]}", "ok wrong skipped skipped", "complete key"),
        (f"Authorization: Bearer {good[:20]}", "ok wrong skipped skipped", "complete key"),
        ("Authorization: Bearer", "wrong skipped skipped skipped", "no key"),
        ("Authorization: Basic dXNlcjpwYXNz", "wrong skipped skipped skipped", "no key"),
        (f"Authorization: Bearer {secrets['revoked']}", "ok ok wrong skipped", "revoked"),
        (f"Authorization: Bearer {secrets['disabled']}", "ok ok wrong ok", "disabled"),
        (f"Authorization: Bearer {secrets['expired']}", "ok ok ok wrong", "expired"),
        (f"Authorization: Bearer {other}", "ok ok wrong skipped", "no such key"),
    ):
        with page.expect_navigation():
            page.locator("#requestHeader").fill(pasted)
            page.get_by_role("button", name="Check").click()
        shown = " ".join(found[1] for found in re.finditer(r"check check-(\w+)", page.content()))
        said = page.locator("#result h3").inner_text()
        masked = re.sub(r"(lhql_live_...)\w+", r"\1…", pasted)
        run.expect(shown == states and words in said, f"{masked!r}: {shown}; {said!r}")
        for word in pasted.split():
            run.expect(len(word) < 20 or word.strip("'") not in page.content(), f"{masked!r} is shown again")
        run.expect(page.locator("#requestHeader").input_value() == "", f"{masked!r} stays in its field")
    expect(page.get_by_text("No key of yours is this one")).to_be_visible()
    visitor.look("troubleshooting-result")
    page.locator("#requestHeader").fill(f"Authorization: Bearer {good}")
    page.get_by_role("link", name="API keys", exact=True).click()
    heading(page, "API keys")
    page.go_back()
    heading(page, "Troubleshooting")
    run.expect(page.locator("#requestHeader").input_value() == "", "what was pasted comes back with the page")
    # Not counted: neither as a use nor as a refusal, and nothing was written at all but expiry. (What keys of operators did
    # before is written in windows of a minute, so that it may come now; and this check itself reads by the command line.)
    pasted_keys = {key["id"] for key in keys.values()}
    more = [
        event for event in list(ledger.events())[events:]
        if event["type"] != "KeyExpired" and event["actor"]["id"] != "cli" and (event["type"] != "KeyUsed" or event["keyId"] in pasted_keys)]
    run.expect(not more, f"pasting keys wrote {more}")
    for name, key in keys.items():
        shown = ledger.json("keys show", key["id"])
        run.expect((shown["usageCount"], shown["refusedCount"]) == (0, 0), f"pasting the {name} key is counted: {shown}")
    visitor.close()


def without_script(stage, site):
    run = stage.run
    visitor = site.account("without script", "plain", java_script_enabled=False)
    page = visitor.page
    page.get_by_role("link", name="Create API Key").click()
    page.locator("#name").fill("Plain key")
    page.get_by_role("button", name="Generate").click()
    secret = created(stage, page, "Plain key")
    expect(page.get_by_text(COPY_NOW)).to_be_visible()
    stage.browser.picture(page, "no-script-created-1440")
    run.expect(stage.verify(secret) == "VALID", "the secret that was shown does not work")
    page.reload()  # which sends the form again
    heading(page, "This key was created already")
    is_gone_plain(stage, page, secret, "after sending the form again")
    run.expect(len(stage.keys_of("plain")) == 1, "sending the form again made a key")
    page.get_by_role("link", name="Back to API keys").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody time").first).to_contain_text("UTC")
    stage.browser.picture(page, "no-script-keys-1440")
    page.locator("#q").fill("plain")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("#q").fill("other")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="No key matches")).to_be_visible()
    page.get_by_role("link", name="Clear").click()
    page.get_by_label("Select Plain key").check()
    page.get_by_role("button", name="Revoke selected…").click()
    heading(page, "Revoke 1 key?")
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_label("Select Plain key")).to_be_checked()
    page.get_by_role("link", name="Plain key", exact=True).click()
    page.get_by_text("Rename", exact=True).click()
    page.locator("#rename").fill("Plainer key")
    page.get_by_role("button", name="Save").click()
    heading(page, "Plainer key")
    page.get_by_role("link", name="Revoke", exact=True).click()
    page.get_by_role("button", name="Revoke", exact=True).click()
    expect(page.locator(".badge")).to_have_text("Revoked")
    run.expect(stage.verify(secret) == "REVOKED", "a key revoked without script is accepted")
    page.get_by_role("button", name="Sign out").click()
    heading(page, "Sign in")
    visitor.close()


def is_gone_plain(stage, page, secret, when):
    stage.run.expect(secret not in page.content() and secret not in history(page), f"{when}: the secret is shown")


def documentation(stage, site):
    visitor = stage.browser.visitor("documentation")
    page = visitor.page
    page.goto(site.url + SIGN_IN)
    page.get_by_role("link", name="API documentation").first.click()
    heading(page, re.compile("."))
    expect(page.get_by_text("/v1/verify", exact=True).first).to_be_visible()
    visitor.look("api-docs")
    answer = page.goto(site.url + "/dashboard/nowhere")
    stage.run.expect(answer.status == 404, f"an unknown address: {answer.status}")
    heading(page, "There is nothing here")
    visitor.look("problem")
    visitor.close()
