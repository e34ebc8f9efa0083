import { readFile } from 'node:fs/promises';
import type { ArtifactStore } from '@retort/artifact-store';
import { connectTeacher, fineTuningJobs } from '@retort/llm';
import type { Compute } from '@retort/service-kit';
import { loadStudent } from '@retort/student';
import type { ModelRegistry } from '../../app/model-registry.ts';
import type { TrainingProvider, TrainingProviders } from '../../app/training-provider.ts';
import type { Config } from '../../config.ts';
import { kubernetesApi } from './kubernetes-api.ts';
import { kubernetesProvider } from './kubernetes.ts';
import { localProvider } from './local.ts';
import { openAiProvider } from './openai.ts';

export interface ProviderPorts {
  settings: Config;
  compute: Compute;
  artifacts: ArtifactStore;
  registry: ModelRegistry;
}

/** The providers this platform is set up with; its own threads are always there. */
export function trainingProviders(ports: ProviderPorts): TrainingProviders {
  const openai = configuredOpenAi(ports);
  const kubernetes = configuredKubernetes(ports);
  return { local: localProvider(ports.compute), ...(openai && { openai }), ...(kubernetes && { kubernetes }) };
}

function configuredOpenAi({ settings, artifacts, registry }: ProviderPorts): TrainingProvider | undefined {
  const { fineTuningBaseUrl: baseUrl, fineTuningModel: baseModel, pollMs, evaluationCalls } = settings;
  if (baseUrl === undefined || baseModel === undefined) return undefined;
  const apiKey = settings.fineTuningApiKey ?? 'none';
  return openAiProvider({
    jobs: fineTuningJobs({ baseUrl, apiKey, pollMs }),
    endpoint: baseUrl,
    baseModel,
    tuned: (model) => connectTeacher({ baseUrl, apiKey, model }),
    async serving(tenant, model) {
      const { state } = await registry.load({ tenant, model });
      const version = state.serving === null ? undefined : state.versions.get(state.serving);
      return version ? loadStudent(await artifacts.get(version.trained.artifact)) : null;
    },
    evaluationCalls,
  });
}

function configuredKubernetes({ settings, artifacts }: ProviderPorts): TrainingProvider | undefined {
  const { kubernetesApiUrl: url, trainJobImage: image, trainJobVolumeClaim: volumeClaim } = settings;
  if (url === undefined || image === undefined || volumeClaim === undefined) return undefined;
  const { kubernetesToken, kubernetesTokenFile, kubernetesNamespace: namespace } = settings;
  const token = async () => kubernetesToken ?? (await readFile(kubernetesTokenFile, 'utf8')).trim();
  return kubernetesProvider({
    api: kubernetesApi({ url, token, namespace }),
    artifacts,
    job: {
      namespace,
      image,
      volumeClaim,
      command: settings.trainJobCommand,
      dataFolder: settings.trainJobDataFolder,
      cpu: settings.trainJobCpu,
      memory: settings.trainJobMemory,
      serviceAccount: settings.kubernetesServiceAccount,
      deadlineSeconds: settings.trainJobDeadlineSeconds,
    },
    pollMs: settings.pollMs,
  });
}
