"""The tag `translate`, which remembers constant texts."""

import pytest
from django.template import Context, Engine
from django.templatetags.i18n import TranslateNode
from django.utils import translation

from chatproject.http.translation_tags import ConstantNode

# Django's own catalogs translate these.
SOURCE = """{% load i18n %}{% translate "Delete" %} {% translate "Delete" as label %}{{ label }} {% trans name %} \
{% translate name|upper %} {% translate "100% of 'Delete' & <b>" %}"""


@pytest.mark.any_database
def test_texts_are_in_the_language_of_each_rendering_and_only_variables_are_escaped() -> None:
    template = Engine.get_default().from_string(SOURCE)
    for language, word in (("en", "Delete"), ("de", "Löschen"), ("en", "Delete"), ("de", "Löschen")):
        with translation.override(language):
            assert (
                template.render(Context({"name": "<i>"})) == f"{word} {word} &lt;i&gt; &lt;I&gt; 100% of 'Delete' & <b>"
            )
            assert template.render(Context({"name": "Delete"})).split()[2] == word
    nodes = [node for node in template.nodelist if isinstance(node, TranslateNode)]
    assert [isinstance(node, ConstantNode) for node in nodes] == [True, True, False, False, True]


@pytest.mark.any_database
def test_a_text_in_a_context_is_not_that_in_another_one() -> None:
    source = '{% load i18n %}{% translate "May" context "abbrev. month" %} {% translate "May" context word %}'
    template = Engine.get_default().from_string(source)
    with translation.override("de"):
        assert template.render(Context({"word": "abbrev. month"})) == "Mai Mai"
        assert template.render(Context({"word": "nothing"})) == "Mai May"
