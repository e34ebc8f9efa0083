import type { Loop } from '@retort/service-kit';

/** A loop that reads the log only after it was confirmed to be the one it followed. */
export function confirmedFirst(confirm: () => Promise<void>, loop: Loop): Loop {
  return {
    name: loop.name,
    async run(signal) {
      await confirm();
      await loop.run(signal);
    },
  };
}
