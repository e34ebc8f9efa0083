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


def complaints(case):
    return [part.get("message") or part.text or "" for part in case if part.tag in ("failure", "error")]


results = [
    {
        "fullName": case.get("name"),
        "status": "failed" if complaints(case) else "skipped" if case.find("skipped") is not None else "passed",
        "failureMessages": complaints(case),
    }
    for case in cases
]
count = {name: sum(one["status"] == name for one in results) for name in ("passed", "failed", "skipped")}
silent = status != 0 and count["failed"] == 0
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
