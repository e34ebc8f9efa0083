import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** What the comments of a file say of the members of its object literals: name → text. */
export function meaningsIn(path: string): Map<string, string> {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const meanings = new Map<string, string>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) {
      const text = commentOf(node, source);
      const name = node.name.getText(source);
      if (text !== null && !meanings.has(name)) meanings.set(name, text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return meanings;
}

function commentOf(node: ts.Node, source: ts.SourceFile): string | null {
  const ranges = ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? [];
  const comment = ranges.findLast(({ pos }) => source.text.startsWith('/**', pos));
  if (!comment) return null;
  return source.text
    .slice(comment.pos + 3, comment.end - 2)
    .replaceAll(/\s*\n\s*\*\s*/g, ' ')
    .trim();
}
