import type { ToolDefinition } from '@retort/contracts';
import { offeredTools, type ChatRequest } from '@retort/conversation';
import { boundedCache } from '@retort/kernel';

/** The tools that a request offers. The same list again is the same array: whoever prepares something for a list prepares it
 *  once, and turns that wait to be recorded share it. It is frozen: nobody changes it for the others. */
export type KnownTools = (request: ChatRequest) => ToolDefinition[];

/** Characters of lists that are kept, all together, and of one. */
const kept = 4 * 1_048_576;
const longest = 65_536;

export function knownTools(): KnownTools {
  const lists = boundedCache<ToolDefinition[]>(kept);
  return (request) => {
    const { tools, tool_choice: choice } = request;
    if (tools === undefined || tools.length === 0) return [];
    const key = JSON.stringify([tools, choice]);
    if (key.length > longest) return offeredTools(request);
    const known = lists.get(key);
    if (known) return known;
    const offered = offeredTools(request);
    Object.freeze(offered);
    lists.set(key, offered, key.length);
    return offered;
  };
}
