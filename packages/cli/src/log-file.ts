import { appendFile, rename, stat } from 'node:fs/promises';

/** A log that is written where there is room and goes on where there is none. */
export interface LogFile {
  write(chunk: Uint8Array): void;
  /** Resolves when everything so far is written, or lost. */
  settled(): Promise<void>;
}

export interface LogFileOptions {
  path: string;
  /** Bytes after which the file is set aside as `.1`, and a new one begun. */
  largest?: number;
  /** Files that are kept beside the one in use. */
  kept?: number;
}

const mostWaitingBytes = 4 * 1_048_576;

/** Writes in order. What a full disk does not take is lost, and the next line that is written says how much. */
export function logFile({ path, largest = 32 * 1_048_576, kept = 3 }: LogFileOptions): LogFile {
  let work = Promise.resolve();
  let waiting = 0;
  let lost = 0;
  let size: number | undefined;

  async function append(chunk: Uint8Array): Promise<void> {
    size ??= await sizeOf(path);
    if (size > 0 && size + chunk.byteLength > largest) {
      for (let age = kept; age > 0; age--)
        await renameIfThere(age === 1 ? path : `${path}.${age - 1}`, `${path}.${age}`);
      size = 0;
    }
    const text = lost === 0 ? chunk : Buffer.concat([Buffer.from(lineAbout(lost)), chunk]);
    await appendFile(path, text, { mode: 0o600 });
    size += text.byteLength;
    lost = 0;
  }

  return {
    write(chunk) {
      if (waiting + chunk.byteLength > mostWaitingBytes) {
        lost += chunk.byteLength;
        return;
      }
      waiting += chunk.byteLength;
      work = work.then(async () => {
        try {
          await append(chunk);
        } catch {
          lost += chunk.byteLength;
          // Part of it may have been written.
          size = undefined;
        }
        waiting -= chunk.byteLength;
      });
    },
    settled: () => work,
  };
}

const lineAbout = (bytes: number) =>
  `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), message: `${bytes} bytes of the log could not be written` })}\n`;

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
