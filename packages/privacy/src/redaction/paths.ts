import type { JsonObject, JsonValue } from '@retort/kernel';
import { z } from 'zod';

/** A place in a decision: members by name, `*` for any member, `[*]` for any item, as in `context.accounts[*].iban`. A leading
 *  `$.` may be written. */
export const jsonPath = z
  .string()
  .regex(/^(\$\.)?[\w-]+(\.(\*|[\w-]+)|\[\*\])*$/, 'expected names, * and [*], as in context.accounts[*].iban');

export function stepsOf(path: string): string[] {
  return path.replace(/^\$\./, '').replaceAll('[*]', '.[*]').split('.');
}

/** Paths, merged: what a walk through a decision is at. */
export interface PathTree {
  isEnd: boolean;
  steps: ReadonlyMap<string, PathTree>;
}

export function treeOf(paths: readonly (readonly string[])[]): PathTree {
  const steps = new Map<string, string[][]>();
  for (const [first, ...rest] of paths) if (first !== undefined) steps.set(first, [...(steps.get(first) ?? []), rest]);
  return {
    isEnd: paths.some((path) => path.length === 0),
    steps: new Map([...steps].map(([step, rest]) => [step, treeOf(rest)])),
  };
}

/** Where a walk is after a member (a name) or an item (null). */
export function after(trees: readonly PathTree[], member: string | null): PathTree[] {
  if (trees.length === 0) return none;
  const wanted = member === null ? ['[*]'] : [member, '*'];
  return trees.flatMap(({ steps }) => wanted.flatMap((step) => steps.get(step) ?? []));
}
const none: PathTree[] = [];

/** Every value at a path. */
export function valuesAt(value: JsonValue | undefined, steps: readonly string[]): JsonValue[] {
  const [step, ...rest] = steps;
  if (value === undefined) return [];
  if (step === undefined) return [value];
  if (step === '[*]') return Array.isArray(value) ? value.flatMap((item) => valuesAt(item, rest)) : [];
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  if (step === '*') return Object.values(value).flatMap((member) => valuesAt(member, rest));
  return Object.hasOwn(value, step) ? valuesAt((value as JsonObject)[step], rest) : [];
}

/** A call may be told in several forms: a rule about its arguments or its outcome holds for all of them. */
export function inEveryForm(path: readonly string[]): (readonly string[])[] {
  const [first, ...rest] = path;
  const forms = formsOf[first ?? ''];
  return forms ? forms.map((form) => [...form, ...rest]) : [path];
}

const formsOf: Readonly<Record<string, readonly (readonly string[])[]>> = {
  tool_parameters: [
    ['tool_parameters'],
    ['known_parameters'],
    ['tool_calls', '[*]', 'parameters'],
    ['tool_calls', '[*]', 'known_parameters'],
  ],
  outcome: [['outcome'], ['tool_calls', '[*]', 'outcome']],
};
