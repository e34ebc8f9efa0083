from __future__ import annotations

import atexit
import json
import random
import threading
import time
import uuid
import warnings
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from types import TracebackType
from urllib.parse import quote

import httpx

from ._errors import RetortError, RetortWarning, error_of, unreachable
from ._types import Decision, Outcome

_AWAY = {408, 425, 429, 502, 503, 504}
_ATTEMPTS_WHEN_UNCLEAR = 5
_FIRST_DELAY = 0.25
_LONGEST_DELAY = 30.0


@dataclass(frozen=True)
class Stats:
    """Counts of decisions and outcomes."""

    queued: int = 0
    #: Durable at the platform.
    sent: int = 0
    #: Never sent: the queue was full, or closing ran out of time.
    dropped: int = 0
    #: Given up: not JSON, or the platform refused the whole request.
    failed: int = 0
    #: Refused one by one.
    rejected: int = 0


@dataclass(frozen=True)
class _Item:
    line: str
    #: The decision that it is the outcome of.
    outcome_of: str | None = None


class Recorder:
    """Records decisions without being in the agent's way: `record` never raises and never waits. A thread sends batches and
    tries again while the platform is away. What is queued when the program ends is sent first."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        queue_size: int = 1000,
        batch_size: int = 100,
        flush_interval: float = 5.0,
        timeout: float = 10.0,
        on_error: Callable[[RetortError], None] | None = None,
    ) -> None:
        self._http = httpx.Client(
            base_url=url,
            timeout=timeout,
            headers={"authorization": f"Bearer {api_key}"},
        )
        self._queue: deque[_Item] = deque()
        self._queue_size = queue_size
        self._batch_size = max(1, min(batch_size, 1000))
        self._flush_interval = flush_interval
        self._on_error = on_error
        self._stats = Stats()
        self._warned: set[str] = set()
        self._changed = threading.Condition()
        self._due = False
        self._in_flight = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="retort-recorder", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def record(self, decision: Decision) -> str | None:
        """Takes a copy of the decision.

        Returns its id, to report its outcome by; None when it was dropped."""
        decision_id = decision.get("id") or str(uuid.uuid4())
        timestamp = decision.get("timestamp") or datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        taken = self._offer({**decision, "id": decision_id, "timestamp": timestamp}, None)
        return decision_id if taken else None

    def outcome(self, decision_id: str, outcome: Outcome) -> None:
        """What became of a decision, sent after it."""
        self._offer(outcome, decision_id)

    def flush(self, timeout: float = 10.0) -> bool:
        """Sends what is queued now; whether that was settled in time."""
        with self._changed:
            self._due = True
            self._changed.notify_all()
            return self._changed.wait_for(self._is_empty, timeout)

    def close(self, timeout: float = 10.0) -> None:
        """Takes no more, and tries until everything is settled or the time is up."""
        atexit.unregister(self.close)
        self.flush(timeout)
        with self._changed:
            left = len(self._queue) + self._in_flight
            self._closed = True
            self._count(dropped=left)
            self._queue.clear()
            self._changed.notify_all()
        if left > 0:
            self._warn(f"{left} decisions did not arrive at Retort, and are lost.")

    @property
    def stats(self) -> Stats:
        with self._changed:
            return replace(self._stats, queued=len(self._queue) + self._in_flight)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _offer(self, content: object, outcome_of: str | None) -> bool:
        try:
            # Written at once: an agent goes on writing into its messages.
            line = json.dumps(content, allow_nan=False, separators=(",", ":"))
        except (TypeError, ValueError, RecursionError):
            self._fail(RetortError("The decision cannot be written as JSON.", code="not-json"), 1)
            return False
        with self._changed:
            if self._closed or len(self._queue) + self._in_flight >= self._queue_size:
                self._count(dropped=1)
                return False
            self._queue.append(_Item(line, outcome_of))
            self._changed.notify_all()
        return True

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._queue)
                self._changed.wait_for(self._is_full, self._flush_interval)
                if self._closed:
                    return
                batch = self._take()
            if batch:
                self._deliver(batch)
            with self._changed:
                self._in_flight = 0
                if not self._queue:
                    self._due = False
                self._changed.notify_all()

    def _is_full(self) -> bool:
        return self._closed or self._due or len(self._queue) >= self._batch_size

    def _is_empty(self) -> bool:
        return self._closed or (not self._queue and self._in_flight == 0)

    def _take(self) -> list[_Item]:
        """Decisions up to the size of a batch, or one outcome."""
        batch: list[_Item] = []
        while self._queue and len(batch) < self._batch_size:
            if batch and (batch[0].outcome_of or self._queue[0].outcome_of):
                break
            batch.append(self._queue.popleft())
        self._in_flight = len(batch)
        return batch

    def _deliver(self, batch: list[_Item]) -> None:
        attempt = 0
        while not self._closed:
            attempt += 1
            error, retriable = self._post(batch)
            if error is None:
                return
            if not retriable or (error.status not in _AWAY and error.status and attempt >= _ATTEMPTS_WHEN_UNCLEAR):
                self._fail(error, len(batch))
                return
            self._tell(error)
            delay = min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** (attempt - 1))
            with self._changed:
                self._changed.wait_for(lambda: self._closed, delay / 2 + random.random() * delay / 2)

    def _post(self, batch: list[_Item]) -> tuple[RetortError | None, bool]:
        """What went wrong, and whether another attempt may help."""
        outcome_of = batch[0].outcome_of
        path, media_type = (
            ("/api/v1/decisions:batch", "application/x-ndjson")
            if outcome_of is None
            else (f"/api/v1/decisions/{quote(outcome_of, safe='')}/outcome", "application/json")
        )
        body = "\n".join(item.line for item in batch)
        try:
            response = self._http.post(path, content=body, headers={"content-type": media_type})
        except httpx.TransportError as error:
            return unreachable(error, str(self._http.base_url)), True
        if response.is_success and self._is_receipt(response, batch):
            return None, False
        error = error_of(response)
        return error, response.is_success or response.status_code in _AWAY or response.status_code >= 500

    def _is_receipt(self, response: httpx.Response, batch: list[_Item]) -> bool:
        """Whether the answer accounts for everything that was sent: a proxy's friendly page does not."""
        try:
            answer = response.json()
            if batch[0].outcome_of is not None:
                self._count(sent=1)
                return "id" in answer
            recorded, duplicates, rejected = (answer[name] for name in ("recorded", "duplicates", "rejected"))
            items = [item for item in answer["results"] if item["status"] >= 400]
        except (ValueError, TypeError, KeyError):
            return False
        if recorded + duplicates + rejected != len(batch):
            return False
        self._count(sent=recorded + duplicates)
        again = self._without_arguments(items, batch)
        self._count(rejected=rejected - len(again))
        for item in items:
            problem = item.get("problem") or {}
            self._tell(
                RetortError(
                    f"A decision was refused (status {item['status']}).",
                    code=str(problem.get("type", "refused")),
                    status=item["status"],
                    errors=problem.get("errors"),
                )
            )
        if again:
            self._deliver(again)
        return True

    def _without_arguments(self, items: list[dict], batch: list[_Item]) -> list[_Item]:
        """Decisions of which nothing but arguments was refused, with their arguments unknown: the tool is good evidence."""
        again: list[_Item] = []
        for item in items:
            pointers = [error["pointer"] for error in (item.get("problem") or {}).get("errors") or []]
            if not pointers or not all(_is_about_arguments(pointer) for pointer in pointers):
                continue
            decision = json.loads(batch[item["index"]].line)
            calls = decision.get("tool_calls")
            if any(call.get("parameters") is None for call in calls or []) or decision.get("tool_parameters", {}) is None:
                continue
            decision.pop("tool_parameters", None)
            if calls is None:
                decision["tool_parameters"] = None
            else:
                decision.pop("tool_selected", None)
                decision["tool_calls"] = [{**call, "parameters": None} for call in calls]
            again.append(_Item(json.dumps(decision, separators=(",", ":"))))
        return again

    def _fail(self, error: RetortError, decisions: int) -> None:
        self._count(failed=decisions)
        self._tell(error)

    def _tell(self, error: RetortError) -> None:
        if error.status in (401, 403):
            self._warn(f"The API key is refused (status {error.status}). It takes the scope decisions:write.")
        elif error.code == "unreachable" or error.status in (404, 405):
            self._warn(f"{error} Decisions are not recorded.")
        if self._on_error is not None:
            try:
                self._on_error(error)
            except Exception as failure:  # noqa: BLE001 - the host's callback must not stop the thread
                self._warn(f"on_error raised {type(failure).__name__}.")

    def _warn(self, message: str) -> None:
        """Said once, and not by the thread of the agent."""
        if message not in self._warned:
            self._warned.add(message)
            warnings.warn(message, RetortWarning, stacklevel=3)

    def _count(self, **more: int) -> None:
        with self._changed:
            counts = {name: getattr(self._stats, name) + value for name, value in more.items()}
            self._stats = replace(self._stats, **counts)


def _is_about_arguments(pointer: str) -> bool:
    parts = pointer.split("/")[1:]
    if parts[:1] == ["tool_calls"]:
        return len(parts) > 2 and parts[2] in ("parameters", "known_parameters")
    return parts[:1] in (["tool_parameters"], ["known_parameters"])
