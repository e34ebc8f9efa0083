from __future__ import annotations

from typing import Any

import httpx


class RetortWarning(UserWarning):
    """What a person must put right: a wrong key, a wrong address, decisions that were lost."""


class RetortError(Exception):
    """The platform refused, or did not answer. It never carries what was sent."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int | None = None,
        request_id: str | None = None,
        errors: list[dict[str, str]] | None = None,
    ) -> None:
        super().__init__(message)
        #: The stable type of the problem (`/errors#…`), or `unreachable`.
        self.code = code
        #: The HTTP status, where there was an answer.
        self.status = status
        #: Names the request in the platform's log.
        self.request_id = request_id
        #: What is wrong, each with an RFC 6901 `pointer` and a `message`.
        self.errors = errors or []


def error_of(response: httpx.Response) -> RetortError:
    """The problem (RFC 9457) that an answer tells."""
    problem = _object(response)
    message = problem.get("detail") or problem.get("title") or f"Retort answers {response.status_code}."
    return RetortError(
        str(message),
        code=str(problem.get("type", "refused")),
        status=response.status_code,
        request_id=problem.get("request_id"),
        errors=problem.get("errors"),
    )


def unreachable(error: httpx.TransportError, url: str) -> RetortError:
    return RetortError(f"Retort was not reached at {url} ({type(error).__name__}).", code="unreachable")


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        value = response.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
