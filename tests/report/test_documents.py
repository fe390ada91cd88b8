"""One file with everything inside."""

import base64
import hashlib
import html
import re

import pytest

from likewise.errors import LikewiseError
from likewise.report import POLICY, up_to_date, with_way_back, write_document


@pytest.fixture
def folder(tmp_path):
    part = '{% extends "document.html" %}{% set parts = [("one", "<One>")] %}{% block main %}{{ text }}{% endblock %}'
    (tmp_path / "part.html").write_text(part)
    return tmp_path


def written(folder, path, text="1 < 2"):
    return write_document(path, "part.html", {"title": "<b>bold</b>", "lead": "a & b", "text": text}, folder)


def test_text_is_text_and_never_markup(folder):
    shown = written(folder, folder / "report.html", text="<script>alert(1)</script>").read_text()
    assert "<script>alert" not in shown
    for text in ("&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;b&gt;bold&lt;/b&gt;", "a &amp; b", "&lt;One&gt;"):
        assert text in shown


def test_the_policy_lets_nothing_in_but_the_style_and_the_script_of_the_file(folder):
    shown = written(folder, folder / "report.html").read_text()
    said = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', shown)[1]
    assert html.unescape(said) == POLICY
    (style,) = re.findall("<style>(.*?)</style>", shown, re.S)
    (script,) = re.findall("<script[^>]*>(.*?)</script>", shown, re.S)
    for text in (style, script):
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in POLICY
    assert "unsafe" not in POLICY
    assert not re.search(r"""\s(style|on\w+)=|(src|href)="(?!data:|#)""", shown.replace(style, "").replace(script, ""))


def test_a_server_can_put_a_way_back_into_it(folder):
    shown = written(folder, folder / "report.html", text="<!-- way back -->").read_text()
    led = with_way_back(shown, "/results", "<Results>")
    assert led.count('<a class="back" href="/results">← &lt;Results&gt;</a>') == 1
    assert led.index('class="back"') < led.index("</header>")
    assert 'class="back"' not in shown


def test_a_file_of_another_style_is_not_up_to_date(folder):
    shown = written(folder, folder / "report.html").read_text()
    assert up_to_date(shown)
    assert not up_to_date(shown.replace("--paper: #f7f7f5", "--paper: #fff"))


def test_a_file_is_written_whole_or_not_at_all(folder):
    path = written(folder, folder / "deep" / "report.html")
    assert path.read_text().startswith("<!doctype html>")
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]
    (folder / "file").write_text("")
    with pytest.raises(LikewiseError, match="could not write the report"):
        written(folder, folder / "file" / "report.html")
