"""Alarms, dashboards and their files: each alarm has its page, each metric is one that the code has."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.services import repository

ROOT = repository()
DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "rules" / "tongheng.yml"
ALERTS: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]
]
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))


def expressions() -> list[str]:
    found = [rule["expr"] for rule in ALERTS]
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text("utf-8"))["panels"]:
            found += [target["expr"] for target in panel.get("targets", ())]
    return found


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alarm_links_a_page_that_says_what_to_look_at_and_what_to_do(
    alert: dict[str, Any],
) -> None:
    name = Path(alert["annotations"]["runbook_url"]).stem
    page = (ROOT / "docs" / "runbooks" / f"{name}.md").read_text("utf-8")

    assert page.startswith(f"# {alert['alert']}\n")
    assert alert["expr"] in page
    assert "## Look at" in page
    assert "## Do" in page
    assert alert["labels"]["severity"] in {"page", "ticket"}


def test_no_page_is_of_no_alarm() -> None:
    pages = {file.stem for file in (ROOT / "docs" / "runbooks").glob("*.md")} - {"README"}

    assert pages == {Path(alert["annotations"]["runbook_url"]).stem for alert in ALERTS}


def test_every_alarm_is_seen_to_ring_and_to_be_silent() -> None:
    tests = yaml.safe_load((DEPLOY / "prometheus/tests/tongheng.yml").read_text("utf-8"))["tests"]
    looks = [look for test in tests for look in test["alert_rule_test"]]

    for alert in ALERTS:
        seen = {bool(each["exp_alerts"]) for each in looks if each["alertname"] == alert["alert"]}
        assert seen == {False, True}, alert["alert"]


def test_every_metric_is_one_that_the_code_has() -> None:
    code = "\n".join(
        file.read_text("utf-8")
        for folder in ("libs/chassis/src", "services")
        for file in (ROOT / folder).rglob("*.py")
        if "tests" not in file.parts and "node_modules" not in file.parts
    )
    asked = {name for each in expressions() for name in re.findall(r"tongheng_[a-z_]+", each)}

    assert len(asked) > 10
    for name in asked:
        assert f'"{re.sub(r"_(total|count|bucket|sum)$", "", name)}"' in code, name


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.name)
def test_a_dashboard_can_be_provisioned(file: Path) -> None:
    board = json.loads(file.read_text("utf-8"))
    ids = [panel["id"] for panel in board["panels"]]
    sources = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/tongheng.yaml").read_text("utf-8"))  # fmt: skip

    assert board["uid"]
    assert len(ids) == len(set(ids))
    known = {each["uid"] for each in sources["datasources"]}
    assert {p["datasource"]["uid"] for p in board["panels"] if "datasource" in p} <= known


def test_what_compose_mounts_is_there_and_its_files_read_as_yaml() -> None:
    services = yaml.safe_load((DEPLOY / "compose.base.yml").read_text("utf-8"))["services"]
    mounted = {
        volume.partition(":")[0] for each in services.values() for volume in each.get("volumes", ())
    }

    assert [each for each in mounted if each.startswith("./") and not (ROOT / each).exists()] == []
    for file in (*DEPLOY.glob("otel/*.yaml"), *DEPLOY.glob("prometheus/**/*.yml")):
        assert yaml.safe_load(file.read_text("utf-8")), file


def test_the_collector_uses_only_what_it_defines() -> None:
    given = yaml.safe_load((DEPLOY / "otel" / "collector.yaml").read_text("utf-8"))

    for name, line in given["service"]["pipelines"].items():
        for part in ("receivers", "processors", "exporters"):
            assert set(line[part]) <= set(given[part]), name


@pytest.mark.parametrize("command", ["check", "test"])
def test_promtool_agrees(command: str) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not here")
    file = RULES if command == "check" else DEPLOY / "prometheus" / "tests" / "tongheng.yml"
    done = subprocess.run(
        ["promtool", command, "rules", str(file)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
