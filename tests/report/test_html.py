import pytest

from likewise.errors import LikewiseError
from likewise.report import Page, code, figure, paragraph, table


def test_text_is_text_and_never_markup():
    page = Page("<b>bold</b>", "a & b")
    page.section("<i>", paragraph("<script>alert(1)</script>"), code("1 < 2"))
    shown = page.render("<u>")
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "&lt;b&gt;bold&lt;/b&gt;" in shown
    assert "a &amp; b" in shown
    assert "1 &lt; 2" in shown


def test_the_page_needs_nothing_from_elsewhere():
    page = Page("title")
    page.section("part", figure("data:image/png;base64,AAAA", "a picture", "a caption"))
    shown = page.render()
    assert "http://" not in shown
    assert "https://" not in shown
    assert 'alt="a picture"' in shown


def test_a_table_has_its_cells_and_marks_the_best():
    shown = table(["x", "y"], [("one", [("0.5", "± 0.1"), None]), ("two", [("0.7", ""), ("0.2", "")])], best=True)
    assert shown.count("<tr>") == 3
    assert "± 0.1" in shown
    assert '<td class="best">0.7' in shown
    assert "–" in shown


def test_a_page_is_written_whole_or_not_at_all(tmp_path):
    path = Page("title").write(tmp_path / "deep" / "report.html")
    assert path.read_text().startswith("<!doctype html>")
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]
    (tmp_path / "file").write_text("")
    with pytest.raises(LikewiseError, match="could not write the report"):
        Page("title").write(tmp_path / "file" / "report.html")
