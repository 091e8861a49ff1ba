#!/usr/bin/python3
"""The teaching report in a real browser: Debian's Chromium, driven by Selenium.

    report_test.py IMPASTO

IMPASTO is the program, which explains a small run of the sample pictures. Exits with 77, and says why, where the browser is not there. Leaves
screenshots, light, dark and narrow, in the folder that IMPASTO_SCREENSHOTS names.
"""

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SKIPPED = 77  # SKIP_RETURN_CODE in tests/CMakeLists.txt


def skip(reason):
    print(f"skipped: {reason} (tools/setup.sh --browser installs it)")
    sys.exit(SKIPPED)


try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    skip("there is no Selenium for this Python")

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
if CHROMIUM is None or DRIVER is None:
    skip("there is no chromium with its chromedriver")

SECTIONS = ["run", "network", "forward", "grams", "backward", "pixel", "course", "choices"]
WIDE = (1200, 900)
NARROW = (360, 740)
TALLEST_SCREENSHOT = 4000


def write_page(program, path):
    samples = pathlib.Path(__file__).parents[2] / "docs" / "samples"
    subprocess.run([program, "explain", samples / "chelsea.jpg", samples / "swirling_night.jpg", "-o", path,
                    "--device", "cpu", "--weights", "oriented", "--size", "64", "--iterations", "12", "--progress", "none"],
                   check=True, stdout=subprocess.DEVNULL)


def start_browser(profile):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage",
                     f"--user-data-dir={profile}"]:
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium's sandbox does not start as root
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service(DRIVER), options=options)


def number_in(text):
    """"−4.5×10⁻⁷", or "10⁻⁶" for a mantissa of 1, as a number."""
    superscripts = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
    mantissa = text.rstrip(superscripts)
    exponent = text[len(mantissa):].translate(str.maketrans(superscripts, "-0123456789"))
    if exponent:
        mantissa = mantissa.removesuffix("10").removesuffix("×")
        mantissa = mantissa + "1" if mantissa in ("", "−") else mantissa
    return float(mantissa.replace("−", "-") + ("e" + exponent if exponent else ""))


class ReportTest(unittest.TestCase):
    program = ""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        page = pathlib.Path(cls.folder.name) / "report.html"
        write_page(cls.program, page)
        cls.address = page.as_uri()
        cls.browser = start_browser(pathlib.Path(cls.folder.name) / "profile")
        cls.addClassCleanup(cls.browser.quit)

    def setUp(self):
        self.resize(*WIDE)
        self.prefer("light")
        self.browser.get(self.address)

    def resize(self, width, height):
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})

    def prefer(self, scheme):
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def report(self):
        text = self.find("#explanation").get_attribute("textContent")
        return json.loads(text)

    def choose(self, group, value):
        self.find(f"#{group}-{value}").click()

    def cells(self, table):
        """The texts of the table's body that is shown, row by row, without the rows' headings."""
        rows = self.browser.find_elements(By.CSS_SELECTOR, f"#{table} tbody:not([hidden]) tr")
        return [[cell.text for cell in row.find_elements(By.TAG_NAME, "td")] for row in rows]

    def style(self, selector, name):
        return self.find(selector).value_of_css_property(name)

    def test_makes_no_request_and_logs_no_error(self):
        self.browser.get_log("performance")  # the browser's own beginnings
        self.browser.get(self.address)
        requests = []
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                requests.append(message["params"]["request"]["url"])
        self.assertIn(self.address, requests)
        foreign = [url[:80] for url in requests if not url.startswith(("data:", "chrome:", self.address))]
        self.assertEqual(foreign, [])
        self.assertEqual(self.browser.get_log("browser"), [])

    def test_shows_every_picture(self):
        broken = self.browser.execute_script(
            "return [...document.images].filter(image => image.naturalWidth === 0).length")
        self.assertEqual(broken, 0)

    def test_the_slider_moves_by_keyboard_through_the_pictures(self):
        slider = self.find("#moment-slider")
        updates = self.report()["moments"]
        seen = []
        texts = []
        slider.send_keys(Keys.HOME)
        for position in range(len(updates)):
            shown = [moment for moment in self.browser.find_elements(By.CSS_SELECTOR, ".moment")
                     if moment.is_displayed()]
            self.assertEqual(len(shown), 1)
            self.assertEqual(int(shown[0].get_attribute("data-updates")), updates[position])
            seen.append(shown[0].find_element(By.TAG_NAME, "img").get_attribute("src"))
            texts.append(self.find("#moment-live").text)
            self.assertIn(slider.get_attribute("aria-valuetext").lower(), texts[-1].lower())
            slider.send_keys(Keys.ARROW_RIGHT)
        self.assertEqual(len(set(seen)), len(updates))
        self.assertEqual(len(set(texts)), len(updates))
        self.assertEqual(self.find("#moment-live").get_attribute("aria-live"), "polite")

    def test_the_marker_in_the_loss_curves_follows_the_slider(self):
        slider = self.find("#moment-slider")
        places = []
        for key in [Keys.HOME, Keys.ARROW_RIGHT, Keys.END]:
            slider.send_keys(key)
            places.append(float(self.find("#course-losses .marker").get_attribute("x1")))
        self.assertEqual(places, sorted(set(places)))

    def test_every_pixel_and_channel_is_worked_out(self):
        report = self.report()
        texts = set()
        for pixel, worked in enumerate(report["pixels"]):
            for channel, numbers in enumerate(worked["channels"]):
                self.choose("pixel-choice", pixel)
                self.choose("channel-choice", channel)
                with self.subTest(pixel=pixel, channel=channel):
                    self.assert_worked_out(numbers)
                texts.add(self.find("#pixel-live").text)
                chosen = self.find(".ring.chosen").get_attribute("data-pixel")
                self.assertEqual(int(chosen), pixel)
        self.assertEqual(len(texts), 3 * len(report["pixels"]))

    def assert_worked_out(self, numbers):
        checks = self.cells("pixel-check")
        total = number_in(checks[0][0])
        self.assertLess(abs(total - numbers["sum"]), 1e-6 * abs(numbers["sum"]))
        parts = [number_in(text) for row in self.cells("pixel-parts") for text in row]
        self.assertEqual(len(parts), 9)
        self.assertAlmostEqual(sum(parts), total, delta=2e-5 * max(map(abs, parts)))
        formula = number_in(checks[2][0])
        self.assertAlmostEqual(formula, numbers["sum"] + numbers["tv"], delta=1e-6 * abs(numbers["sum"]))
        off = abs(numbers["numeric"] - numbers["backend"]) / abs(numbers["backend"])
        self.assertAlmostEqual(number_in(checks[4][1]), off, delta=0.06 * off)
        products = []
        for row in self.cells("pixel-terms"):
            w, dz, product = map(number_in, row[2:])
            self.assertAlmostEqual(w * dz, product, delta=2e-5 * abs(product))
            products.append(abs(product))
        self.assertEqual(len(products), 10)
        self.assertEqual(products, sorted(products, reverse=True))

    def test_the_first_choice_comes_back(self):
        channel = int(self.find("input[name=channel-choice]:checked").get_attribute("value"))
        before = self.worked_numbers()
        self.choose("channel-choice", (channel + 1) % 3)
        for shown, other in zip(before, self.worked_numbers()):
            self.assertNotEqual(shown, other)
        self.choose("channel-choice", channel)
        self.assertEqual(self.worked_numbers(), before)

    def worked_numbers(self):
        parts = [text for row in self.cells("pixel-parts") for text in row]
        checks = [self.cells("pixel-check")[row][0] for row in [0, 2, 3, 4, 5]]
        return [*parts, *checks, self.cells("pixel-terms")]

    def test_the_pixel_is_chosen_by_keyboard(self):
        before = self.find("#pixel-live").text
        self.find("#pixel-choice-0").send_keys(Keys.ARROW_RIGHT)
        self.assertNotEqual(self.find("#pixel-live").text, before)

    def test_the_first_tab_stop_skips_to_the_report(self):
        self.find("body").send_keys(Keys.TAB)
        link = self.browser.switch_to.active_element
        self.assertEqual(link.get_attribute("href"), self.address + "#main")
        self.assertGreaterEqual(link.rect["y"], 0)

    def test_everything_can_be_read_without_the_script(self):
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        try:
            self.browser.get(self.address)
            moments = self.browser.find_elements(By.CSS_SELECTOR, ".moment")
            self.assertTrue(all(moment.is_displayed() for moment in moments))
            self.assertFalse(self.find("#moment-slider").is_displayed())
            self.assertFalse(self.find("#pixel-chooser").is_displayed())
            self.assertIn("the sum is", self.find("#pixel-live").text)
        finally:
            self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

    def test_a_phone_need_not_scroll_sideways(self):
        self.resize(*NARROW)
        self.browser.get(self.address)
        width = self.browser.execute_script("return document.documentElement.scrollWidth")
        self.assertLessEqual(width, NARROW[0])
        beyond = self.browser.execute_script("""
            const inBox = element => element.closest(".scroll") !== null;
            return [...document.querySelectorAll("main *, header *")].filter(
                element => !inBox(element) && element.getBoundingClientRect().right > 361
            ).map(element => element.tagName + "." + element.className).slice(0, 10)""")
        self.assertEqual(beyond, [])

    def test_is_dark_where_the_reader_prefers_that(self):
        def lightness(name):
            red, green, blue = map(int, re.findall(r"\d+", self.style("body", name))[:3])
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue
        self.assertGreater(lightness("background-color"), lightness("color") + 150)
        self.prefer("dark")
        self.assertLess(lightness("background-color"), lightness("color") - 150)

    def test_screenshots(self):
        folder = os.environ.get("IMPASTO_SCREENSHOTS")
        target = pathlib.Path(folder or self.folder.name)
        target.mkdir(parents=True, exist_ok=True)
        for look, size, scheme in [("light", WIDE, "light"), ("dark", WIDE, "dark"),
                                   ("narrow", NARROW, "light")]:
            self.resize(*size)
            self.prefer(scheme)
            self.browser.get(self.address)
            for part in ["header", *(f"#{section}" for section in SECTIONS)]:
                file = target / f"{look}-{part.strip('#')}.png"
                file.write_bytes(self.screenshot(part))
                self.assertGreater(file.stat().st_size, 2000)

    def screenshot(self, selector):
        rect = self.find(selector).rect
        result = self.browser.execute_cdp_cmd("Page.captureScreenshot", {
            "captureBeyondViewport": True,
            "clip": {"x": rect["x"], "y": rect["y"], "width": rect["width"],
                     "height": min(rect["height"], TALLEST_SCREENSHOT), "scale": 1}})
        return base64.b64decode(result["data"])


if __name__ == "__main__":
    ReportTest.program = sys.argv.pop(1)
    unittest.main()
