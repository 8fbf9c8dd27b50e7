"""A browser on the settings page, that notices what should not happen, and looks at how pages look."""
import re
import shutil

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

# In the middle one only the width of the page is measured, and pictures are taken: axe takes most of the time of a look.
WIDTHS = {390: 844, 768: 1024, 1440: 900}
AXE_WIDTHS = (390, 1440)
PATIENCE = 120_000  # milliseconds: as long as a machine that does something else may need
expect.set_options(timeout=PATIENCE)

# What is wider than the page, for whoever has to mend it. Boxes that scroll by themselves may hold wider things.
TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return null;
    return [...document.querySelectorAll("body *")]
        .filter((e) => e.getBoundingClientRect().right > width + 1 && !e.closest(".vh, svg"))
        .slice(0, 5).map((e) => `${e.tagName.toLowerCase()}.${e.getAttribute("class") ?? ""}`);
}"""


class Browser:
    """One Chromium; each visitor has cookies of their own."""

    def __init__(self, run, screenshots=None):
        self.run, self.screenshots = run, screenshots
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        if program is None:
            raise FileNotFoundError("chromium is not installed")
        driver = sync_playwright().start()
        run.at_end(driver.stop)
        self.chromium = driver.chromium.launch(executable_path=program, args=["--no-sandbox"], timeout=PATIENCE)
        run.at_end(self.chromium.close)
        self.axe = Axe()
        self.looked_at = 0

    def visitor(self, name, **options):
        return Visitor(self, name, options)

    def look(self, page, name):
        """Axe, the width, and pictures: light and dark, narrow, in the middle and wide."""
        before = page.viewport_size
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            for scheme in ("light", "dark"):
                if scheme == "dark" and width not in AXE_WIDTHS and not self.screenshots:
                    continue
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                where = f"{name}, {width} px, {scheme}"
                for violation in self.axe.run(page).response["violations"] if width in AXE_WIDTHS else []:
                    nodes = [f"{node['html'][:200]}: {node['failureSummary']}" for node in violation["nodes"][:3]]
                    self.run.violation(f"{where}: axe {violation['id']}: {violation['help']}: {nodes}")
                if scheme == "light":
                    wide = page.evaluate(TOO_WIDE)
                    self.run.expect(wide is None, f"{where}: the page scrolls sideways: {wide}")
                self.picture(page, f"{name}-{width}-{scheme}")
                self.looked_at += 1
        page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        page.set_viewport_size(before)

    def picture(self, page, name):
        if self.screenshots:
            self.screenshots.mkdir(parents=True, exist_ok=True)
            # Of a dialog what is in sight; of very long pages their beginning.
            height = page.evaluate("document.documentElement.scrollHeight")
            is_whole = height < 6000 and page.locator("dialog[open]").count() == 0
            page.screenshot(path=self.screenshots / f"{name}.png", full_page=is_whole, timeout=PATIENCE)


class Visitor:
    """Somebody with a browser of their own. What their pages complain about is a violation at once."""

    def __init__(self, browser, name, options):
        self.browser, self.run, self.name = browser, browser.run, name
        self.context = browser.chromium.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "timezone_id": "Asia/Kolkata", "locale": "en-GB", **options})
        self.context.set_default_timeout(PATIENCE)
        self.context.set_default_navigation_timeout(PATIENCE)
        self.dialogs = []
        self.answers_dialogs_with = "dismiss"
        self.page = self.tab()

    def tab(self):
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.run.violation(f"{self.name}: script error at {page.url}: {error}"))
        page.on("console", lambda message: self.complaint(page, message))
        page.on("dialog", self.dialog)
        return page

    def complaint(self, page, message):
        # Chromium says of each page with a status of 400 and more that it failed to load; what should load is held against
        # the wire at the end.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.run.violation(f"{self.name}: the console says at {page.url}: {message.text}")

    def dialog(self, dialog):
        self.dialogs.append(dialog.type)
        getattr(dialog, self.answers_dialogs_with)()

    def session(self):
        return next((cookie for cookie in self.context.cookies() if cookie["name"] == "keyledger_session"), None)

    def look(self, name, page=None):
        self.browser.look(page or self.page, name)

    def close(self):
        self.context.close()


def heading(page, text):
    whole = text if isinstance(text, re.Pattern) else re.compile(f"^{re.escape(text)}$")
    expect(page.get_by_role("heading", level=1)).to_have_text(whole)
