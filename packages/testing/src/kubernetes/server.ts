import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { failsAtOnce, whyInvalid, type JobObject } from './manifest.ts';
import { newPod, podView, runPod, type Node, type Pod } from './pods.ts';

export interface KubernetesServerOptions {
  namespace: string;
  node: Node;
}

export interface KubernetesServer {
  url: string;
  token: string;
  jobs: ReadonlyMap<string, JobObject>;
  pods: readonly Pod[];
  /** Pods stay pending until they are let go. */
  hold(): void;
  release(): void;
  /** The next request is not answered: its connection breaks. */
  breakConnection(): void;
  /** As if the node went away: the container of every pod is killed outright. */
  killContainers(): void;
  close(): Promise<void>;
}

/** A **test server** that speaks the part of the Kubernetes API that running a Job takes, over real HTTP: Jobs are checked,
 *  refused when their name is taken, run as real processes, tried again up to their back-off limit or ended by their
 *  failure policy, and deleted with their pods; pods have phases, logs and the last word of their container.
 *
 *  It is no cluster: it has one namespace, knows no images, schedules nothing, and limits neither processor, memory nor
 *  time. Errors come as `Status` objects with the API's own codes. */
export async function startKubernetesServer({ namespace, node }: KubernetesServerOptions): Promise<KubernetesServer> {
  const token = 'test-service-account-token';
  const jobs = new Map<string, JobObject>();
  const pods: Pod[] = [];
  let gate = Promise.resolve();
  let open: () => void = () => undefined;
  let breaks = false;

  async function run(job: JobObject): Promise<void> {
    const { name } = job.metadata;
    const limit = job.spec.backoffLimit ?? 6;
    const gone = () => jobs.get(name) !== job;
    for (;;) {
      const pod = newPod(job);
      pods.push(pod);
      job.status.active = 1;
      await gate;
      if (gone()) return;
      const code = await runPod(job, pod, node);
      job.status.active = 0;
      if (gone()) return;
      if (code === 0) {
        job.status.succeeded = 1;
        job.status.conditions.push({ type: 'Complete', status: 'True' });
        return;
      }
      job.status.failed++;
      const reason = failsAtOnce(job.spec, code)
        ? [
            'PodFailurePolicy',
            `Container ${pod.container} for pod ${namespace}/${pod.name} failed with exit code ${code}.`,
          ]
        : job.status.failed > limit
          ? ['BackoffLimitExceeded', 'Job has reached the specified backoff limit']
          : null;
      if (reason) {
        job.status.conditions.push({ type: 'Failed', status: 'True', reason: reason[0]!, message: reason[1]! });
        return;
      }
    }
  }

  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    void respond(request, response).catch((error: unknown) => status(response, 500, 'InternalError', String(error)));
  });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const body = await textOf(request);
    if (breaks) {
      breaks = false;
      return void request.socket.destroy();
    }
    if (request.headers.authorization !== `Bearer ${token}`)
      return status(response, 401, 'Unauthorized', 'Unauthorized');
    const [, resource, name, sub] =
      new RegExp(`^(?:/apis/batch/v1|/api/v1)/namespaces/${namespace}/(jobs|pods)(?:/([^/]+))?(?:/(log))?$`).exec(
        pathname,
      ) ?? [];
    if (resource === undefined)
      return status(response, 403, 'Forbidden', `${request.method} ${pathname} is forbidden for this service account`);
    if (resource === 'pods') return respondPods(response, { name, sub, selector: searchParams.get('labelSelector') });
    if (request.method === 'POST') return create(response, JSON.parse(body) as Partial<JobObject>);
    const job = jobs.get(name ?? '');
    if (!job) return status(response, 404, 'NotFound', `jobs.batch "${name}" not found`);
    if (request.method === 'DELETE') {
      jobs.delete(job.metadata.name);
      for (const pod of pods.filter((one) => one.job === job.metadata.name)) pod.process?.kill('SIGKILL');
      for (let index = pods.length - 1; index >= 0; index--)
        if (pods[index]!.job === job.metadata.name) pods.splice(index, 1);
    }
    send(response, 200, job);
  }

  function create(response: ServerResponse, manifest: Partial<JobObject>): void {
    const invalid = whyInvalid(manifest, new Set(node.claims.keys()));
    if (invalid)
      return status(response, 422, 'Invalid', `Job.batch "${manifest.metadata?.name}" is invalid: ${invalid}`);
    const job = { ...(manifest as JobObject), status: { conditions: [], failed: 0, succeeded: 0, active: 0 } };
    if (jobs.has(job.metadata.name))
      return status(response, 409, 'AlreadyExists', `jobs.batch "${job.metadata.name}" already exists`);
    jobs.set(job.metadata.name, job);
    void run(job);
    send(response, 201, job);
  }

  function respondPods(
    response: ServerResponse,
    { name, sub, selector }: { name: string | undefined; sub: string | undefined; selector: string | null },
  ): void {
    if (name === undefined) {
      const job = /^(?:batch\.kubernetes\.io\/)?job-name=(.+)$/.exec(selector ?? '')?.[1];
      const items = pods.filter((pod) => job === undefined || pod.job === job).map(podView);
      return send(response, 200, { kind: 'PodList', apiVersion: 'v1', items });
    }
    const pod = pods.find((one) => one.name === name);
    if (!pod) return status(response, 404, 'NotFound', `pods "${name}" not found`);
    if (sub === undefined) return send(response, 200, podView(pod));
    if (pod.phase === 'Pending')
      return status(
        response,
        400,
        'BadRequest',
        `container "${pod.container}" in pod "${name}" is waiting to start: ContainerCreating`,
      );
    response.writeHead(200, { 'content-type': 'text/plain' }).end(`${pod.log.trimEnd().split('\n').at(-1)}\n`);
  }

  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    jobs,
    pods,
    hold: () => void (gate = new Promise((resolve) => (open = resolve))),
    release: () => open(),
    breakConnection: () => void (breaks = true),
    killContainers: () => pods.forEach(({ process }) => void process?.kill('SIGKILL')),
    async close() {
      open();
      jobs.clear();
      pods.forEach(({ process }) => void process?.kill('SIGKILL'));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function send(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function status(response: ServerResponse, code: number, reason: string, message: string): void {
  send(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message });
}
