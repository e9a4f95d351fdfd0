"""The page of settings is what the programs read: each is named, explained, and told with its real default."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chassis.settings import ServiceSettings
from operations import configuration
from operations.errors import OperationsError
from operations.services import repository

NOT_FOR_OPERATORS = {
    # Tests and figures.
    "TONGHENG_RANDOM", "TONGHENG_FAILPOINTS",
    # Told by the stack to its own services.
    "TONGHENG_SERVICE", "TONGHENG_GATEWAY_URL", "TONGHENG_WEBHOOK_KEY",
}  # fmt: skip
PREFIXES = ("TONGHENG_TEST_", "TONGHENG_BENCH_")
PASSWORD = re.compile(r"TONGHENG_[A-Z]+_PASSWORD|TONGHENG_[A-Z]+_(OWNER|API|WORKER)_PASSWORD")


def test_the_committed_page_is_the_one_that_the_settings_make() -> None:
    assert configuration.page().read_text("utf-8") == configuration.document(), (
        "run `make contracts`"
    )


def test_every_setting_of_the_chassis_is_on_it_with_its_real_default() -> None:
    file = repository() / "libs" / "chassis" / "src" / "chassis" / "settings.py"
    told = {each.name: each for each in configuration.settings_of(file, "ServiceSettings")}

    for name, field in ServiceSettings.model_fields.items():
        setting = told[f"TONGHENG_{name.upper()}"]
        if isinstance(field.default, bool | int | float) and not isinstance(field.default, bool):
            assert float(setting.default) == float(field.default), name


def test_every_variable_that_the_code_names_is_on_it() -> None:
    page = configuration.document()
    named: set[str] = set()
    for folder in ("libs", "services"):
        for path in (repository() / folder).glob("*/src/**/*.py"):
            # The manifests set what services read, and the trial of them has settings of its own.
            if "kube" in path.parts:
                continue
            named |= set(re.findall(r"\bTONGHENG_[A-Z0-9_]*[A-Z0-9]\b", path.read_text("utf-8")))

    unexplained = {
        name
        for name in named
        if f"`{name}`" not in page
        and name not in NOT_FOR_OPERATORS
        and not name.startswith(PREFIXES)
        and not PASSWORD.fullmatch(name)
    }

    assert unexplained - {"TONGHENG_BACKUP"} == set()


def a_class(tmp_path: Path, body: str) -> Path:
    file = tmp_path / "settings.py"
    file.write_text(f'class Settings:\n    """All."""\n\n{body}', "utf-8")
    return file


def test_a_setting_without_a_sentence_is_refused(tmp_path: Path) -> None:
    file = a_class(tmp_path, '    port: int = 1\n    host: str = \'\'\n    """Where."""\n')

    with pytest.raises(OperationsError, match="port is not explained"):
        configuration.settings_of(file, "Settings")


@pytest.mark.parametrize(
    ("declared", "default", "limits"),
    [
        ("size: int = Field(default=64 * 1024, ge=8)", "65536", "at least 8"),
        ("ratio: float = Field(default=0.01, ge=0, le=1)", "0.01", "at least 0, at most 1"),
        ("secret: SecretStr = SecretStr('')", "", ""),
        ("on: bool = True", "true", ""),
        ("how: Literal['tls', 'none'] = 'tls'", "tls", "one of tls, none"),
        ("proxies: tuple[str, ...] = ()", "", ""),
        ("needed: str", "required", ""),
    ],
)
def test_defaults_and_limits_are_told_as_one_would_write_them(
    tmp_path: Path, declared: str, default: str, limits: str
) -> None:
    file = a_class(tmp_path, f'    {declared}\n    """What it is."""\n')

    (setting,) = configuration.settings_of(file, "Settings")

    assert (setting.default, setting.limits, setting.meaning) == (default, limits, "What it is.")
