import { TEXT_KEYS } from './features/context.ts';
import { SEVERAL_CALLS } from './head/model.ts';
import type { ToolChoice } from './head/tool-head.ts';
import type { PredictionRequest } from './types.ts';

export interface RequestPart {
  request: PredictionRequest;
  choice: ToolChoice & { tool: string | null };
}

/** Where one request may end and the next begin. */
const BOUNDARY = /\s*(?:[,;.?!]+\s+(?:and\s+|then\s+|also\s+)*|\s(?:and|then|also|plus)\s+(?:also\s+|then\s+)?)/giu;
const FEWEST_WORDS = 2;
const MOST_BOUNDARIES = 12;
const MOST_PARTS = 4;

/** Takes a request apart into requests for one call each, at the boundaries where the parts' tools are the surest. Null where it
 *  does not come apart. */
export function splitRequest(
  request: PredictionRequest,
  choose: (part: PredictionRequest) => RequestPart['choice'],
): RequestPart[] | null {
  const key = TEXT_KEYS.find((name) => typeof request.context[name] === 'string');
  if (key === undefined) return null;
  const part = (text: string): RequestPart => {
    const own = { ...request, context: { ...request.context, [key]: text } };
    return { request: own, choice: choose(own) };
  };
  return split(request.context[key] as string, part, MOST_PARTS);
}

function split(text: string, part: (text: string) => RequestPart, most: number): RequestPart[] | null {
  let best: { parts: RequestPart[]; sure: number } | null = null;
  for (const { index, 0: boundary } of [...text.matchAll(BOUNDARY)].slice(0, MOST_BOUNDARIES)) {
    const texts = [text.slice(0, index), text.slice(index + boundary.length)];
    if (texts.some((one) => one.trim().split(/\s+/).length < FEWEST_WORDS)) continue;
    const parts = texts.map(part);
    const sure = parts.reduce((product, { choice }) => product * choice.probability, 1);
    if (best === null || sure > best.sure) best = { parts, sure };
  }
  if (best === null) return null;
  const whole: RequestPart[] = [];
  for (const one of best.parts) {
    const further = one.choice.tool === SEVERAL_CALLS && most > 2 ? split(textOf(one), part, most - 1) : [one];
    if (further === null) return null;
    whole.push(...further);
  }
  const callsAll = whole.every(({ choice }) => choice.tool !== null && choice.tool !== SEVERAL_CALLS);
  return callsAll && whole.length <= most ? whole : null;
}

function textOf({ request }: RequestPart): string {
  const key = TEXT_KEYS.find((name) => typeof request.context[name] === 'string')!;
  return request.context[key] as string;
}
