import type { EventStore } from '@retort/event-store';
import type { Measured, optimizationRunInput, PromptContent } from '@retort/contracts';
import { fault, isFault, nameBasedId, seededRandom, type Call, type Clock, type NewId } from '@retort/kernel';
import { createBudget, mapConcurrently, type Teacher } from '@retort/llm';
import { recordEvent, type Run, type RunWork } from '@retort/service-kit';
import { wilsonInterval } from '@retort/statistics';
import type { z } from 'zod';
import { answered, beginBootstrap, demonstrationsOf, nextQuestion } from '../domain/bootstrap-few-shot.ts';
import { isRight, splitExamples, type Example } from '../domain/example.ts';
import { planBudget } from '../domain/plan.ts';
import type { Prompts } from './prompts.ts';
import type { TrainingExamplesOf } from './training-examples.ts';

export type OptimizationInput = z.output<typeof optimizationRunInput>;
export interface OptimizationResult {
  prompt_version: number;
  score: Measured;
  baseline: Measured;
  teacher_calls: number;
}
export interface OptimizationPorts {
  examples: TrainingExamplesOf;
  events: EventStore;
  clock: Clock;
  newId: NewId;
  prompts: Prompts;
  /** Absent when none is configured. */
  teacher: Teacher | undefined;
  teacherConcurrency: number;
}

const plainPrompt: PromptContent = { instruction: 'Decide which tool to call, if any.', demonstrations: [] };
const validationShare = 0.3;
const production = 'production';

/** One optimisation: demonstrations are bootstrapped, the new prompt and the one in production are measured on the same
 *  decisions, the new one becomes a version, and takes the label when it is better. */
export async function optimizePrompt(
  ports: OptimizationPorts,
  { run, work }: { run: Run<OptimizationInput, OptimizationResult>; work: RunWork<OptimizationResult> },
): Promise<OptimizationResult> {
  const { input, tenant } = run;
  const teacher = configured(ports.teacher);
  const source = ports.examples(tenant, run.trace);
  const dataset = await source.dataset(input.dataset_version);
  work.report({ fraction: 0, step: 'reading the data' });
  const examples = await source.read({
    version: dataset.dataset_version,
    agents: input.agents,
    signal: work.signal,
  });
  const random = seededRandom(input.seed);
  const split = splitExamples(random.fork('order').shuffle(examples), { validationShare, seed: input.seed });
  const plan = planBudget({ budget: input.budget, validation: split.validation.length });
  if (split.training.length === 0 || plan.validation === 0)
    throw fault('prompts.too-few-examples', {
      public: `${examples.length} decisions and ${input.budget} teacher calls are too few to make a prompt and to measure it.`,
    });

  const budget = createBudget({ calls: input.budget });
  const key = { tenant, prompt: input.prompt };
  const before = await ports.prompts.labelled(key, production);
  const current: PromptContent = before ?? plainPrompt;
  const ask = async (example: Example, content: PromptContent): Promise<Call | null> => {
    try {
      const { call } = await teacher.decide({
        context: example.context,
        tools: example.tools,
        instruction: content.instruction,
        demonstrations: content.demonstrations.map(({ context, tool_selected, tool_parameters }) => ({
          context,
          call: { tool: tool_selected, parameters: tool_parameters },
        })) as NonNullable<Parameters<Teacher['decide']>[0]['demonstrations']>,
        budget,
        // One of its own for each call: the client leaves its listeners behind.
        signal: AbortSignal.any([work.signal]),
      });
      return call;
    } catch (error) {
      // An answer that cannot be read is a wrong answer; a teacher that cannot be asked ends the run.
      if (isFault(error) && unreadable.has(error.code)) return null;
      throw error;
    }
  };

  let state = beginBootstrap(split.training.slice(0, plan.bootstrapCalls), random);
  for (let question = nextQuestion(state); question; question = nextQuestion(state)) {
    const { instruction } = current;
    const shown = { instruction, demonstrations: question.demonstrations.map(demonstrationOf) };
    state = answered(state, await ask(question.example, shown));
    work.report({ fraction: (0.3 * state.position) / plan.bootstrapCalls, step: 'bootstrapping demonstrations' });
  }
  const candidate: PromptContent = {
    instruction: current.instruction,
    demonstrations: demonstrationsOf({ ...state, examples: split.training }, random).map(demonstrationOf),
  };

  const validation = split.validation.slice(0, plan.validation);
  const measure = async (content: PromptContent, from: number, step: string) => {
    let done = 0;
    const right = await mapConcurrently(validation, ports.teacherConcurrency, async (example) => {
      const correct = isRight(example, await ask(example, content));
      work.report({ fraction: from + (0.35 * ++done) / validation.length, step });
      return correct;
    });
    return proportion(right.filter(Boolean).length, validation.length);
  };
  const baseline = await measure(current, 0.3, 'measuring the prompt before');
  const score = await measure(candidate, 0.65, 'measuring the new prompt');

  const note = `bootstrap-few-shot on ${dataset.dataset_version}, run ${run.runId}`;
  const { version } = await ports.prompts.add(key, { content: candidate, note, score, trace: run.trace });
  if (!before || score.numerator > baseline.numerator)
    await ports.prompts.label(key, { label: production, version: version.version, trace: run.trace });
  const result = { prompt_version: version.version, score, baseline, teacher_calls: budget.spent().calls };
  await recordEvent(ports, {
    type: 'PROMPTS_OPTIMIZED',
    tenant,
    aggregateId: input.prompt,
    trace: run.trace,
    id: nameBasedId(optimizations, run.runId),
    data: { run_id: run.runId, prompt: input.prompt, optimizer: input.optimizer, ...result },
  });
  return result;
}

/** Namespace of the events' ids. */
const optimizations = '0b8d9a2e-52e7-5b53-9a8c-6d1f5a3f9c02';
const unreadable = new Set(['llm.malformed-call', 'llm.tool-not-offered', 'llm.empty-answer']);

/** @throws `prompts.no-teacher` (409) */
export function configured(teacher: Teacher | undefined): Teacher {
  if (teacher) return teacher;
  throw fault('prompts.no-teacher', {
    public:
      'Prompts are optimised by asking the teacher, and none is configured: set RETORT_TEACHER_BASE_URL to an OpenAI-compatible endpoint (…/v1), RETORT_TEACHER_MODEL and, where it needs one, RETORT_TEACHER_API_KEY.',
  });
}

function demonstrationOf({ id, context, call }: Example): PromptContent['demonstrations'][number] {
  return { decision_id: id, context, tool_selected: call.tool, tool_parameters: call.parameters };
}

function proportion(numerator: number, denominator: number): Measured {
  const interval = wilsonInterval({ successes: numerator, trials: denominator });
  return { value: numerator / denominator, numerator, denominator, interval };
}
