"""Reading settings from environment variables. Malformed ones raise an error with one sentence that names them."""

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def env_bool(name: str, default: bool) -> bool:
    """Read a yes/no variable. Raises ImproperlyConfigured for anything else."""
    text = env.str(name, default="yes" if default else "no").strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name} must be yes or no, not {text!r}.")


def env_int(name: str, default: int, *, minimum: int = 0) -> int:
    """Read a whole number of at least `minimum`. Raises ImproperlyConfigured for anything else."""
    text = env.str(name, default=str(default))
    if not text.strip().isdecimal() or int(text) < minimum:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {minimum}, not {text!r}.")
    return int(text)


def env_choice(name: str, default: str, choices: list[str]) -> str:
    """Read one of several words, ignoring case. Raises ImproperlyConfigured for any other word."""
    text = env.str(name, default=default).strip()
    for choice in choices:
        if text.lower() == choice.lower():
            return choice
    raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {text!r}.")


def env_required(name: str, meaning: str) -> str:
    """Read a variable without a default. Raises ImproperlyConfigured if it is missing or empty."""
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. It is {meaning}; scripts/run supplies one.")
    return str(value)
