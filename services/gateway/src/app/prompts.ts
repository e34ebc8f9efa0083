import { isFault } from '@retort/kernel';
import type { Author } from './ports.ts';

/** A labelled prompt, as a request names it. */
export interface NamedPrompt {
  name: string;
  label: string;
}
/** A prompt as the teacher is told it. */
export interface RenderedPrompt {
  /** `name@version` */
  version: string;
  text: string;
}

/** @throws `prompts.unknown-label` (404), and what may be over when it is tried again */
export type RenderPrompt = (author: Author, prompt: NamedPrompt) => Promise<RenderedPrompt>;

const validForMs = 5_000;
const promptsKept = 10_000;

/** Prompts are rendered where they are kept; for five seconds what a label stood for is taken as it was. Where they cannot be had,
 *  what it stood for last is. */
export function rememberedPrompts(render: RenderPrompt, now: () => number): RenderPrompt {
  const known = new Map<string, { rendered: RenderedPrompt; until: number }>();
  return async (author, prompt) => {
    const key = JSON.stringify([author.tenant, prompt.name, prompt.label]);
    const held = known.get(key);
    if (held && held.until > now()) return held.rendered;
    try {
      const rendered = await render(author, prompt);
      known.delete(key);
      known.set(key, { rendered, until: now() + validForMs });
      if (known.size > promptsKept) known.delete(known.keys().next().value!);
      return rendered;
    } catch (error) {
      if (held && !(isFault(error) && error.detail.status === 404)) return held.rendered;
      throw error;
    }
  };
}
