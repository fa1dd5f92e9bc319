"""Draws docs/report.png and docs/page.png, README.md's pictures, from the demo: python docs/pictures.py [FOLDER].

FOLDER keeps the demo (results/demo, models/demo.zip); what is there already is not made again. Needs the extras `demo`
and `app`, the package playwright and a Chromium of the system.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from imaging.phantom import draw_field  # noqa: E402

PIPELINE = HERE.parent / "pipeline.py"
CACHE = "results/demo/cache/tf_efficientnet_lite0"
WIDTH, REPORT, PAGE = 960, 1200, 980  # of the pictures, and the height of each, in pixels
KINDS = ("insitu", "benign")  # of the fields of a new patient that are dropped into the page
COLOURS = 128  # of a picture


def command(folder: Path, *words: str) -> None:
    """Run a command of histoboost in the folder."""
    subprocess.run([sys.executable, PIPELINE, *words], cwd=folder, check=True)


def make_demo(folder: Path) -> None:
    """The demo's results and its bundle."""
    if not (folder / "results/demo/report.html").is_file():
        command(folder, "demo")
    if not (folder / "models/demo.zip").is_file():
        command(folder, "fit", "--name", "demo", "--cache", CACHE, "--folds", "6", "--with-thumbnails")


def save(screenshot: bytes, name: str) -> None:
    """Write a picture with few colours, so that it stays small."""
    picture = Image.open(BytesIO(screenshot)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(HERE / name, optimize=True)
    print(f"docs/{name}: {(HERE / name).stat().st_size / 1000:.0f} kB")


def draw_report(browser: Browser, folder: Path) -> None:
    """The beginning of the report."""
    page = browser.new_page(viewport={"width": WIDTH, "height": REPORT})
    page.goto((folder / "results/demo/report.html").as_uri())
    save(page.screenshot(), "report.png")
    page.close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Inside, the page is shown at this address."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port = tried.getsockname()[1]
    words = [sys.executable, PIPELINE, "app", "--offline", "--port", str(port)]
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True) as page:
        assert page.stdout is not None
        page.stdout.readline()
        try:
            yield f"http://127.0.0.1:{port}/"
        finally:
            page.terminate()
            page.communicate()


def new_fields(folder: Path) -> list[str]:
    """Files of fields that no model has seen."""
    files = []
    for number, kind in enumerate(KINDS, start=1):
        field = draw_field(kind, "new", number, 384, 512, seed=7)
        files.append(str(folder / f"field_{number}.png"))
        Image.fromarray(field.image).save(files[-1])
    return files


def draw_page(browser: Browser, folder: Path) -> None:
    """The page with the answers for two fields."""
    with served(folder) as address:
        page = browser.new_page(viewport={"width": WIDTH, "height": PAGE})
        page.goto(address)
        page.get_by_text("measured accuracy").wait_for(timeout=120_000)
        fields = new_fields(folder)
        page.set_input_files("input[type=file]", fields)
        page.get_by_role("button", name=f"Answer for {len(fields)} images").click()
        page.get_by_text("Take along").wait_for(timeout=240_000)
        page.locator("article.hb-card").first.evaluate("card => card.scrollIntoView({block: 'start'})")
        page.mouse.wheel(0, -140)  # the heading above the first card too
        page.wait_for_timeout(1500)
        save(page.screenshot(), "page.png")
        page.close()


def main() -> None:
    """Both pictures."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else scratch).resolve()
        make_demo(folder)
        with sync_playwright() as driver:
            chromium = shutil.which("chromium") or shutil.which("chromium-browser")
            browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            draw_report(browser, folder)
            draw_page(browser, folder)
            browser.close()


if __name__ == "__main__":
    main()
