import type { z } from 'zod';
import { shapeOf } from './parse-config.ts';
import { isSecret } from './secret.ts';

const hidden = '[redacted]';
const secretName = /(key|secret|token|password|passphrase)s?$/i;

/** A configuration fit to be printed: secrets hidden by their mark (and by their name, should the mark be forgotten),
 *  passwords taken out of URLs. */
export function redactedConfig(schema: z.ZodType, config: unknown): Record<string, unknown> {
  const shape = shapeOf(schema);
  return Object.fromEntries(
    Object.entries(config as Record<string, unknown>).map(([key, value]) => {
      const marked = shape[key] !== undefined && isSecret(shape[key]);
      if (value !== undefined && value !== null && (marked || (typeof value === 'string' && secretName.test(key))))
        return [key, hidden];
      return [key, withoutUrlPasswords(value)];
    }),
  );
}

function withoutUrlPasswords(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(/(\w+:\/\/[^/?#\s:@]*):[^@/\s]*@/g, `$1:${hidden}@`);
  if (Array.isArray(value)) return value.map(withoutUrlPasswords);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutUrlPasswords(member)]));
  return value;
}
