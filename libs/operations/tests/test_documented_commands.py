"""What the pages tell a reader to type is there: make's targets, `tongheng`'s commands, modules, options, settings, addresses."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import os
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from operations.cli import app
from operations.services import repository

ROOT = repository()
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = dict(re.findall(r"^([a-z0-9-]+):(?!=)(.*\n(?:\t.*\n|\n(?=\t))*)", MAKEFILE, re.MULTILINE))
PROFILES = {
    profile
    for service in yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"].values()
    for profile in service.get("profiles", ())
}  # fmt: skip
TOLD_IN = {".md", ".py", ".yml", ".yaml", ".ts", ".tsx", ".sql", ".toml"}
NOT_OURS = {"node_modules", ".venv", "var", "dist", "build", "wheels"}
FENCE = re.compile(r"^```(.*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ASSIGNMENT = re.compile(r"[A-Z_]+=.*", re.DOTALL)


def files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path, inner, names in os.walk(ROOT / folder):
            inner[:] = [each for each in inner if each not in NOT_OURS]
            yield from (Path(path) / name for name in sorted(names) if Path(name).suffix in TOLD_IN)


@cache
def texts() -> dict[Path, str]:
    found = {
        path: path.read_text("utf-8")
        for path in (
            *files("docs", "libs", "services", "tests", "k8s", "deploy"),
            *ROOT.glob("*.*"),
        )
        if path.is_file() and path.suffix in TOLD_IN
    }
    found.pop(Path(__file__), None)
    return found


def pages() -> dict[Path, str]:
    return {path: text for path, text in texts().items() if path.suffix == ".md"}


def written(path: Path, text: str) -> Iterator[str]:
    """What a file has between backticks, and the lines of its shell examples."""
    if path.suffix == ".md":
        for language, block in FENCE.findall(text):
            if language.strip() in {"", "sh", "bash"}:
                yield from block.replace("\\\n", " ").splitlines()
        text = FENCE.sub("", text)
    # A pair of backticks ends in its paragraph.
    for paragraph in re.split(r"\n\s*\n", text):
        yield from (each.replace("\n", " ") for each in re.findall(r"`([^`]+)`", paragraph))


def programs(line: str) -> Iterator[list[str]]:
    """The words of each program of a line, without what is set before it."""
    try:
        words = shlex.split(re.sub(r"\s#.*", "", line))
    except ValueError:  # part of an example in another language
        return
    one: list[str] = []
    for word in (*words, ";"):
        if word in {";", "&&", "||", "|", ">"} or word.endswith(";"):
            while one and ASSIGNMENT.fullmatch(one[0]):
                one.pop(0)
            if one:
                yield one
            one = []
        else:
            one.append(word)


def trouble(words: list[str]) -> str:
    """Why what a page tells cannot be typed; empty where it can, or where it is not ours."""
    name, rest = words[0], words[1:]
    if name == "make":
        return of_make(rest)
    if name == "tongheng" or name.endswith("/tongheng"):
        return of_command(typer.main.get_command(app), rest)
    if re.fullmatch(r"(.*/)?python3?", name) and rest[:1] == ["-m"] and len(rest) > 1:
        return of_module(rest[1], rest[2:])
    if words[:2] == ["docker", "compose"]:
        named = {rest[i + 1] for i, word in enumerate(rest[:-1]) if word == "--profile"}
        return f"no profile {named - PROFILES}" if named - PROFILES else ""
    return ""


def of_make(words: list[str]) -> str:
    # In prose a sentence may go on after the target; targets come first.
    target = next((word for word in words if "=" not in word), "help")
    for word in words:
        name, given, value = word.partition("=")
        if not given:
            if name not in TARGETS:
                return f"no target {name}"
        elif f"$({name})" not in MAKEFILE and f"$(if $({name})" not in MAKEFILE:
            return f"make knows no {name}"
        elif name == "ARGS":
            module = re.search(r"-m ([a-z_.]+)( [a-z]+)*? \$\(ARGS\)", TARGETS[target])
            command = re.search(r"/tongheng ([a-z]+) (?:.* )?\$\(ARGS\)", TARGETS[target])
            if module and module[1] != "pytest":
                return of_module(module[1], shlex.split(value))
            if command:
                return trouble(["tongheng", command[1], *shlex.split(value)])
    return ""


def source_of(name: str) -> tuple[str, Path | None]:
    """A module as `python -m` runs it, and its file."""
    for main in (f"{name}.__main__", name):
        beside = ROOT / f"{main.replace('.', '/')}.py"  # tests are no installed package
        if beside.is_file():
            return main, beside
        try:
            spec = importlib.util.find_spec(main)
        except ModuleNotFoundError:
            continue
        if spec is not None and spec.origin:
            return main, Path(spec.origin)
    return name, None


def of_module(name: str, words: list[str]) -> str:
    if "<" in name or "{" in name:
        return ""
    main, file = source_of(name)
    if file is None:
        return f"no module {name}"
    if ROOT not in file.parents or NOT_OURS & set(file.relative_to(ROOT).parts):
        return ""
    source = file.read_text("utf-8")
    if "typer.Typer(" in source:
        return of_command(typer.main.get_command(importlib.import_module(main).app), words)
    if (ROOT / "services" / name).is_dir():
        chassis = ROOT / "libs/chassis/src/chassis"
        source = "".join((chassis / each).read_text("utf-8") for each in ("service.py", "rebuilding.py"))  # fmt: skip
    for word in words:
        if re.fullmatch(r"--[a-z-]+|[a-z]+", word) and f'"{word}"' not in source:
            return f"{name} takes no {word}"
    return ""


def of_command(command: Any, words: list[str]) -> str:
    skip = False
    for index, word in enumerate(words):
        if skip:
            skip = False
        elif word.startswith("-"):
            option = next((p for p in command.params if word.split("=")[0] in (*p.opts, *p.secondary_opts)), None)  # fmt: skip
            if option is None and word not in {"-h", "--help"}:
                return f"{command.name} takes no {word}"
            skip = option is not None and not option.is_flag and "=" not in word
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return f"{command.name or 'tongheng'} has no {word}"
            command = command.commands[word]
            if command.context_settings.get("ignore_unknown_options"):
                module = re.search(r'_elsewhere\("([a-z.]+)"', inspect.getsource(command.callback))
                assert module is not None
                return of_module(module[1], words[index + 1 :])
        elif not any(p.param_type_name == "argument" for p in command.params):
            return f"{command.name} takes no {word}"
    return ""


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("make up SANDBOX=1   # a second one", ""),
        ("make dwn", "no target dwn"),
        ("make logs SERVICE=sales", "make knows no SERVICE"),
        ('make chaos ARGS="--minutes 5 --sped 2"', "tests.chaos takes no --sped"),
        ('make drill ARGS="--moves 5"', ""),
        ('make drill ARGS="--move 5"', "main takes no --move"),
        ('make demo ARGS="--dys 5"', "main takes no --dys"),
        ("TONGHENG_VAR=/x .venv/bin/tongheng backup prune --keep 7", ""),
        ("tongheng backup prune --keeping 7", "prune takes no --keeping"),
        ("tongheng backups list", "tongheng has no backups"),
        ("tongheng status -o json && tongheng stauts", "tongheng has no stauts"),
        ("tongheng down sales", "down takes no sales"),
        ("tongheng import adventureworks DIR --trades", "main takes no --trades"),
        ("python -m operations.permission write", "no module operations.permission"),
        ("python -m operations.permissions writes", "operations.permissions takes no writes"),
        ("python -m finance migrates", "finance takes no migrates"),
        ("docker compose --profile telemetri up", "no profile {'telemetri'}"),
        ("docker compose --profile telemetry up --detach", ""),
        ("kubectl get pods", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_typed_is_found(line: str, why: str) -> None:
    assert next(filter(None, map(trouble, programs(line))), "") == why


def test_every_command_that_is_told_exists() -> None:
    told = [
        (path.relative_to(ROOT), line, words)
        for path, text in texts().items()
        for line in written(path, text)
        for words in programs(line)
        if words[0] in {"make", "docker", "python", "python3"} or words[0].endswith(("tongheng", "/python"))
    ]  # fmt: skip

    assert len(told) > 150
    assert [f"{path}: {line}: {why}" for path, line, words in told if (why := trouble(words))] == []


def test_every_setting_that_a_page_names_exists() -> None:
    known = set()
    for path, text in texts().items():
        if path.suffix != ".md" or path.name == "configure.md":
            known |= set(re.findall(r"TONGHENG_[A-Z_]+", text))
    known |= set(re.findall(r"TONGHENG_[A-Z_]+", MAKEFILE))

    for path, text in pages().items():
        assert set(re.findall(r"TONGHENG_[A-Z_]*[A-Z]", text)) - known == set(), path


def test_every_metric_that_a_page_names_exists() -> None:
    code = "\n".join(text for path, text in texts().items() if path.suffix == ".py")
    names = {
        name
        for text in pages().values()
        for name in re.findall(r"`(tongheng_[a-z_]+)(?:\{[^`]*)?`", text)
    } - {"tongheng_contracts"}

    assert len(names) > 10
    for name in names:
        assert f'"{re.sub(r"_(total|count|bucket|sum)$", "", name)}"' in code, name


def test_every_address_that_a_page_names_is_served() -> None:
    described = json.loads((ROOT / "services/console/openapi.json").read_text("utf-8"))["paths"]
    served = {
        path: {each["name"] for each in verbs.get("get", {}).get("parameters", ())}
        for path, verbs in described.items()
    } | {f"/api/v1/{each}": set[str]() for each in ("status", "openapi.json", "stream")}

    def fits(wanted: list[str], there: list[str]) -> bool:
        # What only names a service's part of the API leads to everything below it.
        return (len(wanted) == len(there) or len(wanted) <= len(["", "api", "v1", "service"])) and all(
            a == b or a[:1] in "<{" or b[:1] == "{" for a, b in zip(wanted, there, strict=False)
        )  # fmt: skip

    wrong: list[str] = []
    for page, text in pages().items():
        for found, query in re.findall(
            r"/api/v1(/[a-z0-9/<>{},.-]*[a-z0-9}>])(\?[a-z_=&]*)?", text
        ):
            choices = re.search(r"\{([a-z-]+(?:,[a-z-]+)+)\}", found)
            for choice in choices[1].split(",") if choices else [""]:
                path = "/api/v1" + (found.replace(choices[0], choice) if choices else found)
                names = {pair.partition("=")[0] for pair in query[1:].split("&") if pair}
                if not any(
                    fits(path.split("/"), there.split("/")) and names <= parameters
                    for there, parameters in served.items()
                ):
                    wrong.append(f"{page.relative_to(ROOT)}: {path}{query}")
    assert wrong == []
