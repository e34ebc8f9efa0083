import type { ToldTurn } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';

const aboutArguments = /^\/(?:tool_calls\/(\d+)\/(?:known_)?parameters|(?:tool|known)_parameters)(?:\/([^/]*)|$)/;

/** A decision told again of which nothing but arguments was refused: which tools were selected is good evidence all the same. The
 *  refused arguments are unknown as a whole (null), and those of them that nothing is said against known in part; where even
 *  these were refused, none is known. undefined where more than that was refused, or nothing is left to leave out.
 *  @param pointers JSON pointers to what was refused */
export function withoutRefusedArguments<Told extends ToldTurn>(
  told: Told,
  pointers: readonly string[],
): Told | undefined {
  const refused = new Map<number, Set<string>>();
  for (const pointer of pointers) {
    const found = aboutArguments.exec(pointer);
    if (!found) return undefined;
    const [, index = '0', member] = found;
    const members = refused.get(Number(index)) ?? new Set();
    if (member !== undefined) members.add(member.replaceAll('~1', '/').replaceAll('~0', '~'));
    refused.set(Number(index), members);
  }
  if (refused.size === 0) return undefined;
  const { tool_parameters: parameters = {}, known_parameters: known, tool_calls: calls, ...rest } = told;
  if (!calls) {
    if (parameters === null && !known) return undefined;
    const left = knownOf(parameters, refused.get(0)!);
    return { ...rest, tool_parameters: null, ...left } as unknown as Told;
  }
  // A turn told in both forms: the members beside `tool_calls` are the first call.
  const { tool_selected: _, ...others } = rest;
  if ([...refused.keys()].some((index) => calls[index]?.parameters === null && !calls[index].known_parameters))
    return undefined;
  const again = calls.map(({ known_parameters: partly, ...call }, index) => {
    const members = refused.get(index);
    if (!members) return { ...call, ...(partly ? { known_parameters: partly } : {}) };
    return { ...call, parameters: null, ...knownOf(call.parameters ?? null, members) };
  });
  return { ...others, tool_calls: again } as unknown as Told;
}

function knownOf(parameters: JsonObject | null, refused: ReadonlySet<string>): { known_parameters?: JsonObject } {
  const known = Object.entries(parameters ?? {}).filter(([member]) => !refused.has(member));
  return known.length > 0 ? { known_parameters: Object.fromEntries(known) } : {};
}
