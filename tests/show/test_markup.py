"""The shared components, as markup."""

import pytest
from jinja2 import UndefinedError
from tests.show.cases import looked_at

from likewise.show import STATIC, HeldPictures, templates

BAD = '<script>alert("1")</script>'


def rendered(macro, *values):
    return getattr(templates().get_template("macros.html").module, macro)(*values)


def test_text_is_text_and_never_markup():
    card = {"page": None, "picture": None, "text": BAD, "name": BAD, "label": BAD}
    for shown in (rendered("tile", card), rendered("pick", card, BAD), rendered("pre", BAD), rendered("legend", [BAD])):
        assert "<script" not in shown
        assert "&lt;script&gt;" in shown
    assert "<script" not in rendered("facts", [(BAD, BAD)])


def test_what_is_missing_is_an_error_and_one_environment_serves():
    with pytest.raises(UndefinedError):
        templates().from_string("{{ nothing }}").render()
    assert templates() is templates()
    assert templates().from_string("{{ 0.5 | share }} {{ -1 | ink }}").render() == "50% #8a93a3"


def test_strips_show_weights_and_whether_labels_agree():
    view, _ = looked_at(HeldPictures)
    anchors = view.examples(3)
    shown = rendered("strips", view, [*anchors, 31], 4)
    positives = [positive for anchor in anchors for positive in view.positives(anchor, 4)[0]]
    assert shown.count("agrees") == sum(positive.agrees is True for positive in positives)
    assert shown.count("clashes") == shown.count("labels differ") == sum(p.agrees is False for p in positives)
    assert shown.count('class="weight"') == len(positives)
    assert shown.count("nobody") == 1  # the last sample is isolated
    assert "href" not in shown


def test_on_a_page_samples_lead_to_their_own_and_in_a_file_nowhere():
    served, _ = looked_at()
    held, _ = looked_at(HeldPictures)
    found = served.edges(0, 5)[0]
    assert rendered("edges", served, found).count('href="/sample/') == 10
    assert "href" not in rendered("edges", held, found)
    assert rendered("hubs", held, held.hubs(4)).count("data:image/png;base64,") == 4


def test_the_style_sheet_and_the_script_need_nothing_else():
    for name in ("show.css", "map.js"):
        text = (STATIC / name).read_text()
        assert "http" not in text
        assert "url(" not in text
        assert "\nimport " not in text
        assert "</" not in text
