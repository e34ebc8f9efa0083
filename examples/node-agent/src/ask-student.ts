import { tools } from './tools.ts';

export interface Call {
  tool_selected: string | null;
  tool_parameters: object;
}

/** The student's call, or null when it leaves the request to the teacher. A platform that is away must not stop the agent. */
export async function askStudent(url: string, key: string, context: object): Promise<Call | null> {
  try {
    const response = await fetch(new URL('/api/v1/predictions', url), {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ context, tools_available: tools.map((tool) => tool.function), fallback: 'none' }),
      signal: AbortSignal.timeout(1_000),
    });
    if (!response.ok) return null;
    const { served_by, call } = (await response.json()) as { served_by: string; call: Call | null };
    return served_by === 'student' ? call : null;
  } catch (error) {
    console.error(`The student could not be asked: ${String(error)}`);
    return null;
  }
}
