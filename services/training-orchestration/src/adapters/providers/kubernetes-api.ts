import { fault, type JsonObject } from '@retort/kernel';
import { z } from 'zod';
import type { JobManifest } from './job-manifest.ts';

const condition = z.object({ type: z.string(), status: z.string(), message: z.string().optional() });
const job = z.object({
  metadata: z.object({ name: z.string(), annotations: z.record(z.string(), z.string()).optional() }),
  status: z.object({ conditions: z.array(condition).optional() }).optional(),
});
const terminated = z.object({ exitCode: z.int(), message: z.string().optional(), reason: z.string().optional() });
const pod = z.object({
  metadata: z.object({ name: z.string(), creationTimestamp: z.string().optional() }),
  status: z.object({
    phase: z.string(),
    containerStatuses: z
      .array(z.object({ name: z.string(), state: z.object({ terminated: terminated.optional() }) }))
      .optional(),
  }),
});
export type KubernetesJob = z.infer<typeof job>;
export type KubernetesPod = z.infer<typeof pod>;

export interface KubernetesApiOptions {
  /** Of the API server, e.g. `https://kubernetes.default.svc`; its certificate must be trusted (NODE_EXTRA_CA_CERTS). */
  url: string;
  /** Asked before every request: a mounted token is renewed on disk. */
  token(): Promise<string>;
  namespace: string;
  timeoutMs?: number;
}

/** The few requests of the Kubernetes API that running a Job takes. Every one throws `kubernetes.unreachable` (503) or
 *  `kubernetes.refused` (502) with what the API server said. */
export interface KubernetesApi {
  /** False when a Job of this name is there already. */
  createJob(manifest: JobManifest, signal?: AbortSignal): Promise<boolean>;
  job(name: string, signal?: AbortSignal): Promise<KubernetesJob | null>;
  /** With its pods; what is not there is deleted already. */
  deleteJob(name: string): Promise<void>;
  /** The newest last. */
  podsOf(name: string, signal?: AbortSignal): Promise<KubernetesPod[]>;
  /** The last line a pod wrote; empty while it has written none. */
  lastLine(podName: string, signal?: AbortSignal): Promise<string>;
}

export function kubernetesApi({ url, token, namespace, timeoutMs = 30_000 }: KubernetesApiOptions): KubernetesApi {
  const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  const pods = `/api/v1/namespaces/${namespace}/pods`;

  async function request(method: string, path: string, init: { body?: object; signal?: AbortSignal | undefined } = {}) {
    const timeout = AbortSignal.timeout(timeoutMs);
    const options = {
      method,
      headers: {
        authorization: `Bearer ${await token()}`,
        accept: 'application/json',
        ...(init.body && { 'content-type': 'application/json' }),
      },
      ...(init.body && { body: JSON.stringify(init.body) }),
      signal: init.signal ? AbortSignal.any([init.signal, timeout]) : timeout,
    };
    // Every request here may be made twice. A connection that was idle for long breaks now and then just as it is used
    // again: that is no reason to give up hours of training.
    const ask = () => fetch(new URL(path, url), options);
    const response = await ask()
      .catch(ask)
      .catch((error: unknown) => {
        init.signal?.throwIfAborted();
        throw fault('kubernetes.unreachable', {
          public: 'The Kubernetes API server cannot be reached.',
          cause: error,
        });
      });
    return { status: response.status, text: await response.text() };
  }

  return {
    async createJob(manifest, signal) {
      const answer = await request('POST', jobs, { body: manifest, signal });
      if (answer.status === 409) return false;
      expectOk(answer);
      return true;
    },
    async job(name, signal) {
      const answer = await request('GET', `${jobs}/${name}`, { signal });
      return answer.status === 404 ? null : job.parse(expectOk(answer));
    },
    async deleteJob(name) {
      const answer = await request('DELETE', `${jobs}/${name}?propagationPolicy=Background`);
      if (answer.status !== 404) expectOk(answer);
    },
    async podsOf(name, signal) {
      const selector = encodeURIComponent(`batch.kubernetes.io/job-name=${name}`);
      const answer = await request('GET', `${pods}?labelSelector=${selector}`, { signal });
      const { items } = z.object({ items: z.array(pod) }).parse(expectOk(answer));
      const at = ({ metadata }: KubernetesPod) => metadata.creationTimestamp ?? '';
      return items.sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0));
    },
    async lastLine(podName, signal) {
      const answer = await request('GET', `${pods}/${podName}/log?tailLines=1`, { signal });
      // A container that has not started has no log yet.
      return answer.status === 200 ? answer.text.trim() : '';
    },
  };
}

function expectOk({ status, text }: { status: number; text: string }): JsonObject {
  const body = jsonOf(text);
  if (status < 400 && body) return body;
  throw fault('kubernetes.refused', {
    retriable: status >= 500 || status === 429,
    public: `The Kubernetes API server answered ${status}: ${typeof body?.['message'] === 'string' ? body['message'] : 'no message'}`,
  });
}

function jsonOf(text: string): JsonObject | undefined {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return undefined;
  }
}
