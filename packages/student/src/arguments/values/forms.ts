import type { JsonValue } from '@retort/kernel';
import { sameValue } from './alignment.ts';
import { compileWhole } from './patterns.ts';

/** What all values of a parameter look like; a copy that does not is not proposed. `listed`: one of its known values;
 *  `patterned`: what one of its expressions matches. */
export const forms = ['any', 'date', 'time', 'numeral', 'number', 'patterned', 'listed'] as const;
export type Form = (typeof forms)[number];

const shapes: Partial<Record<Form, RegExp>> = {
  date: /^\d{4}-\d\d-\d\d$/,
  time: /^\d\d:\d\d$/,
  numeral: /^-?\d+(\.\d+)?$/,
};

/** The form that at least 99% of the values have, beside those in `listed`, which need not be copied. */
export function learnForm(
  values: readonly JsonValue[],
  known: { listed: readonly JsonValue[]; patterns: readonly string[] },
): Form {
  const { listed } = known;
  if (values.length < 10) return 'any';
  const isListed = (value: JsonValue) => listed.some((one) => sameValue(one, value));
  const open = values.filter((value) => !isListed(value));
  if (open.length === 0 && values.length >= 5 * listed.length && listed.length > 1) return 'listed';
  if (open.length < 10) return 'any';
  const shape = (['date', 'time', 'numeral', 'number'] as const).find(
    (form) => share(open, (value) => hasForm(value, { form, values: [] })) >= 0.99,
  );
  if (shape) return shape;
  const expressions = known.patterns.map(compileWhole);
  return share(open, (value) => expressions.some((expression) => expression.test(String(value)))) >= 0.99
    ? 'patterned'
    : 'any';
}

export function hasForm(
  value: JsonValue,
  of: { form: Form; values: readonly JsonValue[]; whole?: readonly RegExp[] },
): boolean {
  switch (of.form) {
    case 'any':
      return true;
    case 'listed':
      return of.values.some((one) => sameValue(one, value));
    case 'number':
      return typeof value === 'number';
    case 'patterned':
      return of.whole?.some((expression) => expression.test(String(value))) ?? true;
    default:
      return typeof value === 'string' && shapes[of.form]!.test(value);
  }
}

function share(values: readonly JsonValue[], test: (value: JsonValue) => boolean): number {
  return values.filter(test).length / values.length;
}
