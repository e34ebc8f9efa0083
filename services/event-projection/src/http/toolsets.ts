import { getToolset } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { answer, mount, type Routes } from '@retort/service-kit';
import type { ToolsetReader } from '../app/toolsets.ts';

export function toolsetRoutes(app: Routes, toolsets: ToolsetReader): void {
  mount(app, getToolset, async ({ params: { digest }, caller: { tenant } }) => {
    const tools = (await toolsets.find(tenant, [digest])).get(digest);
    if (!tools) throw fault('toolsets.unknown', { public: 'There is no toolset of this digest.' });
    const { name, unchecked } = await toolsets.registrationOf(tenant, digest);
    const view = { toolset: digest, name, tools, ...(unchecked.length > 0 && { unchecked }) };
    return answer(200, view, { etag: `"${digest}"` });
  });
}
