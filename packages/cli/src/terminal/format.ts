import type { Measured } from '@retort/contracts';

/** 0.9312 of 1000 → `93.1% (931 of 1,000)`; nothing counted → `–`. */
export function formatRate(rate: Measured | null | undefined): string {
  if (!rate || rate.value === null) return '–';
  const interval = rate.interval ? `, 95% interval ${percent(rate.interval[0])} to ${percent(rate.interval[1])}` : '';
  return `${percent(rate.value)} (${count(rate.numerator)} of ${count(rate.denominator)}${interval})`;
}

export function percent(value: number): string {
  return `${(value * 100).toFixed(1)}%`;
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Two aligned columns under a title. */
export function table(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return [title, ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)].join('\n');
}
