"""What requests of several features take."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from chassis.values import CodeIn


def _company(code: str) -> str:
    if "," in code:
        raise PydanticCustomError(
            "code", "A code has no control characters and no space at its ends."
        )
    return code


CompanyIn = Annotated[CodeIn, AfterValidator(_company)]
"""A company's code, or `*` for all."""
CompaniesIn = Annotated[
    list[CompanyIn], Field(max_length=1000, description='Company codes; ["*"] for all.')
]
ScopeIn = Annotated[list[CompanyIn], Field(max_length=1000, description='Codes; ["*"] for all.')]
RolesIn = Annotated[list[CodeIn], Field(max_length=100, description="Codes of roles.")]
