import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { toolList, type ToolDefinition } from '@retort/contracts';
import { fault, toPointer } from '@retort/kernel';
import { requireFile } from './decision-file.ts';

/** Toolsets that rows refer to by name. `fallback` serves every name when the file holds one unnamed list. */
export interface NamedToolsets {
  named: ReadonlyMap<string, readonly ToolDefinition[]>;
  fallback: readonly ToolDefinition[] | null;
}

/** Without a path, `tools.json` beside the training file when it is there. */
export function toolsetFile(path: string | undefined, trainPath: string): string | undefined {
  const beside = join(dirname(trainPath), 'tools.json');
  return path ?? (existsSync(beside) ? beside : undefined);
}

/** Reads a tools file: a list of tools, or an object of such lists by toolset name.
 *  @throws `cli.tools-invalid` naming the file and the JSON pointer. */
export async function readToolsets(path: string | undefined, trainPath: string): Promise<NamedToolsets> {
  const file = toolsetFile(path, trainPath);
  if (file === undefined) return { named: new Map(), fallback: null };
  requireFile(file, '--tools');
  const content = parseJson(await readFile(file, 'utf8'), file);
  if (Array.isArray(content)) return { named: new Map(), fallback: parseTools(content, file, []) };
  if (content === null || typeof content !== 'object') throw invalid(file, '', 'expected a list of tools');
  return {
    named: new Map(Object.entries(content).map(([name, tools]) => [name, parseTools(tools, file, [name])])),
    fallback: null,
  };
}

/** A file that holds one list of tools.
 *  @throws `cli.file-missing`, `cli.tools-invalid` */
export async function toolsOf(file: string): Promise<readonly ToolDefinition[]> {
  requireFile(file, '--tools');
  return parseTools(parseJson(await readFile(file, 'utf8'), file), file, []);
}

/** The tools behind a row's toolset name; `undefined` when nothing is known under it. */
export function toolsNamed(toolsets: NamedToolsets, name: string): readonly ToolDefinition[] | undefined {
  return toolsets.named.get(name) ?? toolsets.fallback ?? undefined;
}

function parseTools(value: unknown, file: string, at: string[]): ToolDefinition[] {
  const parsed = toolList.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw invalid(file, toPointer([...at, ...issue.path]), issue.message);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(file, '', error instanceof Error ? error.message : 'not JSON');
  }
}

function invalid(file: string, pointer: string, message: string) {
  return fault('cli.tools-invalid', {
    public: `${file} is no list of tools: ${pointer ? `${pointer}: ` : ''}${message}.`,
  });
}
