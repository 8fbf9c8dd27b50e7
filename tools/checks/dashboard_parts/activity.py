"""What was done to keys and with them, forms that outlive their session, and what is printed."""
import csv
import io
import re

from dashboard_parts.browser import heading
from dashboard_parts.stage import BASE
from playwright.sync_api import expect


def requests(stage, site):
    """The request log of a key: by outcome, page by page, in one time zone with the chart and the history."""
    run = stage.run
    key = site.client.create("Requested", accountId="requested", scopes=["listings:read"])
    for number in range(60):
        site.client.verify(key["secret"], ip=f"198.51.100.{number % 5}", method="GET", path=f"/v1/listings/{number}?secret=no")
    site.client.verify(key["secret"], ip="203.0.113.9", method="DELETE", path="/v1/listings/1", scopes=["listings:write"])
    visitor = site.account("requests", "requested")
    page = visitor.page
    page.get_by_role("link", name="Requested", exact=True).click()
    heading(page, "Requested")
    expect(page.locator("[data-live=from]")).to_have_text("from 198.51.100.4")
    # A refusal is recorded when its second has passed.
    for _ in range(50):
        if page.locator("table.requests", has_text="INSUFFICIENT_SCOPE").count():
            break
        page.wait_for_timeout(200)
        page.reload()
    expect(page.locator("table.requests tbody tr").first).to_contain_text("203.0.113.9")
    # Whatever zone the reader is in, all times are in the chart's.
    times = page.locator("main time:not([data-relative])")
    texts = times.all_inner_texts()
    run.expect(bool(texts) and all(text.endswith("UTC") for text in texts), f"times on a key's page: {texts}")
    run.expect("in your time zone" in times.first.get_attribute("title"), f"title of a time: {times.first.get_attribute('title')}")
    expect(page.locator("[data-zone]")).to_contain_text("Times are in UTC")
    visitor.look("key-requests")
    page.get_by_role("link", name="All requests").click()
    heading(page, "Requests with this key")
    expect(page.locator("table.requests tbody tr")).to_have_count(50)
    visitor.look("requests")
    page.get_by_role("link", name="Older").click()
    expect(page.locator("table.requests tbody tr")).to_have_count(11)
    page.get_by_label("Outcome").select_option("INSUFFICIENT_SCOPE")
    page.get_by_role("button", name="Show").click()
    row = page.locator("table.requests tbody tr")
    expect(row).to_have_count(1)
    for words in ("DELETE /v1/listings/1", "listings:write", "203.0.113.9", "or use a key that has it"):
        expect(row).to_contain_text(re.compile(re.escape(words), re.IGNORECASE))
    run.expect("secret=no" not in page.content(), "a query is in the request log")
    visitor.look("requests-refused")
    visitor.close()


def deeds(stage, site):
    """The page Activity: who did what, by filter, and as CSV."""
    run, ledger = stage.run, stage.ledger
    key = ledger.create("=Formula", "--account", "active")
    visitor = site.account("activity", "active", subject="Zoë")
    page = visitor.page
    page.get_by_role("link", name="=Formula", exact=True).click()
    page.locator("details.rename:not(.switch) summary").click()
    page.locator("#rename").fill("Plain")
    page.get_by_role("button", name="Save").click()
    heading(page, "Plain")
    page.get_by_role("link", name="Activity", exact=True).click()
    heading(page, "Activity")
    rows = page.locator("table.activity tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Renamed to “Plain”")
    visitor.look("activity")
    page.get_by_label("Who").fill("zoe")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    run.expect(page.url.endswith("/activity?by=zoe"), f"the address of a filter: {page.url}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    lines = list(csv.reader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    run.expect(len(lines) == 2 and lines[1][5] == "Zoë" and lines[1][3] == key["id"], f"the file: {lines}")
    page.get_by_role("link", name="Clear").click()
    expect(rows).to_have_count(2)
    page.get_by_label("What", exact=True).select_option("Created")
    page.get_by_role("button", name="Show").click()
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="Plain").click()
    heading(page, "Plain")
    page.goto(f"{site.base}/activity?what=revoked")
    expect(page.get_by_text("Nothing was done yet that matches.")).to_be_visible()
    visitor.look("activity-none")
    visitor.close()
    operator = site.operator("activity of all")
    operator.page.goto(f"{site.base}/activity")
    operator.page.get_by_label("Account").fill("active")
    operator.page.get_by_role("button", name="Show").click()
    expect(operator.page.locator("table.activity tbody tr")).to_have_count(2)
    operator.look("activity-operator")
    operator.close()


def kept_form(stage, site):
    """A form that is open when the session ends: shown again after signing in, by key or by the host product; never sent by itself."""
    run, ledger = stage.run, stage.ledger
    admin = ledger.create("admin for a while", "--permission", "admin")
    visitor = site.operator("a session that ends", admin["secret"])
    page = visitor.page
    page.goto(f"{site.base}/keys/new")
    page.locator("#name").fill("Typed before the end")
    page.get_by_label("A new account").check()
    page.locator("#newAccountId").fill("kept")
    ledger.revoke(admin["id"])
    page.get_by_role("button", name="Generate").click()
    heading(page, "Sign in")
    expect(page.get_by_role("status").first).to_contain_text("as you filled it in")
    visitor.look("sign-in-form-kept")
    site.sign_in(page, ledger.admin)
    heading(page, "Create API Key")
    expect(page.locator("#name")).to_have_value("Typed before the end")
    expect(page.locator("#newAccountId")).to_have_value("kept")
    expect(page.get_by_role("status").first).to_contain_text("Your session had ended")
    visitor.look("create-form-kept")
    run.expect(page.url == f"{site.base}/keys/new", f"the address of a kept form: {page.url}")
    run.expect(not any(key["name"] == "Typed before the end" for key in ledger.json("keys list")), "a kept form was sent by itself")
    visitor.close()

    key = ledger.create("To be revoked", "--account", "leaving")
    visitor = site.account("signed out in another tab", "leaving")
    page = visitor.page
    page.goto(f"{site.base}/keys/{key['id']}/revoke")
    page.locator("#reason").fill("Typed before signing out")
    other = visitor.tab()
    other.goto(site.base)
    other.get_by_role("button", name="Sign out").click()
    heading(other, "Sign in")
    page.get_by_role("button", name="Revoke", exact=True).click()
    heading(page, "Sign in")
    run.expect(stage.status(key["id"]) == "active", "a form without a session revoked a key")
    site.hand_over(visitor, "leaving", "Jane Doe")
    heading(page, "Revoke this key?")
    expect(page.locator("#reason")).to_have_value("Typed before signing out")
    page.get_by_role("button", name="Revoke", exact=True).click()
    heading(page, "To be revoked")
    expect(page.locator(".timeline")).to_contain_text("Typed before signing out")
    visitor.close()


def on_paper(stage, site):
    """Nothing to click is printed."""
    key = stage.ledger.create("Printed", "--account", "printed")
    stage.verify(key["secret"])
    visitor = site.account("printing", "printed")
    page = visitor.page
    for path in ("", f"/keys/{key['id']}", f"/keys/{key['id']}/requests", "/activity"):
        page.goto(site.base + path)
        page.emulate_media(media="print")
        shown = page.evaluate(
            """() => [...document.querySelectorAll("button, summary, select, input:not([type=hidden]), .button")]
                .filter((element) => element.checkVisibility() && !element.closest(".vh")).map((element) => element.outerHTML.slice(0, 80))""")
        stage.run.expect(not shown, f"{path or BASE} on paper has {shown}")
        page.emulate_media(media="screen")
    visitor.close()
