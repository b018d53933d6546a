"""Django's template tags for translation, of which `translate` is faster.

They are what `{% load i18n %}` loads (TEMPLATES in the settings). Django looks a text up whenever it renders it, which
takes some 10 µs; a page has a hundred.
"""

from __future__ import annotations

from typing import cast

from django.template import Context, Library
from django.template.base import Parser, Token
from django.templatetags import i18n
from django.templatetags.i18n import TranslateNode
from django.utils.translation import get_language

register = Library()
register.tags.update(i18n.register.tags)
register.filters.update(i18n.register.filters)


class ConstantNode(TranslateNode):
    """A text that only depends on the language: looked up once for each."""

    def __init__(self, node: TranslateNode) -> None:
        """Take the place of Django's node."""
        super().__init__(node.filter_expression, node.noop, node.asvar, node.message_context)
        self._texts: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        """Return the text, or store it in the context, as Django's node does."""
        language = get_language()
        text = self._texts.get(language)
        if text is None:
            text = super().render(context)
            if self.asvar:
                text = cast(str, context[self.asvar])
            self._texts[language] = text
        if self.asvar:
            context[self.asvar] = text
            return ""
        return text


@register.tag("translate")
@register.tag("trans")
def translate(parser: Parser, token: Token) -> TranslateNode:
    """Django's tag."""
    node = i18n.do_translate(parser, token)
    text, context = node.filter_expression, node.message_context
    is_constant = not text.filters and text.var.literal is not None and not node.noop
    return ConstantNode(node) if is_constant and (context is None or not context.is_var) else node
