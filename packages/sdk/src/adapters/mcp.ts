import { completeTurn } from '@retort/contracts';
import { quietly, type CaptureOptions } from '../capture.ts';
import type { DecisionInput } from '../generated/api.ts';
import type { OpenCalls } from '../open-calls.ts';
import { replace } from '../replace.ts';

/** The part of an MCP client (`@modelcontextprotocol/sdk`) that calls tools. */
interface McpClient {
  callTool(call: never, ...rest: never[]): Promise<object>;
  listTools(): Promise<{ tools: readonly { name: string; description?: string | undefined; inputSchema: object }[] }>;
}
interface Call {
  name: string;
  arguments?: Record<string, unknown>;
}

export interface RecordToolCallsOptions extends Pick<CaptureOptions, 'recorder' | 'onError'> {
  /** Decisions that an adapter recorded: a call that is one of theirs is reported as its outcome. */
  calls?: OpenCalls;
  /** Of calls that no adapter recorded: with a context each is a decision of its own; without, none. */
  agentId?: string;
  context?: (call: Call) => DecisionInput['context'];
  group?: string;
}

/** The client, recording each `tools/call`: what became of it and how long it took. What a tool returned is not recorded.
 *  @public */
export function recordToolCalls<Client extends McpClient>(client: Client, options: RecordToolCallsOptions): Client {
  let offered: Promise<NonNullable<DecisionInput['tools_available']>> | undefined;
  const toolsOf = () =>
    (offered ??= client.listTools().then(({ tools }) =>
      tools.map(({ name, description, inputSchema }) => ({
        name,
        ...(description === undefined ? {} : { description }),
        parameters: { ...inputSchema },
      })),
    ));

  async function made(call: Call, success: boolean, startedAt: number): Promise<void> {
    const outcome = { success, execution_time_ms: performance.now() - startedAt };
    const { recorder, calls, agentId, context, group } = options;
    if (calls?.made(call.name, call.arguments, outcome) || agentId === undefined || !context) return;
    const known = context(call);
    const decided = { tool_calls: [{ tool: call.name, parameters: (call.arguments ?? {}) as never }] };
    recorder.record({
      ...completeTurn(decided),
      agent_id: agentId,
      context: known,
      tools_available: await toolsOf(),
      outcome,
      ...(group === undefined ? {} : { group }),
    });
  }

  const told = (call: Call, success: boolean, startedAt: number) =>
    made(call, success, startedAt).catch((error: unknown) =>
      quietly(() => {
        throw error;
      }, options),
    );

  return replace(client, {
    async callTool(call: never, ...rest: never[]) {
      const startedAt = performance.now();
      try {
        const result = await client.callTool(call, ...rest);
        void told(call, (result as { isError?: boolean }).isError !== true, startedAt);
        return result;
      } catch (error) {
        void told(call, false, startedAt);
        throw error;
      }
    },
  });
}
