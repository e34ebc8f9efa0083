import { fault } from '@retort/kernel';

export default function fail(how: 'fault' | 'error' | 'exit'): void {
  if (how === 'exit') process.exit(3);
  if (how === 'error') throw new RangeError('plain');
  throw fault('training.too-few-decisions', { public: 'Too few.' });
}
