/** Logs hold anything: what is not of the wanted shape is absent. */
export function objectIn(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

export function listIn(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? (value as unknown[]) : undefined;
}

/** A text that says something. */
export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberIn(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** A value that some exports write as JSON inside a text. */
export function unwrapped(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** ISO 8601 in UTC: of a text with a zone, of one without (UTC is meant), of seconds or milliseconds since 1970. */
export function momentIn(value: unknown): string | undefined {
  const text = textIn(value);
  const number = numberIn(value);
  const moment =
    number === undefined
      ? new Date(text === undefined ? NaN : /[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`)
      : new Date(number < 1e11 ? number * 1000 : number);
  const year = moment.getUTCFullYear();
  return year >= 1 && year <= 9999 ? moment.toISOString() : undefined;
}

/** Milliseconds from one moment to a later one. */
export function millisecondsBetween(start: unknown, end: unknown): number | undefined {
  const [from, to] = [momentIn(start), momentIn(end)];
  if (from === undefined || to === undefined) return undefined;
  const milliseconds = Date.parse(to) - Date.parse(from);
  return milliseconds >= 0 ? milliseconds : undefined;
}

/** Tokens that were read and written; null where the log does not say. */
export function usageIn(prompt: unknown, completion: unknown): { prompt: number; completion: number } | null {
  const [read, written] = [tokensIn(prompt), tokensIn(completion)];
  return read === undefined && written === undefined ? null : { prompt: read ?? 0, completion: written ?? 0 };
}

function tokensIn(value: unknown): number | undefined {
  const tokens = numberIn(value);
  return tokens !== undefined && Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : undefined;
}

/** The first member that says something, under any of its names: exports write `traceId`, `trace_id` or "Trace ID". */
export function member(object: Record<string, unknown>, ...names: string[]): unknown {
  for (const name of names) {
    const value = object[name];
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return undefined;
}

/** What a member holds, when it is there: `{ name: value }` to be spread. */
export function given<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: Value });
}
