import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DecisionInput, ToolDefinition } from '@retort/contracts';
import { decisionOf, inferredTools, isUnusable, type Exchange, type Format } from '@retort/import';
import type { Api } from '../api.ts';
import type { DecisionLine } from '../decision-file.ts';
import { recordInPart } from '../distill/in-part.ts';
import { postDecisions } from '../loop.ts';
import type { Progress } from '../terminal/progress.ts';
import { filesOf, recordsOf, type LogRecord } from './records.ts';
import { tally, type Tallied } from './tally.ts';

export interface ImportOptions {
  format: Format;
  /** A file or a folder. */
  path: string;
  /** Of exchanges that name no agent. */
  agentId: string;
  /** Offered where the log does not say which tools there were; null: inferred from the calls. */
  tools: readonly ToolDefinition[] | null;
}

/** What `retort import --json` prints. */
export interface ImportReport {
  format: string;
  files: number;
  /** Lines, items of lists, rows. */
  records: number;
  /** Records hold none, one or many. */
  decisions: number;
  recorded: number;
  /** Recorded before, or twice in the log. */
  duplicates: number;
  /** Recorded without arguments that the tool's schema refuses. */
  used_in_part: number;
  agents: number;
  sessions: number;
  /** Decisions by what their answer is. */
  answers: { call: number; calls: number; words: number };
  /** Decisions of which the arguments of a call are not known: the log does not hold them, or not as JSON. */
  arguments_unknown: number;
  /** Names of tools that the log does not describe: what is known of them are its calls. */
  tools_inferred: string[];
  /** What holds no decision, and what the platform refused. */
  unusable: Tallied[];
  refused: Tallied[];
  dry_run: boolean;
  seconds: number;
}

export interface ImportPorts {
  /** null: nothing is posted (a dry run). */
  api: Api | null;
  /** Called with each decision that is not posted. */
  onDecision?: (decision: DecisionLine) => Promise<void>;
  progress: Progress;
  signal: AbortSignal;
}

/** Reads a log and posts its decisions. Records whose tools the log does not say come in a second reading, with the tools that the
 *  first one found. Importing a log again adds nothing.
 *  @throws `cli.file-missing`, and what the platform answers */
export async function importLog(options: ImportOptions, ports: ImportPorts): Promise<ImportReport> {
  const began = performance.now();
  const files = await filesOf(options.path);
  const reading = readingOf(options, files, ports);
  const { api, onDecision } = ports;
  const { positionOf } = reading;
  const known = options.tools;
  const first = await take(reading.decisions({ tools: known ?? [], withoutTools: known !== null }), {
    api,
    onDecision,
    positionOf,
  });
  const inferred = known === null ? reading.inferred() : [];
  const rest = reading.decisions({ tools: inferred, withoutTools: true, onlyWithoutTools: true });
  const second = inferred.length === 0 ? nothing : await take(rest, { api, onDecision, positionOf });
  return {
    format: options.format.name,
    files: files.length,
    ...reading.counts(inferred.length > 0),
    recorded: first.recorded + second.recorded,
    duplicates: first.duplicates + second.duplicates,
    used_in_part: first.usedInPart + second.usedInPart,
    tools_inferred: inferred.map(({ name }) => name),
    refused: [...first.refused, ...second.refused],
    dry_run: api === null,
    seconds: (performance.now() - began) / 1000,
  };
}

interface Taken {
  recorded: number;
  duplicates: number;
  usedInPart: number;
  refused: Tallied[];
}
const nothing: Taken = { recorded: 0, duplicates: 0, usedInPart: 0, refused: [] };

interface Target {
  onDecision: ImportPorts['onDecision'] | undefined;
  positionOf: (number: number) => string;
}

async function take(
  decisions: AsyncIterable<DecisionLine>,
  { api, onDecision, positionOf }: Pick<ImportPorts, 'api'> & Target,
): Promise<Taken> {
  if (api === null) {
    for await (const decision of decisions) await onDecision?.(decision);
    return nothing;
  }
  const taken = { recorded: 0, duplicates: 0, usedInPart: 0 };
  const refusals = tally();
  for await (const some of chunksOf(decisions)) {
    const { recorded, duplicates, refused } = await postDecisions(api, some, () => undefined);
    const inPart = await recordInPart(api, refused);
    taken.recorded += recorded + inPart.recorded;
    taken.duplicates += duplicates;
    taken.usedInPart += inPart.recorded;
    for (const { line, message, usedInPart } of inPart.badLines)
      if (!usedInPart) refusals.add(message, positionOf(line));
  }
  return { ...taken, refused: refusals.list() };
}

/** What is posted is held until it is settled. */
const chunkSize = 5_000;

async function* chunksOf(decisions: AsyncIterable<DecisionLine>): AsyncGenerator<DecisionLine[]> {
  let chunk: DecisionLine[] = [];
  for await (const decision of decisions) {
    chunk.push(decision);
    if (chunk.length < chunkSize) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

interface Pass {
  tools: readonly ToolDefinition[];
  /** Whether records without tools are decisions. */
  withoutTools: boolean;
  /** Those with tools came in before. */
  onlyWithoutTools?: boolean;
}

/** Reads the files, as often as it takes; counts belong to the whole. */
function readingOf(
  options: ImportOptions,
  files: readonly { path: string; bytes: number }[],
  { progress, signal }: ImportPorts,
) {
  const unusable = tally();
  const waiting = tally();
  const inferring = inferredTools();
  const agents = new Set<string>();
  const sessions = new Set<string>();
  const answers = { call: 0, calls: 0, words: 0 };
  let argumentsUnknown = 0;
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0) || 1;
  const { format, agentId } = options;
  let records = 0;
  let decisions = 0;
  /** Lines of all files, numbered through: an entry where each file begins. */
  let starts: { file: string; from: number }[] = [];

  async function* read(step: string): AsyncGenerator<LogRecord & { number: number }> {
    starts = [];
    let before = 0;
    let number = 0;
    for (const file of files) {
      starts.push({ file: file.path, from: number });
      for await (const record of recordsOf(file.path, { csv: format.name === 'csv', signal })) {
        yield { ...record, number: ++number };
        if (number % 500 > 0) continue;
        progress.step(step, Math.min(1, (before + record.bytes) / total), `${number.toLocaleString('en-US')} records`);
        await nextTurn();
        signal.throwIfAborted();
      }
      before += file.bytes;
    }
  }

  return {
    async *decisions({ tools, withoutTools, onlyWithoutTools = false }: Pass): AsyncGenerator<DecisionLine> {
      for await (const { file, line, number, reading } of read(
        onlyWithoutTools ? 'importing what names no tools' : 'importing',
      )) {
        const place = `${file}:${line}`;
        if (!onlyWithoutTools) records += 1;
        for (const exchange of 'reason' in reading ? [reading] : format.read(reading.value)) {
          if (isUnusable(exchange)) {
            if (!onlyWithoutTools) unusable.add(exchange.reason, place);
            continue;
          }
          const namesTools = exchange.request.tools !== undefined;
          if (namesTools && onlyWithoutTools) continue;
          if (!namesTools && !withoutTools) {
            inferring.add(exchange);
            waiting.add('no-tools', place);
            continue;
          }
          const decision = decisionOf(exchange, { source: format.name, agentId, tools });
          if ('reason' in decision) unusable.add(decision.reason, place);
          else {
            count(exchange, decision.agent_id);
            if (lacksArguments(decision)) argumentsUnknown += 1;
            yield { line: number, decision: decision as unknown as DecisionLine['decision'] };
          }
        }
      }
    },
    inferred: () => inferring.tools(),
    counts: (cameLater: boolean) => ({
      records,
      decisions,
      agents: agents.size,
      sessions: sessions.size,
      answers,
      arguments_unknown: argumentsUnknown,
      unusable: [...unusable.list(), ...(cameLater ? [] : waiting.list())],
    }),
    positionOf(number: number): string {
      const start = starts.findLast(({ from }) => from < number);
      return start ? `${start.file}:${number - start.from}` : String(number);
    },
  };

  function count({ session, answer }: Exchange, agent: string): void {
    decisions += 1;
    agents.add(agent);
    if (session !== undefined && sessions.size < 1_000_000) sessions.add(session);
    answers[answer.calls.length === 0 ? 'words' : answer.calls.length === 1 ? 'call' : 'calls'] += 1;
  }
}

function lacksArguments({ tool_parameters: parameters, tool_calls: calls = [] }: DecisionInput): boolean {
  return parameters === null || (calls ?? []).some((call) => call.parameters === null);
}
