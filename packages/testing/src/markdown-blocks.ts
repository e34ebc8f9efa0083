/** A fenced block of a Markdown page. */
export interface MarkdownBlock {
  /** The first word after the fence; '' where there is none. */
  language: string;
  /** A file that the block is the content of: the second word, where it has a dot. */
  file: string | null;
  /** What the output holds, after `expect:`. */
  expected: string | null;
  /** Why no test runs it, after `no-run:`. */
  reason: string | null;
  /** Without the indentation of its fence. */
  source: string;
  /** Of its fence, from 1. */
  line: number;
}

const fence = /^(?<indent> *)```(?<info>[^\n`]*)\n(?<source>[\s\S]*?)^ *```$/gm;

/** The fenced blocks of a page, in order. */
export function blocksOf(markdown: string): MarkdownBlock[] {
  return [...markdown.matchAll(fence)].map((match) => {
    const { indent, info, source } = match.groups as Record<'indent' | 'info' | 'source', string>;
    const [language = '', file = ''] = info.split(' ');
    return {
      language,
      file: /^[\w-]+\.\w+$/.test(file) ? file : null,
      expected: /\bexpect: (.+)$/.exec(info)?.[1] ?? null,
      reason: /\bno-run: (.+)$/.exec(info)?.[1] ?? null,
      source: source.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      line: markdown.slice(0, match.index).split('\n').length,
    };
  });
}
