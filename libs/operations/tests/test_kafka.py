"""Kafka: its settings, its topics, and what is said when Java or Maven is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.errors import OperationsError
from operations.kafka import jars, java, topics
from operations.kafka.broker import Broker


def test_nothing_is_forgotten_and_nothing_listens_outside(tmp_path: Path) -> None:
    settings = Broker(tmp_path, 9392, 9393).properties()

    assert settings["log.retention.ms"] == settings["log.retention.bytes"] == "-1"
    assert settings["auto.create.topics.enable"] == "false"
    listeners = [listener.split("://")[1] for listener in settings["listeners"].split(",")]
    assert listeners == ["127.0.0.1:9392", "127.0.0.1:9393"]
    assert int(settings["offsets.retention.minutes"]) > 60 * 24 * 365
    assert int(settings["offsets.retention.minutes"]) < 2**31


def test_every_contract_has_a_topic_that_takes_the_largest_event() -> None:
    agreed = topics.catalogue()

    assert "sales.OrderPlaced" in agreed
    assert agreed["sales.OrderPlaced"]["retention.ms"] == "-1"
    assert {settings["max.message.bytes"] for settings in agreed.values()} == {str(4 * 1024**2)}


def test_missing_maven_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(OperationsError, match="Maven is missing") as refusal:
        jars.ensure_jars()

    assert "\n" not in str(refusal.value)


def test_a_fetched_broker_needs_no_maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    jars.jars_dir().mkdir(parents=True)

    assert jars.ensure_jars() == jars.jars_dir()
    assert jars.version() in jars.jars_dir().name


def a_java(folder: Path, *, says: str, code: int = 0) -> Path:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit {code}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("says", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('java version "1.8.0_402"', 1),
        ("The operation couldn’t be completed. Unable to locate a Java Runtime.", 0),
    ],
)
def test_the_version_of_a_java_is_read(tmp_path: Path, says: str, major: int) -> None:
    assert java.major_version(a_java(tmp_path, says=says)) == major


def test_a_java_that_fails_or_is_not_there_counts_as_none(tmp_path: Path) -> None:
    assert java.major_version(a_java(tmp_path, says='version "21"', code=1)) == 0
    assert java.major_version(tmp_path / "nowhere") == 0


def test_java_home_comes_before_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = a_java(tmp_path, says='openjdk version "21.0.1"')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    assert java.find_java() == program
    assert java.home_of(program) == tmp_path


def test_no_java_and_none_obtainable_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = a_java(tmp_path / "old", says='java version "11.0.2"')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "old"))
    monkeypatch.setenv("PATH", str(old.parent))
    monkeypatch.setattr(java, "_packaged", lambda: None)
    monkeypatch.setattr(java, "LOCK", tmp_path / "no-such.lock")

    with pytest.raises(OperationsError, match="Kafka needs Java 17 or newer") as refusal:
        java.find_java()

    assert "JAVA_HOME" in str(refusal.value)
    assert "\n" not in str(refusal.value)
