import { trainingProviderName } from '@retort/contracts';
import { secret, teacherSettings } from '@retort/service-kit';
import { z } from 'zod';
import { defaultGatePolicy } from './domain/gate.ts';

export const config = z.object({
  ...teacherSettings,
  /** Train by itself when training data were curated. */
  auto: z.boolean().default(true),
  /** The model that is trained by itself. */
  model: z.string().default('tool-calling'),
  /** The guaranteed agreement of whole calls among what a student serves, where a run names none. */
  target: z.number().gt(0).lt(1).default(0.93),
  /** 1 − δ of the guarantee. */
  confidence: z.number().gt(0.5).lt(1).default(0.95),
  /** No student that guarantees less than this is deployed. */
  floor: z.number().gt(0).lt(1).default(defaultGatePolicy.floor),
  /** The largest share of decisions that may have an exact copy in another group. */
  leakage: z.number().min(0).max(1).default(defaultGatePolicy.leakage),
  /** No tool may agree, among what is served of it, in clearly less than this share: the student leaves such a tool to
   *  the teacher, and the gate refuses a student that does not. */
  toolFloor: z.number().min(0).max(1).default(defaultGatePolicy.toolFloor),
  /** Floors of single tools by name, where they have one of their own: JSON. */
  toolFloors: z.record(z.string(), z.number().min(0).max(1)).default({}),
  /** Whether a student serves only tools and agents that keep the guarantee by themselves, where a run says nothing. */
  slices: z.enum(['reported', 'required']).default('reported'),
  /** Who trains, where a run says nothing. */
  provider: trainingProviderName.default('local'),
  /** OpenAI-compatible endpoint (`…/v1`) that fine-tunes; the provider `openai` needs it, with a model to begin from. */
  fineTuningBaseUrl: z.url().optional(),
  /** The key of that endpoint. */
  fineTuningApiKey: secret().optional(),
  /** The model to begin from. */
  fineTuningModel: z.string().optional(),
  /** Kubernetes API server; the provider `kubernetes` needs it, with an image and the claim of the volume that holds the
   *  artifacts. Where no token is given it is read from the file, again for every request. */
  kubernetesApiUrl: z.url().optional(),
  /** The token of the account that makes Jobs. */
  kubernetesToken: secret().optional(),
  /** Where it is read from, for every request, when none is given. */
  kubernetesTokenFile: z.string().default('/var/run/secrets/kubernetes.io/serviceaccount/token'),
  /** Where Jobs are made. */
  kubernetesNamespace: z.string().default('retort'),
  /** The account that Jobs run under. */
  kubernetesServiceAccount: z.string().optional(),
  /** The image of a Job: this platform’s own. */
  trainJobImage: z.string().optional(),
  /** What a Job runs. */
  trainJobCommand: z
    .array(z.string())
    .min(1)
    .default(['node', 'node_modules/@retort/training-orchestration/dist/train-job/main.js']),
  /** The claim of the volume that holds the artifacts. */
  trainJobVolumeClaim: z.string().optional(),
  /** Where a Job's container sees the volume. */
  trainJobDataFolder: z.string().default('/data'),
  /** Cores that a Job asks for. */
  trainJobCpu: z.string().default('2'),
  /** Memory that a Job asks for. */
  trainJobMemory: z.string().default('4Gi'),
  /** How long a Job may take. */
  trainJobDeadlineSeconds: z.int().positive().default(14_400),
  /** Milliseconds between two looks at work that is done elsewhere. */
  pollMs: z.int().positive().default(5_000),
  /** Held-out decisions that a model made elsewhere is asked for, at most. */
  evaluationCalls: z.int().min(0).max(100_000).default(200),
  /** How many configurations are tried by itself before giving up on a data set. */
  attempts: z.int().min(1).max(10).default(3),
  /** Data sets of fewer decisions get one try: each is a look at calibration turns, and every later student pays for it with
   *  a stricter test. */
  attemptsFromDecisions: z.int().min(0).default(1000),
  /** Calls of the teacher that the trainer may spend on one data set, when every configuration was refused, to have requests
   *  decided that only a student has decided so far. 0: it never asks. */
  teacherCalls: z.int().min(0).max(100_000).default(0),
  /** From which attempt on, and among how many configurations, the trainer compares by cross-validation before it trains;
   *  seconds at most. The first attempt is quick: most data need no search. */
  searchFromAttempt: z.int().min(1).max(11).default(2),
  /** Among how many configurations it compares. */
  searchCandidates: z.int().min(1).max(32).default(4),
  /** How long it compares, at most. */
  searchSeconds: z.number().positive().max(86_400).default(120),
});
export type Config = z.infer<typeof config>;
