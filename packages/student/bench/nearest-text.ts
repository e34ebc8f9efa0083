import type { ToolDefinition } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import { readContext } from '../src/features/context.ts';
import { identifierWords, normalizeText, tokens } from '../src/features/tokens.ts';

/** What a tool is chosen by where nothing was learnt: the TF-IDF cosine of the request and its last two turns with the tools'
 *  names, descriptions and parameters, the tools being the documents. */
export function nearestText(tools: readonly ToolDefinition[]): (context: JsonObject) => string | undefined {
  const documents = tools.map((tool) => counted(textOf(tool)));
  const frequency = new Map<string, number>();
  for (const document of documents)
    for (const word of document.keys()) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  const weighed = (words: ReadonlyMap<string, number>) => {
    const weights = [...words].map(([word, count]) => {
      const idf = Math.log((1 + tools.length) / (1 + (frequency.get(word) ?? 0))) + 1;
      return [word, (1 + Math.log(count)) * idf] as const;
    });
    const length = Math.hypot(...weights.map(([, weight]) => weight)) || 1;
    return new Map(weights.map(([word, weight]) => [word, weight / length]));
  };
  const vectors = documents.map(weighed);
  return (context) => {
    const { text, turns } = readContext(context);
    const asked = weighed(counted([text, ...turns.slice(-2).map(({ content }) => content)].join(' ')));
    const cosines = vectors.map((vector) =>
      [...asked].reduce((sum, [word, weight]) => sum + weight * (vector.get(word) ?? 0), 0),
    );
    return tools[cosines.indexOf(Math.max(...cosines))]?.name;
  };
}

function counted(text: string): Map<string, number> {
  const words = new Map<string, number>();
  for (const word of tokens(normalizeText(text))) words.set(word, (words.get(word) ?? 0) + 1);
  return words;
}

function textOf({ name, description = '', parameters }: ToolDefinition): string {
  const properties = (parameters?.['properties'] ?? {}) as Record<string, { description?: string }>;
  const told = Object.entries(properties).map(([key, one]) => `${identifierWords(key)} ${one.description ?? ''}`);
  return [identifierWords(name), description, ...told].join(' ');
}
