"""Hashing: how strong, how many at a time."""

import asyncio

import pytest

from chassis.errors import DependencyUnavailable
from identity.passwords import Passwords
from identity.settings import Settings

from .conftest import settings


async def test_hashes_are_argon2id_with_64_mib_and_three_rounds() -> None:
    passwords = Passwords(Settings())

    hashed = await passwords.hash("密码 is long enough")

    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert await passwords.verify(hashed, "密码 is long enough")
    assert not await passwords.verify(hashed, "密码 is long enougH")
    assert not passwords.is_outdated(hashed)


async def test_a_person_without_a_password_is_hashed_for_as_well() -> None:
    passwords = Passwords(settings())
    hashed: list[str] = []
    verify = passwords._verify
    passwords._verify = lambda kept, password: hashed.append(kept) or verify(kept, password)

    right = await passwords.verify(None, "nobody has this password")

    assert not right
    assert len(hashed) == 1


async def test_a_password_is_the_same_however_it_is_composed() -> None:
    passwords = Passwords(settings())

    hashed = await passwords.hash("Ange\u0301lique 1")

    assert await passwords.verify(hashed, "Ang\u00e9lique 1")


async def test_weaker_hashes_of_old_are_outdated() -> None:
    assert Passwords(Settings()).is_outdated(await Passwords(settings()).hash("something old"))


async def test_more_than_can_wait_are_asked_to_come_back() -> None:
    passwords = Passwords(settings(password_threads=1, password_queue=2))

    results = await asyncio.gather(
        *(passwords.hash(f"password {n}") for n in range(10)), return_exceptions=True
    )

    refused = [result for result in results if isinstance(result, DependencyUnavailable)]
    assert 0 < len(refused) < 10
    assert all(error.headers["Retry-After"] == "2" for error in refused)


async def test_a_refusal_at_ones_turn_gives_the_turn_back() -> None:
    passwords = Passwords(settings(password_threads=1))

    async def refuse() -> None:
        raise ValueError("not any more")

    for _ in range(5):
        with pytest.raises(ValueError, match="not any more"):
            await passwords.verify(None, "x", at_turn=refuse)

    assert await passwords.hash("still works 1")
