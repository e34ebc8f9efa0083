import { z } from 'zod';

/** Which rules redacted something at ingest, and how often each. Absent where none did. */
export const redactions = z
  .record(z.string().max(64), z.int().positive())
  .describe('Rules that redacted something when it was recorded, with how often; absent where none did.')
  .meta({ examples: [{ iban: 1 }] });
