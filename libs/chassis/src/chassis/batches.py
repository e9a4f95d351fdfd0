"""Many at once over HTTP: each row is validated, written and answered by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Self, TypeVar, cast

from fastapi import Request, Response
from pydantic import BaseModel, Field, PrivateAttr, ValidationError

from .errors import BusinessError, PayloadTooLarge, ValidationFailed
from .jsonreader import Json
from .problems import field_errors, language_of, problem_of, trace_id_of
from .values import Input

ROWS_MAX = 1000

InputT = TypeVar("InputT", bound=Input)
AskedT = TypeVar("AskedT")
AnswerT = TypeVar("AnswerT", bound=BaseModel)
DoneT = TypeVar("DoneT")


class Batch(Input, Generic[InputT]):
    """The body of a `:batch`: up to 1,000 rows; one that does not conform is refused by itself."""

    rows: list[InputT] = Field(json_schema_extra={"maxItems": ROWS_MAX})
    _refused: dict[int, BusinessError] = PrivateAttr(default_factory=dict[int, BusinessError])

    @classmethod
    def of_json(cls, raw: bytes, value: Json) -> Self:
        """Read a body; what is wrong within a row is kept for that row's answer."""
        rows = value.get("rows") if isinstance(value, dict) else None
        if not isinstance(rows, list):
            return cls.model_validate_json(raw)
        if len(rows) > ROWS_MAX:
            raise PayloadTooLarge(limit=(f"{ROWS_MAX} rows", f"{ROWS_MAX} 行"))
        try:
            return cls.model_validate_json(raw)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            if not all(_is_of_a_row(each["loc"]) for each in found):
                raise
            by_row: dict[int, list[Mapping[str, Any]]] = {}
            for each in found:
                by_row.setdefault(cast("int", each["loc"][1]), []).append(each)
        # The second reading is in JSON's own mode too: strict models take ids, days and lists only there.
        good = [row for index, row in enumerate(rows) if index not in by_row]
        batch = cls.model_validate_json(
            json.dumps({**cast("dict[str, Json]", value), "rows": good})
        )
        for index, errors in by_row.items():
            batch._refused[index] = ValidationFailed(errors=field_errors(errors, skip=2))
        return batch

    def proposals(self) -> list[InputT | BusinessError]:
        """The rows in their order, and for those that do not conform why not."""
        good = iter(self.rows)
        count = len(self.rows) + len(self._refused)
        return [self._refused[n] if n in self._refused else next(good) for n in range(count)]

    def read(self, make: Callable[[InputT], AskedT]) -> list[AskedT | BusinessError]:
        """What the rows ask for, and for those that do not conform why not."""
        return [row if isinstance(row, BusinessError) else make(row) for row in self.proposals()]


class RowAnswer(BaseModel, Generic[AnswerT]):
    """What became of one row: its `body`, or the `problem` with it."""

    index: int
    status: int
    body: AnswerT | None = None
    problem: dict[str, Any] | None = None


class BatchAnswer(BaseModel, Generic[AnswerT]):
    """An answer for each row, in the order of the rows."""

    results: list[RowAnswer[AnswerT]]


_ROW = RowAnswer[Any]
_ANSWER = BatchAnswer[Any]


def batch_answer(
    request: Request,
    outcomes: Sequence[DoneT | BusinessError],
    view: Callable[[DoneT], BaseModel] | None = None,
    *,
    status: int = 201,
) -> Response:
    """The answers, written at once: a thousand documents need no second validation."""
    language = language_of(request.headers.get("accept-language"))
    trace_id = trace_id_of(request)
    request.state.refused_rows = [
        each for each in outcomes if isinstance(each, BusinessError) and each.status == 403
    ]
    results: list[RowAnswer[Any]] = []
    for index, each in enumerate(outcomes):
        if isinstance(each, BusinessError):
            problem = problem_of(each, language=language, trace_id=trace_id)
            results.append(_ROW(index=index, status=each.status, problem=problem))
        else:
            body = view(each) if view is not None else each
            results.append(_ROW(index=index, status=status, body=body))
    content = _ANSWER(results=results).model_dump_json(exclude_unset=True)
    return Response(content, media_type="application/json")


def _is_of_a_row(location: Sequence[int | str]) -> bool:
    return len(location) >= 2 and location[0] == "rows" and isinstance(location[1], int)
