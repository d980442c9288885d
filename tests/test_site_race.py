"""The live race in a browser: it computes what helpers.networks computes, and is reached by keyboard, on a phone."""

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from browser import FLAGS, chromium
from sitebuild import race

from helpers import data
from helpers.networks.stack import StackedNetwork

pytestmark = [pytest.mark.slow, pytest.mark.browser]
ROOT = Path(__file__).resolve().parents[1]
STEPS, BATCH, SIZES = 100, 60, (64, 100, 100, 100, 10)
COMPUTE = """({kernels, batchNorm, activation, rate, momentum, batches}) => {
    const network = new Network(kernels, SIZES, batchNorm, activation, momentum), losses = [];
    for (const batch of batches) {
        const x = new Float32Array(batch.length * 64);
        batch.forEach((image, row) => x.set(PIXELS.subarray(image * 64, image * 64 + 64), row * 64));
        losses.push(network.step(x, batch.map((image) => LABELS[image]), rate));
    }
    const norms = network.norms.map((n) => [n.gamma, n.beta, n.movingMean, n.movingVariance].map((a) => [...a]));
    return {losses, kernels: network.kernels.map((a) => [...a]), norms,
        accuracy: network.accuracy(WATCHED.x, WATCHED.labels)};
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The page and its digits, as the site has them."""
    copy = tmp_path_factory.mktemp("site") / "race"
    shutil.copytree(ROOT / "docs" / "_static" / "race", copy)
    race.write(copy)
    return copy


@pytest.fixture(scope="module")
def page(folder):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        tab, asked, errors = browser.new_page(viewport={"width": 380, "height": 800}), [], []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto((folder / "index.html").as_uri())
        yield tab
        assert errors == []
        assert [url for url in asked if not url.startswith("file:")] == []
        browser.close()


@pytest.mark.parametrize(("activation", "rate", "momentum"), [("relu", 0.1, 0.9), ("sigmoid", 0.3, 0.99)])
@pytest.mark.parametrize("batch_norm", [True, False])
def test_a_hundred_steps_are_those_of_the_package(page, batch_norm, activation, rate, momentum):
    rng, digits = np.random.default_rng(0), data.load()
    kernels = [(0.1 * rng.standard_normal((n_in, n_out))).astype(np.float32) for n_in, n_out in pairwise(SIZES)]
    batches = [rng.permutation(len(digits.x_train))[:BATCH] for _ in range(STEPS)]
    theirs = page.evaluate(
        COMPUTE,
        {
            "kernels": [kernel.ravel().tolist() for kernel in kernels],
            "batchNorm": batch_norm,
            "activation": activation,
            "rate": rate,
            "momentum": momentum,
            "batches": [batch.tolist() for batch in batches],
        },
    )
    ours = StackedNetwork(
        [kernel[None].copy() for kernel in kernels],
        learning_rates=[rate],
        batch_size=BATCH,
        activation=activation,
        momentum=momentum,
        normalized="before" if batch_norm else None,
    )
    losses = [
        ours.step(digits.x_train[batch].reshape(1, BATCH, 64).copy(), digits.y_train[batch][None])[0]
        for batch in batches
    ]
    network = ours.network(0)
    np.testing.assert_allclose(theirs["losses"], losses, rtol=0, atol=2e-5)
    for mine, kernel in zip(network.parameters, theirs["kernels"], strict=True):
        np.testing.assert_allclose(kernel, mine["kernel"].ravel(), rtol=0, atol=2e-5)
    for mine, moving, norm in zip(network.parameters, network.moving_statistics, theirs["norms"]):
        expected = [mine["gamma"], mine["beta"], moving["moving_mean"], moving["moving_variance"]]
        np.testing.assert_allclose(norm, expected, rtol=2e-5, atol=2e-5)
    assert len(theirs["norms"]) == len(network.moving_statistics)
    accuracy = network.accuracy(digits.x_validation, digits.y_validation)
    assert theirs["accuracy"] == pytest.approx(accuracy, abs=1.5 / len(digits.x_validation))


def test_it_is_below_300_kilobytes(folder):
    assert sum(path.stat().st_size for path in folder.iterdir()) < 300_000


def test_it_runs_by_keyboard_alone_on_a_phone(page):
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")  # the learning rate
    page.keyboard.press("ArrowRight")
    assert page.locator("output[for=rate]").text_content() == "0.3"
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "activation"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("race.step >= 100")
    page.keyboard.press("Enter")
    assert page.locator("#go").text_content() == "Start"
    assert page.locator("#aloud").text_content() == page.locator("#status").text_content()
    assert page.evaluate("document.documentElement.scrollWidth") <= 380


def test_axe_finds_nothing(page):
    from axe_playwright_python.sync_playwright import Axe

    assert [one["id"] for one in Axe().run(page).response["violations"]] == []
