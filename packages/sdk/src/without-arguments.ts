import { withoutRefusedArguments as withoutArguments } from '@retort/conversation';
import type { BatchResult } from './generated/api.ts';
import { refusedIn, refusedItem, type ItemResult } from './post.ts';

/** Decisions again of which nothing but arguments was refused, by the schemas of their tools. */
export interface ToldAgain {
  lines: string[];
  /** What was refused of them. */
  items: ItemResult[];
}

/** The refused decisions of a batch that can be told without the arguments that were refused. */
export function withoutRefusedArguments(lines: readonly string[], result: BatchResult): ToldAgain {
  const again: ToldAgain = { lines: [], items: [] };
  for (const item of refusedIn(result)) {
    const line = lines[item.index];
    const pointers = refusedItem(item).errors?.map(({ pointer }) => pointer) ?? [];
    const told = line && withoutArguments(JSON.parse(line) as Parameters<typeof withoutArguments>[0], pointers);
    if (!told) continue;
    again.lines.push(JSON.stringify(told));
    again.items.push(item);
  }
  return again;
}
