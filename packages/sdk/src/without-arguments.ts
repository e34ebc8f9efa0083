import type { BatchResult } from './generated/api.ts';
import { refusedIn, refusedItem, type ItemResult } from './post.ts';

const aboutArguments = /^\/(?:tool_calls\/(\d+)\/(?:known_)?parameters|(?:tool|known)_parameters)(?:\/|$)/;

/** Decisions again of which nothing but arguments was refused, by the schemas of their tools: which tools were selected is good
 *  evidence all the same. */
export interface ToldAgain {
  lines: string[];
  /** What was refused of them. */
  items: ItemResult[];
}

/** The refused decisions of a batch, with the arguments that were refused unknown (null). */
export function withoutRefusedArguments(lines: readonly string[], result: BatchResult): ToldAgain {
  const again: ToldAgain = { lines: [], items: [] };
  for (const item of refusedIn(result)) {
    const pointers = refusedItem(item).errors?.map(({ pointer }) => pointer) ?? [];
    const line = lines[item.index];
    if (line === undefined || pointers.length === 0 || !pointers.every((pointer) => aboutArguments.test(pointer)))
      continue;
    again.lines.push(withUnknown(line, pointers));
    again.items.push(item);
  }
  return again;
}

interface Told {
  tool_selected?: unknown;
  tool_parameters?: unknown;
  known_parameters?: unknown;
  tool_calls?: object[];
}

function withUnknown(line: string, pointers: readonly string[]): string {
  const {
    tool_selected,
    tool_parameters: _,
    known_parameters: __,
    tool_calls: calls,
    ...rest
  } = JSON.parse(line) as Told;
  if (!calls) return JSON.stringify({ ...rest, tool_selected, tool_parameters: null });
  // A turn told in both forms: the members beside `tool_calls` are the first call.
  const refused = new Set(pointers.map((pointer) => Number(aboutArguments.exec(pointer)?.[1] ?? 0)));
  const unknown = { parameters: null, known_parameters: undefined };
  const tool_calls = calls.map((call, index) => (refused.has(index) ? { ...call, ...unknown } : call));
  return JSON.stringify({ ...rest, tool_calls });
}
