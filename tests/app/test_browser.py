"""The page in a browser: drop an image, see the answer, move the threshold, take the table; nothing comes from outside.

Needs playwright and a Chromium of the system, neither of which is installed with histoboost.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.app.work.test_supervise import free_port

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def browser():
    pytest.importorskip("streamlit")
    playwright = pytest.importorskip("playwright.sync_api", reason="the browser's driver is not here")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(place, tmp_path_factory):
    """Where the page is, over the small bundle, as the command shows it."""
    port = free_port()
    command = [sys.executable, ROOT / "pipeline.py", "app", "--models", place.bundle.parent, "--port", port]
    folder = tmp_path_factory.mktemp("browser")
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True, cwd=folder) as page:
        page.stdout.readline()
        yield f"http://127.0.0.1:{port}/"
        page.terminate()


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_from_an_image_to_its_answer_and_the_table(browser, address, place, tmp_path, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    page.get_by_text("measured accuracy").wait_for(timeout=60_000)
    page.set_input_files("input[type=file]", str(place.new / "test3.png"))
    page.get_by_role("button", name="Answer for 1 image").click()
    page.get_by_text("Take along").wait_for(timeout=60_000)
    assert page.locator("article.hb-card").count() == 1
    page.get_by_text("When is an image called positive?").click()
    before = page.locator(".hb-tiles").inner_text()
    slider = page.get_by_role("slider").first
    slider.focus()
    for _ in range(3):
        slider.press("End")
    page.get_by_text("Called negative").wait_for(timeout=10_000)
    assert page.locator(".hb-tiles").inner_text() != before
    with page.expect_download() as download:
        page.get_by_role("button", name="Table (CSV)").click()
    download.value.save_as(tmp_path / "answers.csv")
    (row,) = pd.read_csv(tmp_path / "answers.csv").to_dict("records")
    assert row["image"] == "test3.png" and row["views"] == 4
    assert page.get_by_text("For research. Not a diagnostic device.").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing is wider than the screen"
    again = browser.new_page()
    again.goto(page.url)
    again.get_by_text("Take along").wait_for(timeout=20_000)
    assert all(url.startswith((address, address.replace("http", "ws"), "data:", "blob:")) for url in asked)
    assert faults == []
