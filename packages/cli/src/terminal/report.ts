import { stripVTControlCharacters, styleText } from 'node:util';
import type { Measured } from '@retort/contracts';
import { count, percent } from './format.ts';

export type ReportRow = readonly [name: string, value: string];

const unknownWidth = 100;
const widest = 110;
const barCells = 16;

/** Two columns under a title, in groups; what is too long for the terminal is broken between words. Colours only where a
 *  person looks at them. */
export function report(
  title: string,
  groups: readonly (readonly ReportRow[])[],
  width = Math.min(process.stdout.columns ?? unknownWidth, widest),
): string {
  const indent = 4 + Math.max(...groups.flat().map(([name]) => name.length));
  const lineOf = ([name, value]: ReportRow) => {
    const label = `  ${name}`.padEnd(indent);
    return styleText('dim', label) + wrapped(value, Math.max(20, width - indent)).join(`\n${' '.repeat(indent)}`);
  };
  const shown = groups.filter(({ length }) => length > 0);
  return [styleText('bold', title), ...shown.map((rows) => rows.map(lineOf).join('\n'))].join('\n\n');
}

/** A share as a bar, as a number, and what it was counted from; nothing counted → `–`. */
export function rateBar(rate: Measured | null | undefined): string {
  if (!rate || rate.value === null) return '–';
  const interval = rate.interval ? `; ${(rate.interval[0] * 100).toFixed(1)}–${percent(rate.interval[1])}` : '';
  return `${shareBar(rate.value)} ${percent(rate.value).padStart(6)}  (${count(rate.numerator)} of ${count(rate.denominator)}${interval})`;
}

/** A share from 0 to 1. */
export function shareBar(share: number): string {
  const full = Math.round(share * barCells);
  return styleText('cyan', '█'.repeat(full)) + styleText('dim', '░'.repeat(barCells - full));
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && lengthOf(line) + 1 + lengthOf(word) <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

const lengthOf = (text: string) => stripVTControlCharacters(text).length;
