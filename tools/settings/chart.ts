import { format } from 'prettier';
import { settings } from './reference.ts';

/** charts/retort/settings.json: every variable that a process reads → whether it is a secret. The chart refuses others, and
 *  secrets as values. */
export async function chartSettings(): Promise<string> {
  const all = [...(await settings()).values()].flat();
  const known = all.flatMap(({ variable, shared, secret }) =>
    [variable, shared].filter((name) => name !== undefined).map((name) => [name, { secret }] as const),
  );
  const sorted = known.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return format(JSON.stringify(Object.fromEntries(sorted)), { parser: 'json', printWidth: 120 });
}
