import { defineAgent, type AgentDefinition } from '@retort/agent-runtime';
import type { RunState } from '@retort/contracts';
import { nameBasedId } from '@retort/kernel';
import type { RunQueue } from '@retort/service-kit';
import type { Config } from '../config.ts';
import type { OptimizationInput, OptimizationResult } from './optimize.ts';
import type { TrainingExamplesOf } from './training-examples.ts';

interface Perception {
  datasetVersion: string;
  prompt: string;
  budget: number;
  teacher: boolean;
  /** Runs on this data set, whoever asked for them. */
  tried: { runId: string; state: RunState }[];
}
interface Decision {
  datasetVersion: string;
  prompt: string;
  budget: number;
}

/** Optimises the prompt once per data set, where a teacher may be asked. */
export function promptOptimizer(ports: {
  examples: TrainingExamplesOf;
  queue: RunQueue<OptimizationInput, OptimizationResult>;
  config: Config;
}): AgentDefinition<Perception, Decision> {
  const { examples, queue, config } = ports;
  return defineAgent<Perception, Decision>({
    name: 'prompt-optimizer',
    async perceive({ tenant, trace }) {
      const { dataset_version: datasetVersion } = await examples(tenant, trace).dataset(undefined);
      const input = { prompt: config.prompt, dataset_version: datasetVersion };
      const tried = await queue.list({ tenant, input, limit: 1 });
      return {
        datasetVersion,
        prompt: config.prompt,
        budget: config.budget,
        teacher: config.teacherBaseUrl !== undefined,
        tried: tried.map(({ runId, state }) => ({ runId, state })),
      };
    },
    decide({ datasetVersion, prompt, budget, teacher, tried }) {
      if (!teacher) return { decision: null, why: 'No teacher is configured that could be asked.' };
      if (tried[0]) return { decision: null, why: `Run ${tried[0].runId} on ${datasetVersion} is ${tried[0].state}.` };
      return {
        decision: { datasetVersion, prompt, budget },
        why: `${prompt} was not optimised on ${datasetVersion} yet; at most ${budget} teacher calls.`,
      };
    },
    async act({ datasetVersion, prompt, budget }, run) {
      const { runId } = await queue.enqueue({
        isOwn: true,
        // Acting twice on one verdict starts one run.
        runId: nameBasedId(optimizer, `${run.tenant} ${prompt} ${datasetVersion}`),
        tenant: run.tenant,
        trace: run.trace,
        input: { prompt, optimizer: 'bootstrap-few-shot', dataset_version: datasetVersion, budget, seed: 1 },
      });
      return { optimization_run: runId };
    },
  });
}

/** Namespace of the runs' ids. */
const optimizer = '3c1c5d0a-0d0e-5f5b-8d52-1a7f0c9b7e55';
