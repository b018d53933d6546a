"""Highlighted code: the text stays what it was, and nothing else gets into the page."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.markdown import plain_text, render_markdown
from rooms.markdown.bounds import MAX_HTML
from rooms.markdown.code_highlighting import LANGUAGES

CODE = "<a href=\"x\">if (x &lt; 1) { return 'é 👍'; } # c\n\tSELECT * FROM t; -- \\ $x @z\n\n  end  \n"


def test_code_with_a_language_is_highlighted() -> None:
    html = render_markdown("```python\ndef f(): # a <b>\n    return '1'\n```")
    assert '<span class="hl-keyword">def ' in html
    assert '<span class="hl-name">f</span>' in html
    assert '<span class="hl-comment"># a &lt;b&gt;' in html
    assert "<span class=\"hl-string\">'1'" in html


@pytest.mark.parametrize("language", ["", "text", "nonsense", "python2.7", "../../etc", '"><script>'])
def test_other_code_stays_plain(language: str) -> None:
    html = render_markdown(f"```{language}\ndef f(): pass\nx\n```")
    assert "<span" not in html
    assert "<script" not in html


def test_text_outside_of_fences_stays_plain() -> None:
    assert "<span" not in render_markdown("`def f()` and\n\n    def g(): pass")


def test_code_that_would_become_too_long_stays_plain() -> None:
    code = "1 a " * 1990
    html = render_markdown(f"```python\n{code}\n```")
    assert len(html) <= MAX_HTML
    assert html.startswith("<pre><code>1 a")


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_keeps_the_text(language: str) -> None:
    html = render_markdown(f"````{language}\n{CODE}````")
    shown = re.sub("<[^>]*>", "", html)
    assert unescape(shown).rstrip("\n") == CODE.rstrip("\n")


@given(st.sampled_from(sorted(LANGUAGES)), st.text(alphabet="ab1 \n\t'\"/*#<>&{}()=;-\\@$%", max_size=200))
def test_any_code_keeps_its_text(language: str, code: str) -> None:
    plain = render_markdown(f"~~~~~~text\n{code}\nx\n~~~~~~")
    assert plain_text(render_markdown(f"~~~~~~{language}\n{code}\nx\n~~~~~~")) == plain_text(plain)
