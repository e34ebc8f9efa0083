"""What is sent and answered. The members are those of the API; the platform's OpenAPI document describes them."""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class Tool(TypedDict, total=False):
    name: str
    description: str
    #: JSON Schema of the arguments; none when absent.
    parameters: dict[str, Any]


class Call(TypedDict, total=False):
    #: The provider's.
    id: str
    tool: str
    #: None: not known.
    parameters: dict[str, Any] | None


class Outcome(TypedDict, total=False):
    success: bool
    execution_time_ms: float
    result: Any


class DecidedBy(TypedDict, total=False):
    kind: Literal["teacher", "student"]
    model_version: str


class Exchange(TypedDict, total=False):
    latency_ms: float
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    response_id: str
    upstream: str


class Decision(TypedDict, total=False):
    """One answer of the teacher: a call, several (`tool_calls`), or words (`tool_selected` is None)."""

    id: str
    agent_id: str
    context: dict[str, Any]
    tools_available: list[Tool]
    #: A digest or a registered name, instead of the tools.
    toolset: str
    tool_selected: str | None
    tool_parameters: dict[str, Any] | None
    tool_calls: list[Call]
    reasoning: str | None
    outcome: Outcome | None
    teacher_model: str | None
    teacher_confidence: float | None
    decided_by: DecidedBy
    exchange: Exchange | None
    #: The session: decisions of one group are never split between training and test.
    group: str | None
    #: ISO 8601 with a zone; the time of `record` when absent.
    timestamp: str
