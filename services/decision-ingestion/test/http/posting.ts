import { registerToolset } from '@retort/contracts';
import { digestOfJson } from '@retort/kernel';
import { startIngestion, type Answer } from '../host.ts';

export const tools = [
  {
    name: 'get_balance',
    description: 'Balance of an account',
    parameters: {
      type: 'object',
      properties: { account: { type: 'string' }, limit: { type: 'integer' } },
      required: ['account'],
      additionalProperties: false,
    },
  },
  { name: 'help' },
];
const toolset = digestOfJson(tools);

let next = 0;
/** A decision that is accepted as it is, with an id of its own. */
export const decision = (changes: Record<string, unknown> = {}) => ({
  id: `d-${++next}`,
  agent_id: 'loan',
  context: { query: 'What do I owe?' },
  toolset,
  tool_selected: 'get_balance',
  tool_parameters: { account: '42' },
  ...changes,
});

/** The service with small limits, which knows the tools. */
export async function startPosting() {
  const host = await startIngestion({ decisionBodyLimit: 20_000, batchLimit: 50 });
  await host.post(registerToolset.path, { name: 'balances', tools });
  return {
    ...host,
    decisionEvents: async () => (await host.events()).filter(({ type }) => type === 'AGENT_TOOL_SELECTED'),
  };
}
export type Posting = Awaited<ReturnType<typeof startPosting>>;

export const pointersOf = ({ body }: Answer) =>
  (body['errors'] as { pointer: string }[] | undefined)?.map((e) => e.pointer);
export const codeOf = ({ body }: Answer) => String(body['type']).replace('/errors#', '');
