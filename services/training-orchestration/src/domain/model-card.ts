import { ladderFigures, noveltyFigures, guaranteeInWords, slicesInWords, type ModelCard } from '@retort/contracts';
import type { VersionState } from './model-state.ts';
import { floorOf, type ToolFloors } from '@retort/student';
import type { StageTransition } from './stage-history.ts';

type CardOfVersion = Omit<ModelCard, 'created_at'>;

/** What somebody should know before they rely on a version: what it learnt from, what was measured and how surely, what
 *  is guaranteed of what, where it should not be used. Figures come with their intervals, limits from the figures. */
export function modelCard(
  { trained, evaluation, stage }: VersionState,
  { stages, floors }: { stages: readonly StageTransition[]; floors: ToolFloors },
): CardOfVersion {
  const slices = trained.slices ?? [];
  const held = floorsOf(trained.card) ?? floors;
  const tools = slices.filter(({ by }) => by === 'tool');
  return {
    model: trained.model,
    model_version: trained.model_version,
    stage: stage === 'evaluated' ? 'trained' : stage,
    artifact: trained.artifact,
    intended_use:
      trained.provider === 'openai'
        ? 'A hosted model to take the teacher’s place as the expensive model. It guarantees nothing by itself.'
        : 'Makes the tool call of its teacher for the agents whose decisions it learnt from, where its guarantee holds; the teacher answers everything else.',
    data: {
      dataset_version: trained.dataset_version,
      dataset_digest: trained.dataset_digest,
      rows: trained.rows,
      tools: trained.tools,
      leakage: trained.leakage ?? null,
    },
    promise: [guaranteeInWords(trained.guarantee), slicesInWords(slices)].filter((words) => words !== null).join(' '),
    guarantee: trained.guarantee,
    attempt: trained.attempt ?? null,
    ...figuresOf(trained.card),
    slices,
    figures: evaluation === null ? null : { source: evaluation.source, ...evaluation.report },
    tool_floor: held.toolFloor,
    tool_floors: tools.map(({ name, served_call_agreement, promised, withheld }) => ({
      tool: name,
      floor: floorOf(held, name),
      served_call_agreement,
      promised,
      withheld,
    })),
    limits: limitsOf({ trained, evaluation }, tools),
    training: {
      provider: trained.provider ?? 'local',
      configuration: trained.configuration,
      search: trained.search ?? null,
      seconds: trained.train_seconds,
      run_id: trained.run_id,
    },
    stages: [...stages],
    card: trained.card ?? {},
  };
}

function limitsOf(
  { trained, evaluation }: Pick<VersionState, 'trained' | 'evaluation'>,
  tools: NonNullable<VersionState['trained']['slices']>,
): string[] {
  const unproven = tools.filter(({ promised }) => !promised).length;
  const report = evaluation?.report;
  const uncovered = report === undefined || report.coverage.value === null ? 0 : 1 - report.coverage.value;
  return [
    'It knows what its teacher decided, not whether that was right.',
    'The guarantee is for requests like those it was measured on: when agents, tools or language change, it must be measured again.',
    'A tool that its data never saw is left to the teacher, and so is a request unlike any it learnt from.',
    ...(trained.guarantee.kind === 'ltt-cross-fitted'
      ? ['Its guarantee is approximate: thresholds come from students that each learnt from a part of the data.']
      : []),
    ...(unproven > 0
      ? [`For ${unproven} of ${tools.length} tools the guarantee holds only as a part of the whole, not by themselves.`]
      : []),
    ...(uncovered > 0
      ? [
          `It leaves about ${Math.round(uncovered * 100)}% of the turns with a call to the teacher, and every turn of words.`,
        ]
      : []),
    ...(evaluation === null ? ['Nothing was measured of it.'] : []),
  ];
}

/** The ladder and the novelty figures as the student's own card says them; earlier students have none. */
function figuresOf(card: VersionState['trained']['card']): Pick<ModelCard, 'ladder' | 'novelty'> {
  return {
    ladder: ladderFigures.safeParse(card?.['ladder']).data ?? null,
    novelty: noveltyFigures.safeParse(card?.['novelty']).data ?? null,
  };
}

/** The floors that the student itself was trained to hold. */
function floorsOf(card: VersionState['trained']['card']): ToolFloors | null {
  const slices = card?.['slices'] as Partial<ToolFloors> | undefined;
  if (typeof slices?.toolFloor !== 'number') return null;
  const { toolFloor, toolFloors } = slices;
  return { toolFloor, ...(toolFloors && { toolFloors }) };
}
