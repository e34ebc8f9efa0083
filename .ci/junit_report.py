"""Counts the operations of a JUnit file, prints the count, and writes it in the form of vitest's report.

usage: junit_report.py JUNIT STATUS [REPORT]; STATUS is the exit code of the run, which a count without a failure may not hide.
"""
import json
import sys
import xml.etree.ElementTree as xml

junit, status, report = sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""
try:
    cases = list(xml.parse(junit).getroot().iter("testcase"))
except (OSError, xml.ParseError):
    cases = []


def messages(case, tag):
    return [part.get("message") or part.text or "" for part in case if part.tag == tag]


def status_of(case):
    """A failure is an answer that should not have been; an error is the tool's own: the operation counts as not tried."""
    if messages(case, "failure"):
        return "failed"
    return "skipped" if messages(case, "error") or case.find("skipped") is not None else "passed"


results = [
    {
        "fullName": case.get("name"),
        "status": status_of(case),
        "failureMessages": messages(case, "failure") + messages(case, "error"),
    }
    for case in cases
]
count = {name: sum(one["status"] == name for one in results) for name in ("passed", "failed", "skipped")}
# A few operations may be beyond the tool; where it could try hardly any, nothing was shown.
silent = status != 0 and count["failed"] == 0 and not 0 < count["skipped"] <= len(cases) / 10
if silent:
    count["failed"] = 1
print("schemathesis: {passed} operations passed, {failed} failed, {skipped} skipped".format(**count))
if report:
    whole = {
        "numPassedTests": count["passed"],
        "numFailedTests": count["failed"],
        "numPendingTests": count["skipped"],
        "testResults": [
            {
                "name": "schemathesis",
                "status": "failed" if count["failed"] else "passed",
                "message": f"The run ended with {status}." if silent else "",
                "assertionResults": results,
            }
        ],
    }
    with open(report, "w", encoding="utf-8") as file:
        json.dump(whole, file)
sys.exit(1 if count["failed"] else 0)
