import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Reason } from '@retort/import';
import { fault } from '@retort/kernel';
import { parse } from 'csv-parse';
import streamArray from 'stream-json/streamers/stream-array.js';
import { linesOf } from './lines.ts';

/** A record of a log and where it stands: its line, or its place in the file's one list. */
export interface LogRecord {
  file: string;
  /** From 1. */
  line: number;
  reading: { value: unknown } | { reason: Reason };
  /** Of the file as it lies there, read so far. */
  bytes: number;
}

/** Of an uncompressed line, in bytes. */
export const longestLine = 16 * 1_048_576;

/** The files of a path, in the order of their names; those of a folder to any depth.
 *  @throws `cli.file-missing` */
export async function filesOf(path: string): Promise<{ path: string; bytes: number }[]> {
  const found = await stat(path).catch(() => null);
  if (found?.isFile()) return [{ path, bytes: found.size }];
  if (!found?.isDirectory()) throw fault('cli.file-missing', { public: `There is no file or folder ${path}.` });
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.sort().map(async (file) => ({ path: file, bytes: (await stat(file)).size })));
}

export interface ReadOptions {
  csv: boolean;
  signal: AbortSignal;
}

/** The records of a file, plain or gzip, as JSON lines, one JSON list, or CSV; what cannot be read has a reason. */
export async function* recordsOf(file: string, options: ReadOptions): AsyncGenerator<LogRecord> {
  let line = 0;
  const compressed = (await beginningOf(file, 2)).equals(gzipMagic);
  const list = !options.csv && (await isList(file));
  const raw = createReadStream(file, { signal: options.signal });
  const source: Readable = compressed ? pipeline(raw, createGunzip(), ignoreHere) : raw;
  try {
    for await (const record of options.csv ? rowsOf(source) : list ? itemsOf(source) : valuesOf(source)) {
      line = record.line;
      yield { file, ...record, bytes: raw.bytesRead };
    }
  } catch (cause) {
    options.signal.throwIfAborted();
    const reason = isCompression(cause) ? 'compressed-data-damaged' : 'not-json';
    yield { file, line: line + 1, reading: { reason }, bytes: raw.bytesRead };
  }
}

type Unplaced = Pick<LogRecord, 'line' | 'reading'>;

async function* valuesOf(source: Readable): AsyncGenerator<Unplaced> {
  for await (const { line, text } of linesOf(source as AsyncIterable<Buffer>, longestLine)) {
    if (text === null) yield { line, reading: { reason: 'too-long' } };
    else if (text.trim() !== '') yield { line, reading: jsonOf(text) };
  }
}

function jsonOf(text: string): LogRecord['reading'] {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { reason: 'not-json' };
  }
}

async function* itemsOf(source: Readable): AsyncGenerator<Unplaced> {
  const items = pipeline(source, streamArray.withParserAsStream(), ignoreHere) as AsyncIterable<{
    key: number;
    value: unknown;
  }>;
  for await (const { key, value } of items) yield { line: key + 1, reading: { value } };
}

async function* rowsOf(source: Readable): AsyncGenerator<Unplaced> {
  const parser = parse({
    columns: true,
    bom: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: longestLine,
  });
  // The header is line 1.
  let line = 1;
  for await (const value of pipeline(source, parser, ignoreHere) as AsyncIterable<unknown>)
    yield { line: ++line, reading: { value } };
}

const gzipMagic = Buffer.from([0x1f, 0x8b]);

/** A pipeline's failure reaches whoever reads its last stream: there, and not here, it is answered. */
function ignoreHere(): void {}

function isCompression(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^Z_|^ERR_.*ZLIB/.test(String(error.code));
}

/** One JSON list, rather than a value a line: told by the first character. */
async function isList(file: string): Promise<boolean> {
  const beginning = await beginningOf(file, 65_536);
  const text = beginning.subarray(0, 2).equals(gzipMagic) ? await firstText(file) : beginning.toString('utf8');
  return text.trimStart().startsWith('[');
}

async function firstText(file: string): Promise<string> {
  const content = pipeline(createReadStream(file), createGunzip(), ignoreHere);
  try {
    for await (const chunk of content as AsyncIterable<Buffer>) return chunk.toString('utf8');
  } catch {
    return '';
  } finally {
    content.destroy();
  }
  return '';
}

async function beginningOf(file: string, bytes: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
