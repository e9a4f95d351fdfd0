"""One browser for all tests; each test has a company and a window of its own."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from operations.services import repository

from .erp import Company, Erp
from .screen import Screen

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def stack() -> dict[str, Any]:
    """Where the running stack is, and who may do everything there."""
    given = os.environ.get("TONGHENG_VAR")
    path = (Path(given) if given else repository() / "var") / "stack.json"
    assert path.exists(), "no stack is running: make up"
    return json.loads(path.read_text("utf-8"))


@pytest.fixture(scope="session")
def erp(stack: dict[str, Any]) -> Generator[Erp]:
    """The API."""
    calling = Erp(stack["gateway"], stack["admin"]["username"], stack["admin"]["password"])
    yield calling
    calling.close()


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    """Chromium as the system has it."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found is not None
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        running = playwright.chromium.launch(executable_path=found, args=arguments)
        yield running
        running.close()


@pytest.fixture
def company(erp: Erp) -> Company:
    """A company that no other test uses."""
    return Company(erp)


Window = Callable[..., Screen]
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note of a test that failed, so that its windows are looked at before they are closed."""
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def window(
    request: pytest.FixtureRequest, browser: Browser, stack: dict[str, Any]
) -> Generator[Window]:
    """Open a signed-in window; at the end the browser must have had nothing to complain of."""
    opened: list[Screen] = []

    def open_window(
        company: str,
        *,
        language: str = "zh-CN",
        width: int = 1440,
        height: int = 900,
        phone: bool = False,
        username: str = "",
        password: str = "",
        code: str = "",
    ) -> Screen:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=language, has_touch=phone, is_mobile=phone,
            device_scale_factor=2 if phone else 1, color_scheme="light", reduced_motion="reduce",
        )  # fmt: skip
        screen = Screen(context.new_page(), stack["gateway"], language=language)
        opened.append(screen)
        admin = stack["admin"]
        screen.sign_in(
            username or admin["username"], password or admin["password"], company=company, code=code
        )
        return screen

    yield open_window
    if request.node.stash.get(FAILED, False):
        for n, screen in enumerate(opened):
            path = repository() / "var" / "reports" / f"{request.node.name}-{n}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(PlaywrightError):
                screen.page.screenshot(path=path)
    for screen in opened:
        screen.page.context.close()
        assert screen.errors == []
