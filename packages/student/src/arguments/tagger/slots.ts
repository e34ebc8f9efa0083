import type { Row } from '../context/rows.ts';

/** The tagger's slots: their names, and the slot of a parameter by its JSON pointer (-1: none). */
export interface SlotNames {
  names: string[];
  of: (pointer: string) => number;
}

/** Parameters of the same name share a slot; where a tool has two of a name (in different objects), pointers tell them apart. */
export function nameSlots(rowsByTool: ReadonlyMap<string, readonly Row[]>): SlotNames {
  const pointers = new Set<string>();
  const ambiguous = new Set<string>();
  for (const rows of rowsByTool.values()) {
    const own = new Set(rows.flatMap((row) => [...row.arguments.keys()]));
    const names = new Map<string, string>();
    for (const pointer of own) {
      pointers.add(pointer);
      const name = lastName(pointer);
      if (names.has(name)) ambiguous.add(name);
      names.set(name, pointer);
    }
  }
  const nameOf = (pointer: string) => (ambiguous.has(lastName(pointer)) ? pointer : lastName(pointer));
  const names = [...new Set([...pointers].map(nameOf))].sort();
  const index = new Map(names.map((name, at) => [name, at]));
  return { names, of: (pointer) => index.get(nameOf(pointer)) ?? -1 };
}

function lastName(pointer: string): string {
  return pointer.slice(pointer.lastIndexOf('/') + 1);
}
