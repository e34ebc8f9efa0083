import { setTimeout as delay } from 'node:timers/promises';
import type { ArtifactStore } from '@retort/artifact-store';
import { fault, receivedFault } from '@retort/kernel';
import { checkConfiguration } from '@retort/student';
import type { ProviderWork, TrainingProvider } from '../../app/training-provider.ts';
import { trainedStudent } from '../../domain/trained-model.ts';
import { readOutcome } from '../../train-job/outcome-file.ts';
import { jobProgress, lastWord, type LastWord } from '../../train-job/report.ts';
import { encodeTask } from '../../train-job/task-file.ts';
import { container, jobManifest, jobName, type JobManifest, type JobSettings } from './job-manifest.ts';
import type { KubernetesApi, KubernetesJob, KubernetesPod } from './kubernetes-api.ts';

export interface KubernetesProviderPorts {
  api: KubernetesApi;
  artifacts: ArtifactStore;
  job: JobSettings;
  /** Milliseconds between two looks at a Job. */
  pollMs: number;
}

/** Trains in a Job of the cluster: the same trainer on the same task, which travels through the artifact store. A Job that
 *  an interrupted run left there is joined; a cancelled run deletes it. */
export function kubernetesProvider(ports: KubernetesProviderPorts): TrainingProvider {
  const { api, artifacts, job: settings } = ports;
  return {
    checkConfiguration,
    async train({ runId, model, data, options, search }, work) {
      const { decisions, toolsets } = data;
      const { digest: task } = await artifacts.put(
        encodeTask({ decisions, toolsets, options, ...(search && { search }) }),
      );
      const manifest = jobManifest(settings, { runId, model, task });
      const name = jobName(runId);
      try {
        await submit(ports, manifest, work.signal);
        await work.startedAs(`${settings.namespace}/${name}`);
        const word = await follow(ports, name, work);
        if ('outcome' in word) return trainedStudent(await readOutcome(artifacts, word.outcome));
        throw receivedFault(word.error.code, { status: 502, retriable: false, public: word.error.message });
      } catch (error) {
        if (work.cancelled()) await api.deleteJob(name);
        throw error;
      }
    },
  };
}

/** A Job of this name is this run's; one that has failed is in the way of another try. */
async function submit({ api, pollMs }: KubernetesProviderPorts, manifest: JobManifest, signal: AbortSignal) {
  const { name } = manifest.metadata;
  while (!(await api.createJob(manifest, signal))) {
    const there = await api.job(name, signal);
    if (there && !has(there, 'Failed')) return;
    if (there) await api.deleteJob(name);
    await delay(pollMs, undefined, { signal });
  }
}

/** Tells what the container says until the Job has ended. @returns its last word */
async function follow({ api, pollMs }: KubernetesProviderPorts, name: string, work: ProviderWork): Promise<LastWord> {
  const { signal } = work;
  let told = '';
  for (;;) {
    const job = await api.job(name, signal);
    if (!job)
      throw fault('training.job-gone', {
        public: `The Job ${name} was deleted before it was done.`,
      });
    const pod = (await api.podsOf(name, signal)).at(-1);
    const line = pod && pod.status.phase !== 'Pending' ? await api.lastLine(pod.metadata.name, signal) : '';
    if (line !== told) {
      told = line;
      const progress = parsed(line, jobProgress);
      if (progress) {
        const { fraction, step, metrics } = progress;
        work.report({ fraction, step: `in a Job: ${step}`, ...(metrics && { metrics }) });
      }
    } else if (told === '')
      work.report({ fraction: 0, step: `in a Job: ${pod?.status.phase.toLowerCase() ?? 'waiting'}` });
    if (has(job, 'Complete') || has(job, 'Failed')) return wordOf(pod) ?? endedWithout(name, job);
    await delay(pollMs, undefined, { signal });
  }
}

const has = ({ status }: KubernetesJob, type: string) =>
  status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;

function wordOf(pod: KubernetesPod | undefined): LastWord | null {
  const ended = pod?.status.containerStatuses?.find(({ name }) => name === container)?.state.terminated;
  return ended?.message === undefined ? null : parsed(ended.message, lastWord);
}

function endedWithout(name: string, job: KubernetesJob): LastWord {
  const why = job.status?.conditions?.find(({ type }) => type === 'Failed')?.message ?? 'It left no word.';
  return { error: { code: 'training.job-failed', message: `The Job ${name} ended without a student. ${why}` } };
}

function parsed<Value>(
  text: string,
  schema: { safeParse(value: unknown): { success: true; data: Value } | { success: false } },
): Value | null {
  try {
    const checked = schema.safeParse(JSON.parse(text));
    return checked.success ? checked.data : null;
  } catch {
    return null;
  }
}
