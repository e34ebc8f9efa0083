import { getPromptMessages } from '@retort/contracts';
import type { ServiceClient } from '@retort/service-kit';
import type { RenderPrompt } from '../app/prompts.ts';

/** As prompt-optimization renders them. */
export function renderedPrompts(http: ServiceClient): RenderPrompt {
  return async ({ tenant, trace }, { name, label }) => {
    const request = { params: { name }, query: { label } };
    const rendered = await http.as(tenant, trace).call(getPromptMessages, request);
    const { prompt, version, messages } = rendered!;
    return { version: `${prompt}@${version}`, text: messages.map(({ content }) => content).join('\n') };
  };
}
