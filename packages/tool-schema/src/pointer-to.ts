import { toPointer } from '@retort/kernel';

/** JSON pointer of the first object or array within a document that satisfies `wanted`; null where none does. */
export function pointerTo(document: object, wanted: (node: object) => boolean): string | null {
  const waiting: { node: object; path: readonly string[] }[] = [{ node: document, path: [] }];
  for (const { node, path } of waiting) {
    if (wanted(node)) return toPointer(path);
    for (const [key, member] of Object.entries(node))
      if (typeof member === 'object' && member !== null) waiting.push({ node: member as object, path: [...path, key] });
  }
  return null;
}
