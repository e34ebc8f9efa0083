import { Agent, request as send } from 'node:http';
import { text } from 'node:stream/consumers';
import type { PlatformProcess } from '../../test/chaos/platform-process.ts';
import type { AbusiveRequest } from './requests.ts';

export interface Answer {
  status: number;
  body: string;
  milliseconds: number;
}
export type Asked = Omit<AbusiveRequest, 'route'>;

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

export function ask(url: string, key: string, { method, path, headers, body }: Asked): Promise<Answer> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = send(
      new URL(url),
      { agent, method, path, headers: { ...headers, authorization: `Bearer ${key}` } },
      (incoming) => {
        text(incoming).then(
          (answered) =>
            resolve({ status: incoming.statusCode!, body: answered, milliseconds: performance.now() - startedAt }),
          reject,
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export async function get(platform: PlatformProcess, path: string): Promise<unknown> {
  const { body } = await ask(platform.url, platform.apiKey, { method: 'GET', path, headers: {} });
  return JSON.parse(body);
}

export async function post(
  platform: PlatformProcess,
  key: string,
  path: string,
  value: object,
): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json' };
  const { status, body } = await ask(platform.url, key, { method: 'POST', path, headers, body: JSON.stringify(value) });
  if (status >= 300) throw new Error(`POST ${path}: ${status} ${body}`);
  return JSON.parse(body) as Record<string, unknown>;
}

export function closeConnections(): void {
  agent.destroy();
}
