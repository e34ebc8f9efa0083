// What became of the tests, from the reports of vitest given as arguments: every failure again, so that it stands at the end of
// a long output, and the count.
import { readFileSync } from 'node:fs';

const linesOfAFailure = 25;

/** A report that is not there counts as one failure: its run ended before it could say more. */
const read = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, testResults: [] };
  }
};
const reports = process.argv.slice(2).map(read);

const beginningOf = (text) => text.split('\n').slice(0, linesOfAFailure).join('\n');
for (const { name, status, message, assertionResults } of reports.flatMap(({ testResults }) => testResults)) {
  const failed = assertionResults.filter((one) => one.status === 'failed');
  for (const { fullName, failureMessages } of failed)
    console.log(`\nfailed: ${name}\n  ${fullName}\n${beginningOf(failureMessages.join('\n'))}`);
  if (status === 'failed' && failed.length === 0) console.log(`\nfailed: ${name}\n${beginningOf(message)}`);
}

const sum = (count) => reports.reduce((total, report) => total + count(report), 0);
const skipped = sum(({ numPendingTests, numTodoTests = 0 }) => numPendingTests + numTodoTests);
console.log(
  `${sum((one) => one.numPassedTests)} passed, ${sum((one) => one.numFailedTests)} failed, ${skipped} skipped`,
);
