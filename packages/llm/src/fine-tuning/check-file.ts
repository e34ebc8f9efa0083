import { checkMessages, lineParts, type AcceptsArguments, type LinePart } from './check-line.ts';
import type { FileViolation } from './violation.ts';

export interface TrainingFiles {
  /** JSON Lines, as they would be uploaded. */
  training: readonly string[];
  validation?: readonly string[];
  method: 'supervised' | 'dpo';
  accepts: AcceptsArguments;
}

const fewestLines = 10;
const mostBytes = 512 * 1024 * 1024;

/** Everything a fine-tuning endpoint would refuse, and what it would not see: a validation file that repeats requests of
 *  the training file. Empty when the files are in order. */
export function checkTrainingFiles({ training, validation = [], method, accepts }: TrainingFiles): FileViolation[] {
  const trained = training.map((text, index) => checkLine({ text, line: index + 1, method, accepts }));
  const validated = validation.map((text, index) => checkLine({ text, line: index + 1, method, accepts }));
  return [
    ...ofTheWhole(training, 'training'),
    ...(validation.length > 0 ? ofTheWhole(validation, 'validation') : []),
    ...[...trained, ...validated].flatMap(({ violations }) => violations),
    ...leakage(trained, validated),
  ];
}

function ofTheWhole(lines: readonly string[], name: string): FileViolation[] {
  const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  return [
    ...(lines.length < fewestLines
      ? [
          violation(
            'too-few-lines',
            null,
            `The ${name} file has ${lines.length} lines; at least ${fewestLines} are needed.`,
          ),
        ]
      : []),
    ...(bytes > mostBytes
      ? [violation('too-large', null, `The ${name} file has ${bytes} bytes; at most ${mostBytes} are taken.`)]
      : []),
  ];
}

interface CheckedLine {
  violations: FileViolation[];
  /** The request alone; null when the line is malformed. */
  request: string | null;
}

function checkLine(question: { text: string; line: number } & Pick<TrainingFiles, 'method' | 'accepts'>): CheckedLine {
  const { text, line, method, accepts } = question;
  const parts = lineParts(text, method);
  if ('malformed' in parts) return { violations: [violation('malformed', line, parts.malformed)], request: null };
  const violations = parts.conversations.flatMap((conversation: LinePart) =>
    checkMessages(conversation, accepts).map(({ code, message }) => violation(code, line, message)),
  );
  return { violations, request: parts.request };
}

function leakage(trained: readonly CheckedLine[], validated: readonly CheckedLine[]): FileViolation[] {
  const known = new Set(trained.map(({ request }) => request));
  return validated.flatMap(({ request }, index) =>
    request !== null && known.has(request)
      ? [violation('leakage', index + 1, 'A request of the validation file is in the training file as well.')]
      : [],
  );
}

function violation(code: FileViolation['code'], line: number | null, message: string): FileViolation {
  return { code, line, message };
}
