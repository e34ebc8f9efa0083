import { fault, toPointer } from '@retort/kernel';

export function notRedactable(place: readonly (string | number)[], message: string) {
  return fault('decisions.not-redactable', {
    public: 'The decision cannot be redacted, and is not stored.',
    errors: [{ pointer: toPointer(place), message }],
  });
}
