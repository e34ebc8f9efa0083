import type { Guarantee, SliceGuarantee } from './events/learning.ts';

/** The guarantee in words, to stand next to the number wherever that is shown. */
export function guaranteeInWords({ kind, target, confidence, threshold, share }: Guarantee): string {
  if (kind === 'none' || threshold === null) return 'Nothing is guaranteed: every decision goes to the teacher.';
  const approximate = kind === 'ltt-cross-fitted' ? ' Measured by cross-fitting, so the guarantee is approximate.' : '';
  return `At least ${percent(target)} of what the student serves is the teacher’s whole answer, at ${percent(confidence)} confidence, ${assumption(share)}.${approximate}`;
}

function assumption(share: number | undefined): string {
  if (share === undefined) return 'as long as requests stay as they were';
  if (share === 0) return 'while no request is of a kind never seen';
  return `while at most ${percent(share)} of the requests are of a kind never seen`;
}

/** How far the guarantee reaches into single tools and agents, in words; null where nothing is known of them. */
export function slicesInWords(slices: readonly SliceGuarantee[] | undefined): string | null {
  const tools = (slices ?? []).filter(({ by }) => by === 'tool');
  if (tools.length === 0) return null;
  const own = tools.filter(({ promised }) => promised).length;
  const withheld = tools.filter(({ withheld }) => withheld).length;
  const left =
    withheld === 0
      ? ''
      : ` ${withheld} ${withheld === 1 ? 'falls' : 'fall'} below the floor and ${withheld === 1 ? 'is' : 'are'} left to the teacher.`;
  return `The guarantee is over all tools together; ${own} of ${tools.length} tools also keep it by themselves.${left}`;
}

const percent = (share: number) => `${Number((share * 100).toFixed(2))}%`;
