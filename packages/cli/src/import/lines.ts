/** A line of a file; null where it is longer than allowed, and was not kept. */
export interface Line {
  /** From 1. */
  line: number;
  text: string | null;
}

const newline = 0x0a;

/** Splits UTF-8 into lines and holds no more than one of them: what goes on beyond `longest` bytes is passed over. */
export async function* linesOf(source: AsyncIterable<Buffer>, longest: number): AsyncGenerator<Line> {
  let line = 1;
  let parts: Buffer[] = [];
  let size = 0;
  const end = (): Line => {
    const text = size > longest ? null : Buffer.concat(parts).toString('utf8').replace(/\r$/, '');
    parts = [];
    size = 0;
    return { line: line++, text };
  };
  for await (const chunk of source) {
    let from = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      take(chunk.subarray(from, at));
      yield end();
      from = at + 1;
    }
    take(chunk.subarray(from));
  }
  if (size > 0) yield end();

  function take(part: Buffer): void {
    size += part.length;
    if (size <= longest) parts.push(part);
    else parts = [];
  }
}
