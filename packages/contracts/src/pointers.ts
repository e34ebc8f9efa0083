import { toPointer, type FaultPointer } from '@retort/kernel';
import { closest } from 'fastest-levenshtein';
import { z } from 'zod';

/** One pointer per violated member, at most fifty. Of a union, the branch that came closest speaks. A member that the
 *  schema does not know is named with the nearest one that it does. */
export function pointersOf(violation: z.core.$ZodError, schema?: z.ZodType): FaultPointer[] {
  return violation.issues.flatMap((issue) => pointersOfIssue(issue, [], schema)).slice(0, 50);
}

type Path = readonly PropertyKey[];

function pointersOfIssue(issue: z.core.$ZodIssue, prefix: Path, schema: z.ZodType | undefined): FaultPointer[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = issue.errors.reduce((best, branch) => (depthOf(branch) > depthOf(best) ? branch : best));
    if (depthOf(nearest) > 0) return nearest.flatMap((inner) => pointersOfIssue(inner, path, schema));
  }
  if (issue.code === 'unrecognized_keys') {
    const known = schema ? membersAt(schema, path) : [];
    return issue.keys.map((key) => ({ pointer: toPointer([...path, key]), message: unknownMember(key, known) }));
  }
  return [{ pointer: toPointer(path), message: issue.message }];
}

function depthOf(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length));
}

function unknownMember(name: string, known: readonly string[]): string {
  const what = `unknown member \`${name}\``;
  return known.length === 0 ? what : `${what}; did you mean \`${closest(name, known)}\`?`;
}

/** The names that a schema knows where a path leads. */
function membersAt(schema: z.ZodType, path: Path): string[] {
  const reached = path.reduce<z.core.$ZodType[]>(
    (schemas, segment) => schemas.flatMap(branchesOf).flatMap((branch) => childOf(branch, segment)),
    [schema],
  );
  return reached
    .flatMap(branchesOf)
    .flatMap((branch) => (branch instanceof z.ZodObject ? Object.keys(branch.shape) : []));
}

/** What a schema is once optional, nullable, default and the like are taken off. */
function branchesOf(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(branchesOf);
  if (schema instanceof z.ZodPipe) return branchesOf(schema.in);
  const inner = 'innerType' in schema._zod.def ? (schema._zod.def.innerType as z.core.$ZodType) : null;
  return inner ? branchesOf(inner) : [schema];
}

function childOf(schema: z.core.$ZodType, segment: PropertyKey): z.core.$ZodType[] {
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  if (!(schema instanceof z.ZodObject)) return [];
  const child = (schema.shape as Record<PropertyKey, z.core.$ZodType | undefined>)[segment];
  return child ? [child] : [];
}
