import { administrationErrors } from './administration.ts';
import { decisionErrors } from './decisions.ts';
import type { ErrorEntry } from './entry.ts';
import { learningErrors } from './learning.ts';
import { listErrors, runErrors } from './lists.ts';
import { platformErrors } from './platform.ts';
import { requestErrors } from './requests.ts';

const registry = {
  ...requestErrors,
  ...administrationErrors,
  ...listErrors,
  ...runErrors,
  ...decisionErrors,
  ...learningErrors,
  ...platformErrors,
} satisfies Record<string, ErrorEntry>;

/** Codes are stable, `area.what-was-wrong`: others match on them. */
export type ErrorCode = keyof typeof registry;

/** Every error code of the platform. */
export const errors: Readonly<Record<ErrorCode, ErrorEntry>> = registry;

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(registry, code);
}
