// The entry of a worker thread while the program runs from its TypeScript sources: a thread does not inherit the
// loader of the thread that started it.
import { register } from 'tsx/esm/api';

register();
await import('./thread.ts');
