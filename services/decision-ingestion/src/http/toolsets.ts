import {
  getNamedToolset,
  getToolset,
  pointersOf,
  registerToolset,
  toolsetInput,
  urlOf,
  type toolsetView,
} from '@retort/contracts';
import { fault, isFault } from '@retort/kernel';
import { answer, mount, verbatim, type Routes } from '@retort/service-kit';
import { z } from 'zod';
import { parseJson } from '../domain/parse-json.ts';
import type { Toolset } from '../domain/toolset.ts';
import { textOf } from './body.ts';
import type { IngestionPorts } from './ports.ts';

export function toolsetRoutes(app: Routes, { toolsets }: IngestionPorts): void {
  mount(app, registerToolset, async ({ body, caller, trace }) => {
    const { name, tools } = parseRegistration(textOf(body));
    const { toolset, created } = await toolsets.register(caller.tenant, { name, tools, trace, at: '/tools' });
    const view = viewOf(toolset, name ?? null);
    const location = urlOf(getToolset, { params: { digest: toolset.digest } });
    return answer(created ? 201 : 200, verbatim(view), { location });
  });
  mount(app, getNamedToolset, async ({ params: { name }, caller }) => {
    try {
      return viewOf(await toolsets.find(caller.tenant, name), name);
    } catch (error) {
      if (!isFault(error, 'decisions.toolset-unknown')) throw error;
      throw fault('toolsets.unknown', { public: `There is no toolset of the name ${name}.`, cause: error });
    }
  });
}

function viewOf({ digest, tools, unchecked }: Toolset, name: string | null): z.input<typeof toolsetView> {
  return { toolset: digest, name, tools: [...tools], ...(unchecked.length > 0 && { unchecked: [...unchecked] }) };
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
