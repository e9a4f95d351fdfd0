"""Batches over HTTP: each row is validated, written and answered by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar, cast

from fastapi import Request, Response
from pydantic import BaseModel, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from chassis.errors import BusinessError, PayloadTooLarge, ValidationFailed
from chassis.problems import field_errors, language_of, problem_of, trace_id_of
from chassis.values import Input

ROWS_MAX = 1000

InputT = TypeVar("InputT", bound=Input)
AskedT = TypeVar("AskedT")
AnswerT = TypeVar("AnswerT", bound=BaseModel)
DoneT = TypeVar("DoneT")


def _or_refusal(value: object, read: ValidatorFunctionWrapHandler) -> object:
    """A row that does not conform is refused by itself; the others go on."""
    try:
        return read(value)
    except ValidationError as error:
        return ValidationFailed(
            errors=field_errors(error.errors(include_url=False, include_input=False))
        )


class Batch(Input, Generic[InputT]):
    """Up to 1,000 rows."""

    rows: list[Annotated[InputT, WrapValidator(_or_refusal)]]

    def read(self, make: Callable[[InputT], AskedT]) -> list[AskedT | BusinessError]:
        """What the rows ask for, and for those that do not conform why not."""
        if len(self.rows) > ROWS_MAX:
            raise PayloadTooLarge(limit=(f"{ROWS_MAX} rows", f"{ROWS_MAX} 行"))
        rows = cast("Sequence[InputT | BusinessError]", self.rows)
        return [row if isinstance(row, BusinessError) else make(row) for row in rows]


class RowAnswer(BaseModel, Generic[AnswerT]):
    """What became of one row: its `body`, or the `problem` with it."""

    index: int
    status: int
    body: AnswerT | None = None
    problem: dict[str, Any] | None = None


class BatchAnswer(BaseModel, Generic[AnswerT]):
    """An answer for each row, in the order of the rows."""

    results: list[RowAnswer[AnswerT]]


def batch_answer(
    request: Request,
    outcomes: Sequence[DoneT | BusinessError],
    view: Callable[[DoneT], BaseModel],
) -> Response:
    """The answers, written at once: a thousand documents need no second validation."""
    language = language_of(request.headers.get("accept-language"))
    trace_id = trace_id_of(request)
    results = [
        RowAnswer[Any](
            index=index,
            status=each.status,
            problem=problem_of(each, language=language, trace_id=trace_id),
        )
        if isinstance(each, BusinessError)
        else RowAnswer[Any](index=index, status=201, body=view(each))
        for index, each in enumerate(outcomes)
    ]
    content = BatchAnswer[Any](results=results).model_dump_json(exclude_unset=True)
    return Response(content, media_type="application/json")
