import { z } from 'zod';
import { nationalIds } from './redaction/detectors.ts';
import { jsonPath } from './redaction/paths.ts';

/** What is done about personal data. One setting, `RETORT_PRIVACY`, holds it as JSON; without it none of this is done. */
export const privacyPolicy = z.strictObject({
  redaction: z
    .strictObject({
      /** Always taken out, whatever stands there. */
      paths: z.array(jsonPath).default([]),
      /** Looked for in every text, wherever it stands. */
      detectors: z.array(z.enum(['card', 'iban', 'email', 'phone'])).default([]),
      /** Whose way of writing phone numbers is known beside the international one, as `DE`. */
      phone_country: z
        .string()
        .regex(/^[A-Z]{2}$/)
        .optional(),
      /** `US.ssn`, `DE.idnr`, `FR.nir`, …: none unless it is named, for their check digits are few. */
      national_ids: z
        .array(z.string().refine((name) => nationalIds.includes(name), 'is not a number that can be looked for'))
        .default([]),
    })
    .prefault({}),
  /** Whose data are encrypted with a key of their own: whoever stands at one of the paths. */
  subjects: z
    .array(
      z.strictObject({
        kind: z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'expected a name as customer'),
        paths: z.array(jsonPath).min(1),
      }),
    )
    .default([]),
  /** Data product → days that its rows are kept; for ever where it is not named. */
  retention: z.strictObject({ agent_decision_history: z.int().min(1).max(36_500).optional() }).prefault({}),
});
export type PrivacyPolicy = z.infer<typeof privacyPolicy>;
