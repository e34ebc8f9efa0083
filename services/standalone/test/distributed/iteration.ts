import {
  curationRuns,
  getModelArtifact,
  getModelVersion,
  getServing,
  predict,
  recordDecisions,
  trainingRuns,
  type DecisionInput,
} from '@retort/contracts';
import { digestOf } from '@retort/kernel';
import { testClient } from '@retort/service-testing';
import { createTraffic, domainAgents, simulateDecision, type SimulatedRequest } from '@retort/simulator';
import { until } from '@retort/testing';
import { caughtUp } from '../harness.ts';

/** What an iteration of the loop came to: the same wherever it runs. */
export interface Figures {
  decisions: number;
  datasetDigest: string;
  rows: number;
  studentDigest: string;
  studentBytes: number;
  stage: string;
  /** Predictions asked for, to how many the student had an answer, how many it served, and the digest of all of them. */
  asked: number;
  served: number;
  proposed: number;
  answers: string;
}

/** What happens on the way, from outside. */
export interface Incidents {
  /** After this batch of decisions is acknowledged, from 0. */
  afterBatch?(batch: number): Promise<void>;
  /** While the student is being taught. */
  whileTraining?(): Promise<void>;
}

export const batches = 7;
const batchSize = 100;
const questions = 40;
const timestamp = '2026-03-02T09:00:00.000Z';
const withinMs = 240_000;

/** The simulator's traffic: two agents with a clear language, enough for a guarantee on few decisions. */
function traffic(): { decisions: DecisionInput[]; fresh: SimulatedRequest[] } {
  const requests = createTraffic({ seed: 'distributed', agents: domainAgents.slice(0, 2) });
  const decide = () => {
    const request = requests.next();
    return simulateDecision(request, { call: request.truth, timestamp });
  };
  return {
    decisions: Array.from({ length: batches * batchSize }, decide),
    fresh: Array.from({ length: questions }, () => requests.next()),
  };
}

/** Records the simulator's decisions, curates, waits for the training that follows by itself, and asks the student. What is
 *  not answered is asked again. */
export async function iterate({ url, key }: { url: string; key: string }, incidents: Incidents = {}): Promise<Figures> {
  const client = testClient({ url, keyOf: async () => key });
  const persistently = <Result>(what: string, work: () => Promise<Result | null | false>) =>
    until<Result>(what, () => work().catch(() => null), withinMs);
  const { decisions, fresh } = traffic();
  for (let batch = 0; batch < batches; batch++) {
    const body = decisions.slice(batch * batchSize, (batch + 1) * batchSize);
    await persistently(`batch ${batch} to be acknowledged`, async () => {
      const { rejected } = await client.read(recordDecisions, { body });
      return rejected === 0;
    });
    await incidents.afterBatch?.(batch);
  }
  await persistently('the readers to know every decision', () => caughtUp(client));
  const { run_id: curation } = await persistently('a curation', () => client.read(curationRuns.create, { body: {} }));
  const curated = await client.ended(curationRuns, { run_id: curation });
  if (curated.result === null) throw new Error(`the curation failed: ${JSON.stringify(curated.error)}`);

  const training = await persistently(
    'the trainer to take the data set up',
    async () => (await client.read(trainingRuns.list)).data[0] ?? null,
  );
  await incidents.whileTraining?.();
  const trained = await until(
    'the training to end',
    async () => {
      const run = await client.read(trainingRuns.get, { params: { run_id: training.run_id } }).catch(() => null);
      return run?.finished_at ? run : null;
    },
    withinMs,
  );
  if (!trained.model_version) throw new Error(`the training failed: ${JSON.stringify(trained.error)}`);
  const params = { model: 'tool-calling', version: trained.model_version };
  const version = await client.read(getModelVersion, { params });
  const student = await client.send(
    getModelArtifact.path.replace('{model}', params.model).replace('{version}', params.version),
  );
  const bytes = new Uint8Array(await student.arrayBuffer());
  const isServed = async () =>
    (await client.read(getServing)).data.some((serving) => serving.model_version === trained.model_version);
  // Replicas take turns.
  if (trained.deployed)
    await persistently('inference to serve the student', async () => (await isServed()) && (await isServed()));
  const answers = [];
  for (const request of fresh)
    answers.push(
      await client.read(predict, {
        body: {
          agent_id: request.agentId,
          context: request.context,
          tools_available: [...request.tools],
          fallback: 'none',
          model_version: trained.model_version,
        },
      }),
    );
  return {
    decisions: decisions.length,
    datasetDigest: curated.result.digest,
    rows: curated.result.rows,
    studentDigest: digestOf(bytes),
    studentBytes: bytes.length,
    stage: version.stage,
    asked: answers.length,
    served: answers.filter(({ served_by }) => served_by === 'student').length,
    proposed: answers.filter(({ proposal }) => proposal !== null).length,
    answers: digestOf(
      JSON.stringify(answers.map(({ served_by, confidence, proposal }) => ({ served_by, confidence, proposal }))),
    ),
  };
}
