import type { ToolDefinition } from '@retort/contracts';
import { objectOf } from '@retort/conversation';
import type { Exchange } from './exchange.ts';

/** The tools of a log that names none: every tool it calls, with the arguments it was called with. What values they may take is
 *  not known, and not guessed. */
export interface InferredTools {
  add(exchange: Exchange): void;
  /** By name. At most `mostTools`: those that were called most. */
  tools(): ToolDefinition[];
}

/** No more are offered at once. */
export const mostTools = 1024;

export function inferredTools(): InferredTools {
  const called = new Map<string, { count: number; names: Set<string> }>();
  return {
    add({ request, answer }) {
      if (request.tools !== undefined) return;
      for (const { name, arguments: text, custom } of answer.calls) {
        if (name === '') continue;
        const tool = called.get(name) ?? { count: 0, names: new Set<string>() };
        tool.count += 1;
        for (const argument of Object.keys(custom ? { input: text } : (objectOf(text) ?? {}))) tool.names.add(argument);
        called.set(name, tool);
      }
    },
    tools() {
      return [...called]
        .sort(([, left], [, right]) => right.count - left.count)
        .slice(0, mostTools)
        .map(([name, { names }]) => ({
          name,
          parameters: {
            type: 'object',
            properties: Object.fromEntries([...names].sort().map((argument) => [argument, {}])),
          },
        }))
        .sort((left, right) => (left.name < right.name ? -1 : 1));
    },
  };
}
