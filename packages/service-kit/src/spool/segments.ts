import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';

/** A place in the spool: a segment, and how many bytes of it. */
export interface SpoolPosition {
  segment: number;
  offset: number;
}

/** Files of lines that are only ever appended to, and a note of what was delivered. */
export interface Segments {
  /** Bytes that wait for their delivery. */
  bytes(): number;
  /** Writes lines as one, and begins a new segment behind them where this one is large enough. */
  append(lines: string, sync: boolean): Promise<void>;
  /** Whole lines from the first that was not delivered on, so many bytes of them or one; null when nothing waits. */
  read(atMost: number): Promise<{ lines: string[]; end: SpoolPosition } | null>;
  /** What lies before `end` was delivered. */
  delivered(end: SpoolPosition): Promise<void>;
  close(): Promise<void>;
}

const nameOf = (segment: number) => `${String(segment).padStart(12, '0')}.ndjson`;
const noteName = 'delivered.json';

/** Opens a folder, and cuts what a crash left of a last line: nobody was told that it is durable. */
export async function openSegments(folder: string, segmentBytes: number): Promise<Segments> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const sizes = new Map<number, number>();
  for (const name of await readdir(folder)) {
    const [, number] = /^(\d{12})\.ndjson$/.exec(name) ?? [];
    if (number !== undefined) sizes.set(Number(number), (await stat(join(folder, name))).size);
  }
  let last = Math.max(0, ...sizes.keys());
  if (sizes.has(last)) sizes.set(last, await cutTornLine(join(folder, nameOf(last))));
  let from = await readNote(folder, Math.min(...sizes.keys(), last));
  let file: FileHandle | null = null;

  async function writable(): Promise<FileHandle> {
    if (file && (sizes.get(last) ?? 0) < segmentBytes) return file;
    await file?.close();
    if ((sizes.get(last) ?? 0) >= segmentBytes) last += 1;
    file = await open(join(folder, nameOf(last)), 'a', 0o600);
    sizes.set(last, sizes.get(last) ?? 0);
    // A segment that lost its name in a crash would lose its lines.
    await syncFolder(folder);
    return file;
  }

  return {
    bytes: () => [...sizes].reduce((sum, [segment, size]) => sum + (segment < from.segment ? 0 : size), -from.offset),
    async append(lines, sync) {
      const target = await writable();
      const bytes = Buffer.from(lines);
      await target.writeFile(bytes);
      if (sync) await target.datasync();
      sizes.set(last, sizes.get(last)! + bytes.length);
    },
    async read(atMost) {
      for (const segment of [...sizes.keys()].sort((left, right) => left - right)) {
        if (segment < from.segment) continue;
        const start = segment === from.segment ? from.offset : 0;
        const size = sizes.get(segment)!;
        if (start >= size) continue;
        const content = (await readFile(join(folder, nameOf(segment)))).subarray(start, size);
        const cut = content.length <= atMost ? content.length : endOfLine(content, atMost);
        const lines = content.subarray(0, cut).toString('utf8').split('\n').slice(0, -1);
        return { lines, end: { segment, offset: start + cut } };
      }
      return null;
    },
    async delivered(end) {
      const fresh = join(folder, `${noteName}.new`);
      await writeFile(fresh, JSON.stringify(end), { mode: 0o600 });
      await rename(fresh, join(folder, noteName));
      from = end;
      for (const [segment, size] of [...sizes]) {
        const done = segment < end.segment || (segment === end.segment && end.offset >= size && size >= segmentBytes);
        if (!done) continue;
        if (segment === last && file) {
          await file.close();
          file = null;
          last += 1;
        }
        sizes.delete(segment);
        await rm(join(folder, nameOf(segment)), { force: true });
      }
    },
    close: async () => void (await file?.close()),
  };
}

/** The end of the last line within so many bytes, or of the first line. */
function endOfLine(content: Buffer, atMost: number): number {
  const before = content.lastIndexOf(0x0a, atMost - 1);
  return (before >= 0 ? before : content.indexOf(0x0a)) + 1;
}

async function cutTornLine(path: string): Promise<number> {
  const content = await readFile(path);
  const whole = content.lastIndexOf(0x0a) + 1;
  if (whole < content.length) await truncate(path, whole);
  return whole;
}

async function readNote(folder: string, first: number): Promise<SpoolPosition> {
  const text = await readFile(join(folder, noteName), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  const beginning = { segment: first, offset: 0 };
  if (text === null) return beginning;
  const noted = parsed(text);
  return noted === null || noted.segment < first ? beginning : noted;
}

/** A crash may leave an empty note: what was delivered is delivered again then. */
function parsed(text: string): SpoolPosition | null {
  try {
    return JSON.parse(text) as SpoolPosition;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
