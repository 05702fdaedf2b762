"""The front page: says what this is and leads to the APIs; the same in a real browser, without any script."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator

import pytest
from werkzeug.serving import make_server

from services.chassis.settings import Settings
from services.portal.app import SERVICES, create_app


def test_it_leads_to_every_service() -> None:
    page = create_app(Settings(source_url="https://code.example/convene")).test_client().get("/").get_data(as_text=True)
    for name, _about in SERVICES:
        assert f'href="/api/{name}/docs"' in page
    assert "https://code.example/convene" in page
    assert "<script" not in page


def test_an_unknown_page_says_so() -> None:
    answer = create_app(Settings()).test_client().get("/nowhere")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


@pytest.fixture
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(Settings()), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()


@pytest.mark.real
def test_it_can_be_used_in_a_browser_with_the_keyboard_alone(address: str) -> None:
    browser_path = shutil.which("chromium")
    if browser_path is None:
        message = "no browser: deploy/browser install"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640}).new_page()
        page.goto(address)
        assert page.get_by_role("heading", level=1).inner_text() == "Convene"
        assert page.get_by_role("search").get_by_label("Search the register").is_visible()
        widths = page.locator("body").bounding_box()
        assert widths is not None
        assert widths["width"] <= 320  # nothing to scroll sideways on a small phone
        page.keyboard.press("Tab")
        page.keyboard.type("water")
        page.keyboard.press("Enter")
        page.wait_for_url("**/api/search/partnerships?q=water")
        browser.close()
