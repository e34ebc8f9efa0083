import { z } from 'zod';

/** Any JSON object: the platform stores and reads it, and expects nothing of its members. */
export const jsonObject = z
  // What was parsed from JSON is JSON: it is not walked again, which takes half a second for a large body.
  .record(z.string(), z.unknown() as z.ZodType<z.core.util.JSONType, z.core.util.JSONType>)
  .meta({ examples: [{ query: 'What is my balance?' }] });
export type JsonObjectContract = z.infer<typeof jsonObject>;

export const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 hexadecimal digits')
  .meta({ examples: [`sha256:${'0123456789abcdef'.repeat(4)}`] });
/** A moment that every clock and database of the platform can hold: no year 0, no offset that no zone has, a fraction of
 *  nine digits at most. */
export const timestamp = z.iso
  .datetime({ offset: true, abort: true, error: 'expected a date, a time and a zone, as in 2026-01-31T12:00:00Z' })
  .regex(/^(?!0000)[^.]*(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-5]):\d\d)$/, 'expected a moment of the years 1 to 9999')
  .meta({ examples: ['2026-01-31T12:00:00.000Z'] });
/** Names that become part of a stream name or a path. */
export const slug = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'expected letters, digits, dot, dash or underscore, at most 128')
  .meta({ examples: ['tool-calling'] });
export const tenantId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected lower-case letters, digits and dashes')
  .meta({ examples: ['acme'] });
/** The number of a version in a sequence: as large as the databases count. */
export const versionNumber = z.int().positive().max(2_147_483_647);
/** ISO 4217. */
export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'expected three capital letters')
  .meta({ examples: ['USD'] });
