import { hash32 } from '@retort/kernel';

const allowed = /^[A-Za-z0-9_-]{1,64}$/;

/** Names as the wire allows them, and back. */
export interface ToolNames {
  toWire(name: string): string;
  /** undefined when no tool of the request has this name. */
  fromWire(wire: string): string | undefined;
}

/** Chat completions take tool names of at most 64 letters, digits, dashes and underscores. Others (with dots, spaces,
 *  any script) get a name made from their own and its hash; the table of the request leads back. */
export function toolNames(names: readonly string[]): ToolNames {
  const toWire = new Map<string, string>();
  const fromWire = new Map<string, string>();
  const add = (name: string, wire: string) => {
    toWire.set(name, wire);
    fromWire.set(wire, name);
  };
  // Names that are fine as they are come first: nobody else may take them.
  for (const name of names) if (allowed.test(name)) add(name, name);
  for (const name of names) {
    if (toWire.has(name)) continue;
    const stem = name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 48);
    let wire = fromWire.has(stem) ? suffixed(stem, name, 0) : stem;
    for (let seed = 1; fromWire.has(wire); seed++) wire = suffixed(stem, name, seed);
    add(name, wire);
  }
  return {
    toWire: (name) => toWire.get(name) ?? name,
    fromWire: (wire) => fromWire.get(wire),
  };
}

function suffixed(stem: string, name: string, seed: number): string {
  return `${stem}_${hash32(name, seed).toString(36)}`;
}
