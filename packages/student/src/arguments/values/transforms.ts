import type { JsonValue } from '@retort/kernel';
import { isoDate, parseDay, parseTime } from './dates.ts';
import { parseNumber } from './numbers.ts';

/** What may be done to a copied value before it is the teacher's. Their order is part of the artifact's format. */
export const transforms = [
  'same',
  'alias',
  'date',
  'time',
  'number',
  'numeral',
  'text',
  'title',
  'lower',
  'upper',
] as const;
export type Transform = (typeof transforms)[number];

/** Spellings that the teacher writes otherwise ("LA" is "Los Angeles"), by the lower-case spelling. */
export type Aliases = ReadonlyMap<string, JsonValue>;

export interface TransformEnvironment {
  today: number | undefined;
  aliases: Aliases;
}

/** The transformed value, or `undefined` when the transform does not apply to it. */
export function transformed(
  value: JsonValue,
  transform: Transform,
  environment: TransformEnvironment,
): JsonValue | undefined {
  if (transform === 'same') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return transform === 'text' ? String(value) : undefined;
  if (typeof value !== 'string' || value.length > 200) return undefined;
  switch (transform) {
    case 'alias':
      return environment.aliases.get(value.toLowerCase());
    case 'date': {
      const day = parseDay(value, environment.today);
      return day === undefined ? undefined : isoDate(day);
    }
    case 'time':
      return parseTime(value);
    case 'number':
      return parseNumber(value);
    case 'numeral': {
      const number = parseNumber(value);
      return number === undefined ? undefined : String(number);
    }
    case 'title':
      return value
        .toLowerCase()
        .replace(/(^|[\s(-])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase());
    case 'lower':
      return value.toLowerCase();
    case 'upper':
      return value.toUpperCase();
    case 'text':
      return undefined;
  }
}
