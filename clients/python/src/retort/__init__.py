"""Records what an AI agent decides for Retort, asks the student that learned from it, and reads data products."""

from ._client import Client, Prediction
from ._errors import RetortError, RetortWarning
from ._recorder import Recorder, Stats
from ._types import Call, Decision, Outcome, Tool

__all__ = [
    "Call",
    "Client",
    "Decision",
    "Outcome",
    "Prediction",
    "Recorder",
    "RetortError",
    "RetortWarning",
    "Stats",
    "Tool",
]
