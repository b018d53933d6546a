"""Forms that come back: the first thing that is wrong has the focus, so that it is in view."""

from django import template
from django.forms import BaseForm, BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def is_first_wrong(field: BoundField) -> bool:
    """Whether this field is the first with an error."""
    return bool(field.errors) and next(each for each in field.form if each.errors).name == field.name


@register.filter
def is_wrong_as_a_whole(form: BaseForm) -> bool:
    """Whether nothing but the form's own error can have the focus: no field is wrong, or has it anyway."""
    fields = [field.field.widget.attrs.get("autofocus") or field.errors for field in form]
    return bool(form.non_field_errors()) and not any(fields)


@register.filter
def filled_in(field: BoundField) -> SafeString:
    """The field's input, with the focus when it is the first wrong one, and without when another is."""
    if not field.form.is_bound or not any(each.errors for each in field.form):
        return field.as_widget()
    return field.as_widget(attrs={"autofocus": is_first_wrong(field)})
