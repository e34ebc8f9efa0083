import {
  addPromptVersion,
  getPrompt,
  getPromptMessages,
  getPromptVersion,
  labelPrompt,
  listPrompts,
  urlOf,
} from '@retort/contracts';
import { fault, type JsonObject } from '@retort/kernel';
import { answer, mount, tagged, type Routes } from '@retort/service-kit';
import type { FastifyRequest } from 'fastify';
import { promptText } from '@retort/llm';
import type { PromptKey, Prompts, PromptVersion } from '../app/prompts.ts';
import { unknownVersion } from '../domain/prompt.ts';

export function promptRoutes(app: Routes, { prompts }: { prompts: Prompts }): void {
  mount(app, listPrompts, async ({ caller }) => ({ data: await prompts.names(caller.tenant) }));
  mount(app, addPromptVersion, async ({ params, body, caller: { tenant }, trace }) => {
    const { note, ...content } = body;
    const key = { tenant, prompt: params.name };
    const { version, created } = await prompts.add(key, { content, note, trace });
    const location = urlOf(getPromptVersion, { params: { name: key.prompt, version: version.version } });
    return answer(created ? 201 : 200, version, { location });
  });
  mount(app, getPromptVersion, async ({ params: { name: prompt, version }, caller: { tenant }, request }) => {
    const found = await prompts.version({ tenant, prompt }, version);
    if (!found) throw unknownVersion(version);
    return unlessKnown(request, found);
  });
  const labelled = async (key: PromptKey, label: string) => {
    const found = await prompts.labelled(key, label);
    if (found) return found;
    throw fault('prompts.unknown-label', { public: `No version of ${key.prompt} carries the label ${label}.` });
  };
  mount(app, getPrompt, async ({ params: { name: prompt }, query: { label }, caller: { tenant }, request }) =>
    unlessKnown(request, await labelled({ tenant, prompt }, label)),
  );
  mount(app, getPromptMessages, async ({ params: { name: prompt }, query: { label }, caller: { tenant }, request }) => {
    const found = await labelled({ tenant, prompt }, label);
    return tagged(`"${found.version}:${found.digest}"`, messagesView(found), request);
  });
  mount(app, labelPrompt, ({ params: { name: prompt, label }, body: { version }, caller: { tenant }, trace }) =>
    prompts.label({ tenant, prompt }, { label, version, trace }),
  );
}

/** The labels are part of the representation, so they are part of its tag. */
function unlessKnown(request: FastifyRequest, version: PromptVersion) {
  const etag = `"${version.digest}:${version.labels.join(',')}"`;
  const headers = { etag, 'cache-control': 'private, no-cache' };
  return request.headers['if-none-match'] === etag ? answer(304, null, headers) : answer(200, version, headers);
}

function messagesView({ prompt, version, instruction, demonstrations }: PromptVersion) {
  const shown = demonstrations.map(({ context, tool_selected: tool, tool_parameters: parameters }) => ({
    context: context as JsonObject,
    call: { tool, parameters: parameters as JsonObject },
  }));
  const content = promptText({ instruction, demonstrations: shown });
  return { prompt, version, messages: [{ role: 'system' as const, content }] };
}
