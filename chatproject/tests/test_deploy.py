"""The files in deploy/ have what Parlor needs, and confine what they run. deploy/check tries them."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from django.conf import settings

pytestmark = pytest.mark.any_database
ROOT = settings.BASE_DIR
DEPLOY = ROOT / "deploy"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yml").read_text())["services"]
KEPT = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")}


def test_the_image_gets_every_file_that_is_read() -> None:
    copied = {
        name
        for names in re.findall(r"^COPY (.*) \./$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
        for name in names.split()
        if name != "."
    }
    sources = [file for app in ("chatproject", "rooms", "notifications") for file in (ROOT / app).rglob("*.py")]
    read = {
        name
        for file in sources
        if "tests" not in file.parts
        for name in re.findall(r'BASE_DIR / "([^"/]+)', file.read_text())
    }
    assert {"templates", "locale", "pyproject.toml"} <= read
    assert copied | read | {"manage.py", "chatproject", "rooms", "notifications"} <= KEPT
    assert all((ROOT / name).exists() for name in KEPT)


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    assert re.search(r"\d+[gm]", service["mem_limit"])
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert re.fullmatch(r"parlor|[a-z/]+:\d[\d.]*(@sha256:[0-9a-f]{64})?", service["image"])


def test_every_setting_of_the_containers_is_read() -> None:
    source = (ROOT / "chatproject/settings.py").read_text()
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    own = re.findall(r"([A-Z_]+)=", re.sub(r"^RUN.*|^#.*", "", dockerfile.partition("ENV ")[2], flags=re.MULTILINE))
    of_others = {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "TMPDIR", "DATA_DIR"}
    assert "STATIC_DIR" in own
    for name in {*own, *SERVICES["app"]["environment"]} - of_others:
        assert f'"{name}"' in source, name


def test_nginx_answers_for_one_name_only_and_has_limits() -> None:
    conf = (DEPLOY / "nginx.conf").read_text()
    assert conf.count("default_server") == 4
    assert conf.count("server_name chat.example.org;") == 2
    for directive in ("ssl_reject_handshake on;", "return 444;", "limit_conn connections", "limit_req zone=requests"):
        assert directive in conf
    assert "chat\\.example\\.org/$$DOMAIN/" in SERVICES["nginx"]["command"][2]
