import { z } from 'zod';

/** Marks a setting whose value must never be shown. Constraints go into `inner`, before the mark. */
export function secret<Schema extends z.ZodType = z.ZodString>(inner?: Schema): Schema {
  const schema = inner ?? z.string().min(1);
  return schema.meta({ format: 'password' }) as Schema;
}

/** Whether a schema, under its defaults and options, is marked as a secret. */
export function isSecret(schema: z.ZodType): boolean {
  if (schema.meta()?.['format'] === 'password') return true;
  const inner = innerType(schema);
  return inner !== undefined && isSecret(inner);
}

/** What a wrapper (`optional`, `nullable`, `default`, …) wraps. */
export function innerType(schema: z.ZodType): z.ZodType | undefined {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodCatch
  )
    return schema.def.innerType as z.ZodType;
  return undefined;
}
