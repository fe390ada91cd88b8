"""What tests in several folders begin with."""

import pytest


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium."""
    from tests.web.browsing import launched  # with the page's packages, which few tests need

    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def world():
    """Striped images and their classes."""
    from tests.web.browsing import pictures

    return pictures()
