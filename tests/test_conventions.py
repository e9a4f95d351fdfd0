"""What a linter cannot see: every service has its README, its migrations, its health, its tests, and a locked set of packages."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from operations.migrating import heads
from operations.ports import free_ports
from operations.services import SERVICES, Service, folder, repository
from operations.stack import Stack

ROOT = repository()
MEMBERS = sorted(
    path.parent
    for group in ("libs", "services")
    for path in (ROOT / group).glob("*/pyproject.toml")
)
FEATURE_FILES = {"rules", "tables", "store", "service", "api", "consumers"}
SHAPELESS = {"utils", "util", "helpers", "common", "misc"}

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
each_member = pytest.mark.parametrize("member", MEMBERS, ids=lambda path: path.name)


def sources(member: Path) -> list[Path]:
    return sorted((member / "src").rglob("*.py"))


def test_every_folder_of_a_service_is_in_the_one_list() -> None:
    folders = {path.parent.name for path in (ROOT / "services").glob("*/pyproject.toml")}

    assert folders == {service.name for service in SERVICES}


@each_member
def test_a_member_has_a_readme_of_a_screen(member: Path) -> None:
    text = (member / "README.md").read_text(encoding="utf-8")

    assert text.startswith("# ")
    assert 5 <= len(text.splitlines()) <= 120


@each_member
def test_a_member_has_tests_and_marks_its_types(member: Path) -> None:
    assert list((member / "tests").rglob("test_*.py"))
    assert list((member / "src").glob("*/py.typed"))


@each_member
def test_a_members_packages_are_locked_with_hashes(member: Path) -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    project = tomllib.loads((member / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {
        re.split(r"[^A-Za-z0-9._-]", line)[0].lower() for line in project.get("dependencies", [])
    }
    needed = {re.sub(r"[-_.]+", "-", name) for name in needed}

    assert project["name"] == f"tongheng-{member.name}"
    assert not {name for name in needed if not name.startswith("tongheng-")} - locked


def test_the_lock_names_no_address_and_no_folder_of_a_machine() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")

    assert not re.search(r"://|^-|\s@\s|file:", lock, re.MULTILINE)
    assert lock.count("--hash=sha256:") > lock.count("==")


@each_service
def test_a_service_with_a_database_has_one_line_of_migrations(service: Service) -> None:
    if not service.database:
        assert not (folder(service.name) / "migrations").exists()
        return
    versions = folder(service.name) / "migrations" / "versions"
    numbers = sorted(path.name[:4] for path in versions.glob("[0-9]*.py"))

    assert (folder(service.name) / "alembic.ini").is_file()
    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]
    assert heads(folder(service.name)) == {numbers[-1]}


@each_service
def test_a_service_starts_as_a_module(service: Service) -> None:
    package = folder(service.name) / "src" / service.name

    assert (package / "__main__.py").is_file()
    assert (package / "main.py").is_file()
    assert (package / "settings.py").is_file()


@each_service
def test_a_feature_has_only_the_files_that_everybody_knows(service: Service) -> None:
    if not service.database:
        return
    package = folder(service.name) / "src" / service.name
    odd = [
        str(path.relative_to(ROOT))
        for feature in package.iterdir()
        if feature.is_dir() and (feature / "rules.py").exists()
        for path in feature.glob("*.py")
        if path.stem in SHAPELESS
    ]
    named = {path.stem for path in package.glob("*/*.py")}

    assert not odd
    assert named & FEATURE_FILES


@each_member
def test_a_module_says_what_it_is_for(member: Path) -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources(member)
        if path.name != "__init__.py" and path.read_text(encoding="utf-8").strip()
        if ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
    ]

    assert not silent


WATCHERS = frozenset(("services/gateway/src/gateway/live.py",))
"""Read topics to show them, without a group and without effects: there is nothing to acknowledge."""


@each_service
def test_nobody_makes_a_subscriber_past_the_factory(service: Service) -> None:
    bare = re.compile(
        r"\b(KafkaBroker|KafkaRouter|AIOKafkaConsumer|AIOKafkaProducer)\(|\.subscriber\("
    )
    found = [
        str(path.relative_to(ROOT))
        for path in sources(folder(service.name))
        if bare.search(path.read_text(encoding="utf-8"))
    ]

    assert set(found) <= WATCHERS


def test_every_service_is_told_where_it_listens_and_where_kafka_is(tmp_path: Path) -> None:
    stack = Stack(tmp_path, ports=free_ports())

    for service in SERVICES:
        told = stack.env_of(service.name)
        assert told["TONGHENG_PORT"] == str(stack.ports.services[service.name])
        assert told["TONGHENG_KAFKA"] == stack.broker.bootstrap
        assert ("TONGHENG_DATABASE_URL" in told) is service.database
