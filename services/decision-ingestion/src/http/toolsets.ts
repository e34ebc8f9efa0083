import { getNamedToolset, pointersOf, registerToolset, toolsetInput, urlOf, getToolset } from '@retort/contracts';
import { fault, isFault } from '@retort/kernel';
import { answer, mount, verbatim, type Routes } from '@retort/service-kit';
import { z } from 'zod';
import { parseJson } from '../domain/parse-json.ts';
import { textOf } from './body.ts';
import type { IngestionPorts } from './ports.ts';

export function toolsetRoutes(app: Routes, { toolsets }: IngestionPorts): void {
  mount(app, registerToolset, async ({ body, caller, trace }) => {
    const { name, tools } = parseRegistration(textOf(body));
    const registered = await toolsets.register(caller.tenant, { name, tools, trace, at: '/tools' });
    const { toolset, created, unchecked } = registered;
    const view = {
      toolset: toolset.digest,
      name: name ?? null,
      tools: [...toolset.tools],
      ...(unchecked.length > 0 && { unchecked: [...unchecked] }),
    };
    const location = urlOf(getToolset, { params: { digest: toolset.digest } });
    return answer(created ? 201 : 200, verbatim(view), { location });
  });
  mount(app, getNamedToolset, async ({ params: { name }, caller }) => {
    try {
      const { digest, tools } = await toolsets.find(caller.tenant, name);
      return { toolset: digest, name, tools: [...tools] };
    } catch (error) {
      if (!isFault(error, 'decisions.toolset-unknown')) throw error;
      throw fault('toolsets.unknown', { public: `There is no toolset of the name ${name}.`, cause: error });
    }
  });
}

/** The tools themselves are read where they are registered. */
const registration = toolsetInput.extend({ tools: z.unknown() });

function parseRegistration(text: string): z.output<typeof registration> {
  const parsed = registration.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw fault('toolsets.invalid', {
    public: 'A toolset is an object with tools, and a name if it should have one.',
    errors: pointersOf(parsed.error, registration),
  });
}
