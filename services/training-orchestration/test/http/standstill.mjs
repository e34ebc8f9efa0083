import { existsSync } from 'node:fs';

/** Loaded into a container before its program: while the file that the query names is there, the process stands still once
 *  it has written how far it is. However long a test is held up then, it finds the container in the middle of its work. */
const file = decodeURIComponent(new URL(import.meta.url).search.slice(1));
const write = process.stdout.write.bind(process.stdout);
const moment = new Int32Array(new SharedArrayBuffer(4));

process.stdout.write = (text, ...rest) => {
  const written = write(text, ...rest);
  while (String(text).includes('fraction') && existsSync(file)) Atomics.wait(moment, 0, 0, 20);
  return written;
};
