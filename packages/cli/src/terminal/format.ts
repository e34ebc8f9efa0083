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
