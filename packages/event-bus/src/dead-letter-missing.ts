import { fault, type Fault } from '@retort/kernel';

export function deadLetterMissing(): Fault {
  return fault('event-bus.dead-letter-missing', {
    public: 'There is no such dead letter: it may have been replayed already.',
  });
}
