import { open, stat } from 'node:fs/promises';

/** Hands on the lines that the server appends to its log from now on, a few times a second. Returns how to stop. */
export async function followLog(path: string, onLine: (line: string) => void): Promise<() => void> {
  let from = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  let rest = '';
  let reading = false;
  const read = async () => {
    const file = await open(path, 'r').catch(() => undefined);
    if (!file) return; // not there yet
    try {
      const { size } = await file.stat();
      if (size <= from) return;
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - from), position: from });
      from += bytesRead;
      const lines = (rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    } finally {
      await file.close();
    }
  };
  const timer = setInterval(() => {
    if (reading) return;
    reading = true;
    void read().finally(() => (reading = false));
  }, 300);
  timer.unref();
  return () => clearInterval(timer);
}
