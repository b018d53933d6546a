"""Checks that no text for people in the Python code is left unmarked for translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.utils.functional import Promise

pytestmark = pytest.mark.any_database

MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "npgettext"}
MARKS |= {"npgettext_lazy", "gettext_noop"}
APPS = ("chatproject", "notifications", "rooms")
# Folders and files whose texts are for programs, for admins in a terminal, or in a log.
NOT_FOR_READERS = {
    "chatproject/installation": "how the server is set up and started",
    "chatproject/logs.py": "logs",
    "chatproject/outgoing": "reasons for the log",
    "chatproject/servers": "how the server is started",
    "chatproject/settings.py": "settings",
    "rooms/client": "a library for programs",
    "rooms/api/schema.py": "the OpenAPI document",
    "rooms/files/metadata.py": "reasons that nobody is shown",
    "rooms/previews/page_worker.py": "reasons for the database",
    "rooms/people/device_names.py": "names of browsers and systems",
}
SKIPPED_FOLDERS = {"management", "migrations", "tests"}
# Calls whose texts are for logs, programs and settings.
NOT_SHOWN = re.compile(
    r"(^|\.)(logger\.\w+|warning_once|ThrottledTask|ImproperlyConfigured|SystemExit|CommandError|ValueError|TypeError|"
    r"RuntimeError|AssertionError|RedisConnectionError|extend_schema|extend_schema_field|OpenApi\w+|header|"
    r"number_parameter|Counter|Gauge|Histogram|Summary|\w+Schema|Dropped|Outcome|Unusable|Refused|TooSlow|OutgoingError)$"
)
OPENAPI = ("rooms/api/", "rooms/serializers/", "notifications/api/", "notifications/serializers.py")
LABELS = {"label", "verbose_name", "verbose_name_plural", "help_text", "description", "empty_label", "empty_value"}
# Calls that show their texts to people, with the positions of these texts.
SHOWN = {
    **dict.fromkeys(("ValidationError", "InvalidField", "MissingField", "NotFound", "NotAuthenticated"), (0,)),
    **dict.fromkeys(
        ("Conflict", "TooLarge", "Unavailable", "ParseError", "InvalidToken", "AuthenticationFailed"), (0,)
    ),
    **dict.fromkeys(("PermissionDenied", "Http404", "TooManyConnections", "close_unauthenticated"), (0,)),
    **dict.fromkeys(("RateLimited", "message_user", "add_error", "success", "error", "warning", "info"), (1,)),
    **dict.fromkeys(("ProtocolError", "send_error", "problem"), (2,)),
    "log_change": (2,),
    "RegexValidator": (1,),
}
# Sentences that are not marked, each with the reason.
ALLOWED = {
    "A personal access token: parlor_...": "the OpenAPI document",
    "From an earlier page's `next` or `previous`.": "the OpenAPI document",
    "Of your pages, mails and notifications, like de. Empty for the language of the browser.": "the OpenAPI document",
    "When to send it: ISO 8601 with a time zone, within the next 5 years.": "the OpenAPI document",
}


def source_files() -> list[Path]:
    """Return the files of the apps whose texts people read."""
    found = []
    for app in APPS:
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            name = path.relative_to(settings.BASE_DIR).as_posix()
            apart = any(name == other or name.startswith(f"{other}/") for other in NOT_FOR_READERS)
            if not apart and not SKIPPED_FOLDERS & set(path.parts):
                found.append(path)
    return found


def called(node: ast.expr) -> str:
    """Return the dotted name of what is called, or ""."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return f"{called(node.value)}.{node.attr}"
    return ""


def text_of(node: ast.AST) -> str | None:
    """Return the text of a literal, with {} for what an f-string fills in, or None if it is no text."""
    match node:
        case ast.Constant(value=str()):
            return str(node.value)
        case ast.JoinedStr():
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def is_sentence(text: str) -> bool:
    """Return whether a text looks like one for people: words that begin with a capital and end as sentences do."""
    return re.match(r"[A-Z{“][^\n]*[a-z’'] [^\n]*[.?!…]$", text) is not None and "\n" not in text


class Finder:
    """Finds the unmarked texts of one file."""

    def __init__(self, path: Path) -> None:
        self.name = path.relative_to(settings.BASE_DIR).as_posix()
        self.tree = ast.parse(path.read_text())
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}
        self.for_openapi = self.name.startswith(OPENAPI)

    def unmarked(self) -> Iterator[str]:
        """Yield what is wrong, one line for each text."""
        for node in ast.walk(self.tree):
            text = text_of(node)
            if text is None or text in ALLOWED or not re.search("[A-Za-z]{2}", text) or self._is_part(node):
                continue
            if (is_sentence(text) and not self._is_apart(node)) or self._is_shown(node):
                yield f"{self.name}:{node.lineno}: {text}"  # type: ignore[attr-defined]

    def _is_part(self, node: ast.AST) -> bool:
        """Return whether it is a docstring, or a part of a text that is looked at as a whole."""
        return isinstance(self.parents[node], ast.Expr | ast.JoinedStr | ast.FormattedValue)

    def _is_apart(self, node: ast.AST) -> bool:
        """Return whether it is marked, or in a call that shows it to nobody."""
        while (parent := self.parents.get(node)) is not None and not isinstance(node, ast.stmt):
            if isinstance(parent, ast.Call) and node is not parent.func:
                name = called(parent.func)
                if name.rpartition(".")[2] in MARKS or NOT_SHOWN.search(name):
                    return True
            elif (isinstance(parent, ast.keyword) and self.for_openapi and parent.arg in LABELS) or isinstance(
                parent, ast.Assert
            ):
                return True
            node = parent
        return False

    def _is_shown(self, node: ast.AST) -> bool:
        """Return whether it is where a text is shown to people, be it a sentence or a word."""
        parent = self.parents[node]
        if isinstance(parent, ast.IfExp):
            node, parent = parent, self.parents[parent]
        if isinstance(parent, ast.keyword):
            call = self.parents[parent]
            if self.for_openapi or parent.arg not in LABELS or not isinstance(call, ast.Call):
                return False
            name = called(call.func)
            return NOT_SHOWN.search(name) is None
        if isinstance(parent, ast.Call) and node in parent.args:
            name, position = called(parent.func), parent.args.index(node)
            if name.startswith("logger."):
                return False
            if name.startswith("models.") and name.endswith("Field"):
                return position == 0
            return position in SHOWN.get(name.rpartition(".")[2], ())
        if isinstance(parent, ast.Dict) and isinstance(self.parents[parent], ast.keyword):
            return self.parents[parent].arg in {"error_messages", "help_texts", "labels"} and node in parent.values  # type: ignore[attr-defined]
        return False


@pytest.mark.parametrize("path", source_files(), ids=lambda path: path.relative_to(settings.BASE_DIR).as_posix())
def test_every_text_for_people_is_marked(path: Path) -> None:
    assert list(Finder(path).unmarked()) == []


def shown_names(options: object) -> Iterator[str]:
    """Yield the names in the lists of fields of an admin class."""
    if isinstance(options, str) and options != "__str__":
        yield options
    elif isinstance(options, dict):
        yield from shown_names(options["fields"])
    elif isinstance(options, list | tuple):
        for each in options:
            yield from shown_names(each)


def test_what_the_admin_shows_has_a_translated_name() -> None:
    admin.autodiscover()
    unnamed = [
        name for name in ("notifications", "rooms") if not isinstance(apps.get_app_config(name).verbose_name, Promise)
    ]
    ours = [(model, page) for model, page in admin.site._registry.items() if model._meta.app_label in APPS]
    pages = ours + [(inline.model, inline) for _, page in ours for inline in page.inlines]
    for model, page in pages:
        fields = {field.name: field for field in model._meta.get_fields() if hasattr(field, "verbose_name")}
        columns = getattr(page, "list_display", ())
        for name in shown_names([page.fields, page.fieldsets, columns, page.readonly_fields]):
            if name == "id" and fields["id"].auto_created:  # Django's own, in capitals
                continue
            if name in fields:
                label = fields[name].verbose_name
            else:
                label = getattr(getattr(page, name, None), "short_description", "")
            if not isinstance(label, Promise):
                unnamed.append(f"{model.__name__}: {name}")
        unnamed += [model.__name__ for name in (model._meta.verbose_name,) if not isinstance(name, Promise)]
    assert unnamed == []


def test_the_choices_of_models_that_the_admin_shows_are_translated() -> None:
    admin.autodiscover()
    untranslated = [
        f"{model.__name__}.{field.name}: {label}"
        for model in admin.site._registry
        if model._meta.app_label in APPS
        for field in model._meta.fields
        for _, label in field.choices or ()
        if not isinstance(label, Promise)
    ]
    assert untranslated == []
