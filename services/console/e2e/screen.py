"""The console as a person uses it: by the words on the screen, in either language."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT.parents[1] / "docs" / "images"
WAIT_MS = 60_000

_PAIR = re.compile(r"'([\w.-]+)': \[\s*(['\"])(.*?)\2,\s*(['\"])(.*?)\4,?\s*\]")


def texts() -> dict[str, tuple[str, str]]:
    """The console's own texts, Chinese and English."""
    found: dict[str, tuple[str, str]] = {}
    for path in (ROOT / "src" / "i18n").glob("*.ts"):
        for key, _, zh, _, en in _PAIR.findall(path.read_text("utf-8")):
            found[key] = (zh, en)
    return found


class Screen:
    """A signed-in browser window."""

    def __init__(self, page: Page, gateway: str, *, language: str) -> None:
        self.page = page
        self.gateway = gateway
        self.language = language
        self.errors: list[str] = []
        self._texts = texts()
        page.set_default_timeout(WAIT_MS)
        expect.set_options(timeout=WAIT_MS)
        page.on(
            "console", lambda said: self.errors.append(said.text) if said.type == "error" else None
        )
        page.on("response", lambda answer: self._note(answer.status, answer.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _note(self, status: int, url: str) -> None:
        if status >= 400:
            print(status, url)

    def t(self, key: str) -> str:
        """A text in the language of this screen."""
        return self._texts[key][1 if self.language == "en" else 0]

    def sign_in(self, username: str, password: str, *, company: str = "", code: str = "") -> None:
        """Open the console and sign in, on whichever page asks; with a code where a second factor is asked for."""
        self.page.add_init_script(
            f"localStorage.setItem('tongheng.language', JSON.stringify('{self.language}'));"
            "localStorage.setItem('tongheng.shade', JSON.stringify('light'));"
            + (
                f"localStorage.setItem('tongheng.company', JSON.stringify('{company}'));"
                if company
                else ""
            )
        )
        self.page.goto(f"{self.gateway}/console/")
        self.page.locator("input[autocomplete=username]").fill(username)
        self.page.locator("input[type=password]").fill(password)
        self.page.keyboard.press("Enter")
        if code:
            self.page.locator("input[autocomplete=one-time-code]").fill(code)
            self.page.keyboard.press("Enter")
        self.page.locator("header.bar").wait_for()
        if company:
            expect(self.page.locator(".company")).to_contain_text(company)

    def go(self, path: str) -> None:
        """To a place, as a link would lead there."""
        self.page.evaluate(
            "path => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate')) }",
            f"/console{path}",
        )
        # what stands there until the page's own file has come is the page before
        content = self.page.locator("#content")
        expect(content).to_have_attribute("data-path", path.partition("?")[0])
        expect(content).to_have_attribute("aria-busy", "false")

    def press(self, key: str) -> None:
        """The button with these words."""
        self.page.get_by_role("button", name=self.t(key), exact=True).click()

    def sure(self, key: str) -> None:
        """A grave button, and the answer to its question."""
        self.press(key)
        self.page.locator(".ant-modal-confirm-btns .ant-btn-dangerous").click()

    def status(self, word: str) -> None:
        """Wait until the document stands so."""
        expect(self.page.locator(".page-head .tag").first).to_have_text(self.t(f"v.{word}"))

    def number(self, prefix: str) -> str:
        """The number of the document that is shown, once it is one of this kind."""
        head = self.page.locator(".page-head h1")
        expect(head).to_have_text(re.compile(rf"{prefix}-\d{{4}}-"))
        return head.inner_text().split()[-1]

    def look_up(self, field: str, code: str) -> None:
        """Type a code into a field that names a record; Enter settles it."""
        place = self.page.get_by_role("combobox", name=self.t(field), exact=True)
        place.fill(code)
        place.press("Enter")
        expect(place).to_have_value(code)

    def cell(self, row: int, column: int) -> Locator:
        """A cell of the entry grid."""
        return self.page.locator(f'[data-cell="{row}.{column}"]')

    def share(self, line: int, field: str, value: str) -> None:
        """A quantity taken of another document's line."""
        name = f"{self.t('problem.line').replace('{{line}}', str(line))} {self.t(field)}"
        self.page.get_by_role("textbox", name=name, exact=True).fill(value)

    def linked(self, kind: str, about: str = "") -> Locator:
        """Links to documents that belong to the one shown."""
        rows = self.page.locator(".links li").filter(has_text=self.t(kind))
        return (rows.filter(has_text=about) if about else rows).locator("a")

    def shot(self, name: str) -> None:
        """Keep what is seen, for the README."""
        IMAGES.mkdir(parents=True, exist_ok=True)
        self.page.mouse.move(0, 0)
        expect(self.page.locator("[aria-busy=true], .skeleton")).to_have_count(0)
        self.page.screenshot(path=IMAGES / f"{name}.png")

    def faults(self) -> list[str]:
        """What axe finds serious on this page."""
        axe = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
        self.page.evaluate(axe)
        found = self.page.evaluate(
            "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations"
            ".filter(each => ['serious', 'critical'].includes(each.impact))"
            ".map(each => `${each.id}: ${each.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' | ')}`)"
        )
        return [str(each) for each in found]
