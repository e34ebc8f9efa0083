import { parseNumberWords, parseOrdinal } from './numbers.ts';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const dayLength = 86_400_000;

/** The day (days since 1970-01-01) that a phrase names, seen from `today`: "the 14th", "day after tomorrow", "next
 *  Friday", "March 3rd", "3/14". Without a year it is the next such day; without a clock only full dates are read. */
export function parseDay(phrase: string, today: number | undefined): number | undefined {
  const text = phrase.toLowerCase().trim();
  const full = /(\d{4})-(\d{1,2})-(\d{1,2})/.exec(text);
  if (full) return dayOf(Number(full[1]), Number(full[2]) - 1, Number(full[3]));
  const slashed = /^(\d{1,2})[/.](\d{1,2})(?:[/.](\d{2,4}))?$/.exec(text);
  if (slashed) return slashedDay(slashed, today);
  const words: readonly string[] = text.match(/[a-z]+|\d+(?:st|nd|rd|th)?/g) ?? [];
  return calendarDay(words, today) ?? (today === undefined ? undefined : relativeDay(words, today));
}

/** ISO 8601 of a day number. */
export function isoDate(day: number): string {
  return new Date(day * dayLength).toISOString().slice(0, 10);
}

/** `HH:MM` that a phrase names: "6:10 am", "6 in the evening", "half past nine", "noon". */
export function parseTime(phrase: string): string | undefined {
  const text = phrase.toLowerCase().replace(/([ap])\.?\s?m\b\.?/g, '$1m');
  const words: readonly string[] = text.match(/\d+|[a-z]+/g) ?? [];
  const night = words.includes('night') || words.includes('tonight');
  const evening = words.some((word) => /^(pm|afternoon|evening)$/.test(word)) || (night && !words.includes('midnight'));
  const morning = words.some((word) => /^(am|morning)$/.test(word));
  const clock = /(\d{1,2})\s*[:.h]\s*(\d{2})/.exec(text);
  if (clock) return clockTime({ hour: Number(clock[1]), minute: Number(clock[2]), morning, evening });
  const named = words.includes('midnight') ? 0 : words.includes('noon') || words.includes('midday') ? 12 : undefined;
  const hours = named ?? lastHour(words);
  if (hours === undefined) return undefined;
  const offset = minuteOffset(words);
  const total = (hours * 60 + offset + 1440) % 1440;
  return clockTime({ hour: Math.floor(total / 60), minute: total % 60, morning: morning || named === 0, evening });
}

function clockTime(time: { hour: number; minute: number; morning: boolean; evening: boolean }): string | undefined {
  let { hour } = time;
  if (hour > 24 || time.minute > 59) return undefined;
  if (time.morning && hour === 12) hour = 0;
  else if (time.evening && hour < 12) hour += 12;
  return `${String(hour % 24).padStart(2, '0')}:${String(time.minute).padStart(2, '0')}`;
}

function lastHour(words: readonly string[]): number | undefined {
  const after = words.findLastIndex((word) => word === 'past' || word === 'to' || word === 'after');
  for (let index = after + 1; index < words.length; index++) {
    const word = words[index]!;
    const hour = /^\d{1,2}$/.test(word) ? Number(word) : word.length > 2 ? parseNumberWords([word]) : undefined;
    if (hour !== undefined && hour <= 24) return hour;
  }
  return undefined;
}

function minuteOffset(words: readonly string[]): number {
  const at = words.findLastIndex((word) => word === 'past' || word === 'to' || word === 'after');
  if (at >= 0) {
    const before = words.slice(0, at);
    const amount = before.includes('half') ? 30 : before.includes('quarter') ? 15 : numberIn(before);
    return amount === undefined ? 0 : words[at] === 'to' ? -amount : amount;
  }
  if (words.includes('thirty')) return 30;
  if (words.includes('fifteen')) return 15;
  return words.includes('forty') && words.includes('five') ? 45 : 0;
}

function calendarDay(words: readonly string[], today: number | undefined): number | undefined {
  let month: number | undefined;
  let day: number | undefined;
  let year: number | undefined;
  words.forEach((word, index) => {
    const named = /^[a-z]{3,9}$/.test(word) && !/^(second|mart|mark|marry|may[a-z]+|sept[a-z]*th)$/.test(word);
    const found = named ? months.findIndex((name) => isMonth(word, name)) : -1;
    const ordinal = parseOrdinal(word) ?? compoundOrdinal(word, words[index + 1]);
    if (found >= 0) month ??= found;
    else if (ordinal !== undefined) day ??= ordinal;
    else if (/^\d{4}$/.test(word)) year ??= Number(word);
    else if (/^\d{1,2}$/.test(word) && day === undefined) day = Number(word);
  });
  if (day === undefined || (month === undefined && !words.some((word) => parseOrdinal(word) !== undefined)))
    return undefined;
  if (month !== undefined && year !== undefined) return dayOf(year, month, day);
  if (today === undefined) return undefined;
  const now = new Date(today * dayLength);
  if (month === undefined) {
    const next = words.includes('next') && words.includes('month');
    const shift = next || (day < now.getUTCDate() && !words.includes('this')) ? 1 : 0;
    return dayOf(now.getUTCFullYear(), now.getUTCMonth() + shift, day);
  }
  const guess = dayOf(now.getUTCFullYear(), month, day);
  return guess !== undefined && guess < today ? dayOf(now.getUTCFullYear() + 1, month, day) : guess;
}

function compoundOrdinal(word: string, next: string | undefined): number | undefined {
  return next !== undefined && (word === 'twenty' || word === 'thirty') ? parseOrdinal(`${word} ${next}`) : undefined;
}

function isMonth(word: string, name: string): boolean {
  return word.startsWith(name) && (word.length === 3 || fullMonths.has(word) || word === 'sept');
}

const fullMonths = new Set(
  'january february march april may june july august september october november december'.split(' '),
);

function relativeDay(words: readonly string[], today: number): number | undefined {
  const has = (word: string) => words.includes(word);
  if (has('tomorrow')) return today + (has('after') ? 2 : 1);
  if (has('yesterday')) return today - (has('before') ? 2 : 1);
  const weekday = words.map(weekdayOf).find((found) => found >= 0);
  if (weekday !== undefined) {
    const now = (((today + 4) % 7) + 7) % 7;
    const ahead = (weekday - now + 7) % 7 || 7;
    return today + ahead;
  }
  if (has('today') || has('tonight') || (has('now') && words.length <= 2)) return today;
  const amount = numberIn(words) ?? (has('a') || has('next') ? 1 : undefined);
  if (amount === undefined || !(has('in') || has('from') || has('next') || has('later'))) return undefined;
  if (has('day') || has('days')) return today + amount;
  return has('week') || has('weeks') ? today + 7 * amount : undefined;
}

function weekdayOf(word: string): number {
  return /^(sun|mon|tue|tues|wed|thu|thur|thurs|fri|sat|(sun|mon|tues|wednes|thurs|fri|satur)day)$/.test(word)
    ? weekdays.indexOf(word.slice(0, 3))
    : -1;
}

function numberIn(words: readonly string[]): number | undefined {
  for (const word of words) {
    const value = /^\d+$/.test(word) ? Number(word) : word.length > 2 ? parseNumberWords([word]) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}

function slashedDay(match: RegExpExecArray, today: number | undefined): number | undefined {
  const month = Number(match[1]) - 1;
  const day = Number(match[2]);
  if (match[3] !== undefined)
    return dayOf(match[3].length === 2 ? 2000 + Number(match[3]) : Number(match[3]), month, day);
  if (today === undefined) return undefined;
  const year = new Date(today * dayLength).getUTCFullYear();
  const guess = dayOf(year, month, day);
  return guess !== undefined && guess < today ? dayOf(year + 1, month, day) : guess;
}

function dayOf(year: number, month: number, day: number): number | undefined {
  if (day < 1 || day > 31 || month > 12) return undefined;
  const time = Date.UTC(year, month, day);
  return Number.isNaN(time) ? undefined : time / dayLength;
}
