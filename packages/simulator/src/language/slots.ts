import type { JsonValue, Random } from '@retort/kernel';
import { wordings } from './lexicon.ts';

/** A slot whose value is recognised by its form: it can be spoken, and found again in any text. */
export interface PatternSlot {
  kind: 'pattern';
  /** What the assistant asks when the value is missing. */
  question: string;
  /** A value and its wording; `today` is an ISO date. */
  speak(random: Random, today: string): { value: JsonValue; text: string };
  find(text: string, today: string): { value: JsonValue; start: number; end: number } | undefined;
}

/** A slot whose value is a word of a closed list, each value with its own wordings. */
export interface ChoiceSlot {
  kind: 'choice';
  question: string;
  values: Readonly<Record<string, readonly string[]>>;
}
export type Slot = PatternSlot | ChoiceSlot;

export function choices(question: string, source: Readonly<Record<string, string>>): ChoiceSlot {
  const values = Object.entries(source).map(([value, words]) => [value, wordings(words).usual] as const);
  return { kind: 'choice', question, values: Object.fromEntries(values) };
}

/** A slot made of a wording and the expression that finds it; `value` normalises what was found. */
function pattern(definition: {
  question: string;
  expression: RegExp;
  speak: PatternSlot['speak'];
  value: (match: RegExpExecArray, today: string) => JsonValue;
}): PatternSlot {
  return {
    kind: 'pattern',
    question: definition.question,
    speak: definition.speak,
    find(text, today) {
      const match = definition.expression.exec(text);
      return match
        ? { value: definition.value(match, today), start: match.index, end: match.index + match[0].length }
        : undefined;
    },
  };
}

/** An amount of money in [low, high], two significant digits: `$1,200`, `1200 dollars`, `USD 1,200`, `1.2k`. */
export function money(low: number, high: number): PatternSlot {
  return pattern({
    question: 'What amount?',
    expression: /(?:\$|\busd )(\d[\d,]*(?:\.\d+)?)(k\b)?|\b(\d[\d,]*(?:\.\d+)?)(?: (?:dollars|bucks)\b|(k\b))/i,
    value: (match) =>
      Math.round(Number((match[1] ?? match[3]!).replaceAll(',', '')) * ((match[2] ?? match[4]) ? 1000 : 1)),
    speak(random) {
      const value = roundAmount(low * (high / low) ** random.next());
      const grouped = String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',');
      const short = value >= 1000 && value % 100 === 0 && random.next() < 0.15;
      const forms = [`$${grouped}`, `$${value}`, `${grouped} dollars`, `USD ${grouped}`, `$${grouped}`];
      return { value, text: short ? `$${value / 1000}k` : random.pick(forms) };
    },
  });
}

export function roundAmount(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.round(value / unit) * unit;
}

/** An identifier such as LN-20441. With `after`, only the one that follows these words: `reference('AC', {after: 'to'})`. */
export function reference(
  prefix: string,
  { after, question }: { after?: string; question?: string } = {},
): PatternSlot {
  const anchor = after ? `(?<=\\b(?:${after}) (?:account )?)` : '';
  return pattern({
    question: question ?? `Which ${prefix} reference?`,
    expression: new RegExp(`${anchor}\\b${prefix}-\\d{5}\\b`, 'i'),
    value: (match) => match[0].toUpperCase(),
    speak(random) {
      const text = `${prefix}-${20_000 + random.integer(9_000)}`;
      return { value: text, text };
    },
  });
}

/** A span of months: `36 months`, `3 years`. */
export function months(values: readonly number[]): PatternSlot {
  return pattern({
    question: 'For how many months?',
    expression: /\b(\d{1,3}) (months?|years?)\b/i,
    value: (match) => Number(match[1]) * (match[2]!.toLowerCase().startsWith('y') ? 12 : 1),
    speak(random) {
      const value = random.pick(values);
      const inYears = value % 12 === 0 && random.next() < 0.25;
      return { value, text: inYears ? `${value / 12} ${value === 12 ? 'year' : 'years'}` : `${value} months` };
    },
  });
}

export function percent(values: readonly number[]): PatternSlot {
  return pattern({
    question: 'What percentage?',
    expression: /\b(\d+(?:\.\d+)?) ?(?:%|percent\b)/i,
    value: (match) => Number(match[1]),
    speak(random) {
      const value = random.pick(values);
      return { value, text: random.next() < 0.7 ? `${value}%` : `${value} percent` };
    },
  });
}

/** A number of things: `counted('transactions', [10, 20])` reads `10 transactions`. */
export function counted(unit: string, values: readonly number[]): PatternSlot {
  return pattern({
    question: `How many ${unit}?`,
    expression: new RegExp(`\\b(\\d{1,4}) ${unit}\\b`, 'i'),
    value: (match) => Number(match[1]),
    speak(random) {
      const value = random.pick(values);
      return { value, text: `${value} ${unit}` };
    },
  });
}

/** One of a list of proper names (people, ticker symbols), word for word. */
export function named(question: string, names: readonly string[]): PatternSlot {
  return pattern({
    question,
    expression: new RegExp(`\\b(?:${names.join('|')})\\b`),
    value: (match) => match[0],
    speak(random) {
      const text = random.pick(names);
      return { value: text, text };
    },
  });
}

export function email(): PatternSlot {
  return pattern({
    question: 'Which e-mail address?',
    expression: /\b[\w.]+@[\w-]+\.[a-z]{2,}\b/i,
    value: (match) => match[0],
    speak(random) {
      const text = `${random.pick(['ops', 'desk', 'team', 'ana', 'li', 'sam', 'noor'])}${random.integer(60)}@example.${random.pick(['com', 'org'])}`;
      return { value: text, text };
    },
  });
}

/** Words between quotation marks, taken as they are. */
export function quoted(question: string, texts: readonly string[]): PatternSlot {
  return pattern({
    question,
    expression: /"([^"]+)"/,
    value: (match) => match[1]!,
    speak(random) {
      const value = random.pick(texts);
      return { value, text: `"${value}"` };
    },
  });
}

const monthNames = 'January February March April May June July August September October November December'.split(' ');

/** A day within the next two months, as an ISO date: `2026-03-14`, `14 March 2026`, `tomorrow`. */
export function day(): PatternSlot {
  return pattern({
    question: 'On which day?',
    expression: new RegExp(
      `\\b(\\d{4}-\\d{2}-\\d{2})\\b|\\b(\\d{1,2}) (${monthNames.join('|')}) (\\d{4})\\b|\\btomorrow\\b`,
      'i',
    ),
    value(match, today) {
      if (match[1]) return match[1];
      if (!match[2]) return dayAfter(today, 1);
      const month = monthNames.findIndex((name) => name.toLowerCase() === match[3]!.toLowerCase()) + 1;
      return `${match[4]}-${String(month).padStart(2, '0')}-${match[2].padStart(2, '0')}`;
    },
    speak(random, today) {
      if (random.next() < 0.15) return { value: dayAfter(today, 1), text: 'tomorrow' };
      const value = dayAfter(today, 2 + random.integer(58));
      const [year, month, date] = value.split('-').map(Number);
      return { value, text: random.next() < 0.6 ? value : `${date} ${monthNames[month! - 1]} ${year}` };
    },
  });
}

export function dayAfter(today: string, days: number): string {
  const start = Date.parse(`${today}T00:00:00Z`);
  return Number.isNaN(start) ? today : new Date(start + days * 86_400_000).toISOString().slice(0, 10);
}
