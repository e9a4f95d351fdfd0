"""Tax codes over HTTP."""

import pytest

from chassis.testing import Api, EmittedEvents
from tongheng_contracts.masterdata import TaxCodeChanged

TAX_CODES = "/masterdata/tax-codes"


async def test_tax_code_is_introduced(seeded: Api, emitted_events: EmittedEvents) -> None:
    answer = await seeded.post(TAX_CODES, {"code": "VAT3", "name": "征收率 3%", "rate": "0.03"})

    assert (answer.status_code, answer.json()["rate"]) == (201, "0.03")
    assert str((await emitted_events(TaxCodeChanged))[-1].tax_code.rate) == "0.03"


@pytest.mark.parametrize(
    "wrong", [{"rate": "13"}, {"rate": "-0.1"}, {"rate": 0.13}, {"rate": "0.1", "kind": "exempt"}]
)
async def test_wrong_rate_is_refused(seeded: Api, wrong: dict[str, object]) -> None:
    answer = await seeded.post(TAX_CODES, {"code": "T", "name": "税", **wrong})

    assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")


async def test_rate_of_a_tax_code_does_not_change(seeded: Api) -> None:
    answer = await seeded.patch(f"{TAX_CODES}/VAT13", {"rate": "0.12"}, if_match='"1"')

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown-field")
