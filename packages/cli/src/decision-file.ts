import { createReadStream, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { fault, type JsonObject } from '@retort/kernel';

/** A line of a decision file that parsed as a JSON object. */
export interface DecisionLine {
  /** From 1. */
  line: number;
  decision: JsonObject & { id: string };
}

/** A line that could not be used as it stands, and why. */
export interface BadLine {
  line: number;
  message: string;
  /** Left out, unless something in it was good nevertheless. */
  usedInPart?: true;
}

/** @throws `cli.file-missing` naming the file and what it was for. */
export function requireFile(path: string, purpose: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw fault('cli.file-missing', {
      public: `${purpose}: there is no file ${path}.`,
    });
  }
}

/** Asked before the work of which the file shall hold the result.
 *  @throws `cli.file-unwritable` naming the file and what it was for. */
export async function requireWritable(path: string, purpose: string): Promise<void> {
  try {
    await (await open(path, 'a')).close();
  } catch (cause) {
    throw fault('cli.file-unwritable', {
      public: `${purpose}: ${path} cannot be written.`,
      cause,
    });
  }
}

/** Reads JSON lines, plain or gzip (told by content, not by name). A row without an id gets one made of its line.
 *  Lines that are no JSON object go to `onBadLine`; empty lines are passed over. */
export async function* readDecisionFile(path: string, onBadLine: (bad: BadLine) => void): AsyncGenerator<DecisionLine> {
  const compressed = await isGzip(path);
  const source = compressed ? pipeline(createReadStream(path), createGunzip(), ignoreHere) : createReadStream(path);
  let line = 0;
  try {
    for await (const text of createInterface({ input: source, crlfDelay: Infinity })) {
      line += 1;
      if (text.trim() === '') continue;
      const parsed = parseLine(text);
      if ('message' in parsed) onBadLine({ line, message: parsed.message });
      else yield { line, decision: { ...parsed.object, id: identifier(parsed.object.id) ?? `line-${line}` } };
    }
  } catch (cause) {
    throw fault('cli.file-unreadable', {
      public: `${path} could not be read to its end (after line ${line}): ${cause instanceof Error ? cause.message : 'unknown error'}.`,
      cause,
    });
  }
}

/** A pipeline's failure reaches whoever reads its last stream: there, and not here, it is answered. */
function ignoreHere(): void {}

function identifier(id: unknown): string | undefined {
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function parseLine(text: string): { object: JsonObject } | { message: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return { object: value as JsonObject };
    return { message: 'not a JSON object' };
  } catch (error) {
    return { message: error instanceof Error ? error.message : 'not JSON' };
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}
