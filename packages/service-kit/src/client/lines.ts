import { fault } from '@retort/kernel';

const longestLine = 64 * 1024 * 1024;

/** NDJSON, a parsed line at a time; the reader's pace is the writer's. Empty lines are skipped.
 *  @throws `http.unexpected-answer` on a line that is not JSON */
export async function* linesOf(body: AsyncIterable<Uint8Array>, path: string): AsyncIterable<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of body) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop()!;
    if (rest.length > longestLine) throw unreadable(path);
    for (const line of lines) if (line.trim() !== '') yield parseLine(line, path);
  }
  rest += decoder.decode();
  if (rest.trim() !== '') yield parseLine(rest, path);
}

function parseLine(line: string, path: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw unreadable(path);
  }
}

function unreadable(path: string): Error {
  return fault('http.unexpected-answer', {
    public: `A line of the answer of ${path.split('?', 1)[0]} is not JSON.`,
  });
}
