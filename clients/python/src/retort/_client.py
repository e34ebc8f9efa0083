from __future__ import annotations

import json
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypedDict
from urllib.parse import quote

import httpx

from ._errors import error_of, unreachable
from ._types import Outcome, Tool

if TYPE_CHECKING:
    import pandas


class Answer(TypedDict):
    tool_selected: str | None
    tool_parameters: dict[str, Any]
    tool_calls: list[dict[str, Any]]
    answer: Literal["call", "calls", "words"]


class Prediction(TypedDict):
    """`call` is None where nobody answered."""

    id: str | None
    call: Answer | None
    served_by: Literal["student", "teacher", "none"]
    fallback_reason: str | None
    confidence: float | None
    tool_confidence: float | None
    proposal: Answer | None
    model_version: str | None
    threshold: float | None


class Client:
    """The platform's API with a key. Every method raises `RetortError`."""

    def __init__(self, url: str, api_key: str, *, timeout: float = 10.0) -> None:
        self._http = httpx.Client(
            base_url=url,
            timeout=timeout,
            headers={"authorization": f"Bearer {api_key}"},
        )

    def predict(
        self,
        context: dict[str, Any],
        *,
        tools_available: list[Tool] | None = None,
        toolset: str | None = None,
        agent_id: str | None = None,
        fallback: Literal["teacher", "none"] = "teacher",
        no_tool: Literal["teacher", "accept"] = "teacher",
        model: str | None = None,
        id: str | None = None,
    ) -> Prediction:
        """The calls to make: the student's where its guarantee holds, else the teacher's (`fallback="none"`: nobody's).
        The context has the form that decisions are recorded in."""
        question = {
            "id": id,
            "context": context,
            "tools_available": tools_available,
            "toolset": toolset,
            "agent_id": agent_id,
            "model": model,
            "fallback": fallback,
            "no_tool": no_tool,
        }
        body = {name: value for name, value in question.items() if value is not None}
        return self._json("POST", "/api/v1/predictions", body)

    def outcome(self, decision_id: str, outcome: Outcome) -> None:
        """Reports what became of a decision that was recorded."""
        self._json("POST", f"/api/v1/decisions/{quote(decision_id, safe='')}/outcome", outcome)

    def status(self) -> dict[str, Any]:
        """Where the loop stands: what came in, what is missing until the next step, what serves."""
        return self._json("GET", "/api/v1/status")

    def rows(self, product: str, **query: str) -> Iterator[dict[str, Any]]:
        """The rows of a data product, one after another; `version` and `as_of` pin them."""
        path = f"/api/v1/data-products/{quote(product, safe='')}/rows"
        headers = {"accept": "application/x-ndjson"}
        try:
            with self._http.stream("GET", path, params=query, headers=headers) as response:
                if response.is_error:
                    response.read()
                    raise error_of(response)
                for line in response.iter_lines():
                    if line:
                        yield json.loads(line)
        except httpx.TransportError as error:
            raise unreachable(error, str(self._http.base_url)) from error

    def frame(self, product: str, **query: str) -> pandas.DataFrame:
        """The rows of a data product as a table; it takes `pip install retort[pandas]`."""
        import pandas

        return pandas.DataFrame.from_records(list(self.rows(product, **query)))

    def _json(self, method: str, path: str, body: Any = None) -> Any:
        try:
            response = self._http.request(method, path, json=body)
        except httpx.TransportError as error:
            raise unreachable(error, str(self._http.base_url)) from error
        if response.is_error:
            raise error_of(response)
        return response.json()

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
