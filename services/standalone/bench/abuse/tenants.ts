import {
  addPromptVersion,
  createTenant,
  createTenantApiKey,
  recordDecision,
  scopes,
  urlOf,
  type Scope,
} from '@retort/contracts';
import type { PlatformProcess } from '../../test/chaos/platform-process.ts';
import { post } from './client.ts';

/** What nobody but alpha may read. */
export const secret = 'secret-of-alpha-0b5e1c41';

/** Ids of things that exist, of whatever tenant. */
export const known = [
  'alpha-0',
  'alpha-7',
  'alpha-agent',
  'alpha-prompt',
  'alpha',
  '1',
  'tool-calling',
  'agent_decision_history',
];

const administration: readonly Scope[] = ['admin', 'platform:operate', 'models:approve'];
const given = scopes.filter((scope) => !administration.includes(scope));

/** Two tenants with keys of all scopes but those of administrators; alpha has decisions and a prompt. */
export async function twoTenants(platform: PlatformProcess): Promise<{ alpha: string; beta: string }> {
  const alpha = await tenantKey(platform, 'alpha');
  const beta = await tenantKey(platform, 'beta');
  for (let index = 0; index < 20; index++)
    await post(platform, alpha, recordDecision.path, {
      id: `alpha-${index}`,
      agent_id: 'alpha-agent',
      context: { note: secret },
      tools_available: [{ name: 'alpha_tool', description: secret }],
      tool_selected: 'alpha_tool',
    });
  const prompt = urlOf(addPromptVersion, { params: { name: 'alpha-prompt' } });
  await post(platform, alpha, prompt, { instruction: secret, demonstrations: [] });
  return { alpha, beta };
}

async function tenantKey(platform: PlatformProcess, tenant: string): Promise<string> {
  await post(platform, platform.apiKey, createTenant.path, { id: tenant });
  const keys = urlOf(createTenantApiKey, { params: { tenant } });
  const input = { name: 'abuse', scopes: given };
  return String((await post(platform, platform.apiKey, keys, input))['secret']);
}
