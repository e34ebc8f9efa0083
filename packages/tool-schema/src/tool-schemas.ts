import { digestOf } from '@retort/kernel';
import { exceededLimit } from './limits.ts';
import { meter } from './meter.ts';
import { refused, toolSchemaCompiler, type ToolSchema } from './tool-schema.ts';

/** Tool schemas by content, each compiled when it is first asked for. */
export interface ToolSchemas {
  of(schema: Record<string, unknown>): ToolSchema;
  /** Whether it is compiled: asking for it costs next to nothing. */
  has(schema: Record<string, unknown>): boolean;
}

/** `capacity`: characters of the schemas that are kept compiled; those asked for least recently are compiled anew. A schema
 *  must not be changed after it was asked for: its object stands for its content. */
export function toolSchemas({ capacity = 4 * 1_048_576 }: { capacity?: number } = {}): ToolSchemas {
  const compile = toolSchemaCompiler(meter());
  const digests = new WeakMap<object, string>();
  const compiled = new Map<string, { schema: ToolSchema; characters: number }>();
  let held = 0;

  function compileAnew(digest: string, given: Record<string, unknown>, characters: number): ToolSchema {
    const schema = compile(given);
    compiled.set(digest, { schema, characters });
    held += characters;
    for (const [oldest, entry] of compiled) {
      if (held <= capacity || oldest === digest) break;
      compiled.delete(oldest);
      held -= entry.characters;
    }
    return schema;
  }

  return {
    has(schema) {
      const digest = digests.get(schema);
      return digest !== undefined && compiled.has(digest);
    },
    of(schema) {
      const digest = digests.get(schema);
      const known = digest === undefined ? undefined : compiled.get(digest);
      if (known) return known.schema;
      const exceeded = exceededLimit(schema);
      if (exceeded !== null) return refused([{ pointer: '', message: exceeded }]);
      const text = JSON.stringify(schema);
      const key = digest ?? digestOf(text);
      digests.set(schema, key);
      return compiled.get(key)?.schema ?? compileAnew(key, schema, text.length);
    },
  };
}
