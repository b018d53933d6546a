"""Filters for rejected forms: the first error gets the focus, so that it is in view."""

from django import template
from django.forms import BaseForm, BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def is_first_wrong(field: BoundField) -> bool:
    """Whether this is the form's first field with an error."""
    return bool(field.errors) and next(each for each in field.form if each.errors).name == field.name


@register.filter
def is_wrong_as_a_whole(form: BaseForm) -> bool:
    """Whether the form's own error should get the focus: no field has an error or takes the focus anyway."""
    fields = [field.field.widget.attrs.get("autofocus") or field.errors for field in form]
    return bool(form.non_field_errors()) and not any(fields)


@register.filter
def filled_in(field: BoundField) -> SafeString:
    """The field's input. After errors, only the first invalid field has `autofocus`."""
    if not field.form.is_bound or not any(each.errors for each in field.form):
        return field.as_widget()
    return field.as_widget(attrs={"autofocus": is_first_wrong(field)})
