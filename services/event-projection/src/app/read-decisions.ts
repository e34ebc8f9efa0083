import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import type { DecisionView } from '@retort/contracts';
import { comparePositions, parsePosition } from '@retort/event-store';
import { fault } from '@retort/kernel';
import type { Decisions, PageRequest } from './decisions.ts';
import type { ToolsetReader } from './toolsets.ts';
import { decisionViewOf, type StoredDecision } from '../domain/decision-view.ts';

export interface ReadPorts {
  decisions: Decisions;
  toolsets: ToolsetReader;
  waitForPositionMs: number;
}

export type ToolsetForm = 'expand' | 'reference';

/** Waits until the projection knows `position`.
 *  @throws `decisions.invalid-position` (400), `decisions.projection-behind` (503) */
export async function waitFor(
  position: string | undefined,
  { decisions, waitForPositionMs }: ReadPorts,
  parameter = 'at_least',
) {
  if (position === undefined) return;
  checkPosition(position, parameter);
  const deadline = performance.now() + waitForPositionMs;
  for (let wait = 2; ; wait = Math.min(wait * 2, 100)) {
    const known = await decisions.position();
    if (known !== null && comparePositions(known, position) >= 0) return;
    if (performance.now() > deadline)
      throw fault('decisions.projection-behind', {
        retryAfter: 1,
        public: 'The projection has not come to this position of the log yet.',
      });
    await delay(wait);
  }
}

function checkPosition(position: string, parameter: string): void {
  try {
    parsePosition(position);
  } catch (cause) {
    throw fault('decisions.invalid-position', {
      public: 'This is not a position of the log.',
      errors: [{ pointer: `/${parameter}`, message: 'expected a position as the platform gives it' }],
      cause,
    });
  }
}

/** Rows as readers see them, with the tools they asked for. */
export async function viewsOf(
  rows: readonly StoredDecision[],
  { tenant, form }: { tenant: string; form: ToolsetForm },
  { toolsets }: ReadPorts,
): Promise<DecisionView[]> {
  if (form === 'reference') return rows.map((row) => decisionViewOf(row));
  const tools = await toolsets.find(
    tenant,
    rows.map((row) => row.toolset),
  );
  return rows.map((row) => decisionViewOf(row, tools.get(row.toolset)));
}

/** Of one look into the tables, and of one piece of an answer. */
const charactersOfRead = 2 * 1_048_576;
const charactersOfPiece = 131_072;

/** The whole snapshot as NDJSON, a page of the table at a time: the reader's pace is the pace. */
export async function* linesOf(
  request: Omit<PageRequest, 'after' | 'limit' | 'size'>,
  form: ToolsetForm,
  options: ReadPorts,
): AsyncGenerator<string> {
  const limit = 1000;
  let after: PageRequest['after'] = null;
  for (;;) {
    const size = { characters: charactersOfRead, withTools: form === 'expand' };
    const { rows, more } = await options.decisions.page({ ...request, after, limit, size });
    const views = await viewsOf(rows, { tenant: request.tenant, form }, options);
    yield* piecesOf(views);
    const last = views.at(-1);
    if (!last || !more) return;
    after = { occurred_at: last.occurred_at, position: last.position };
  }
}

/** Between two pieces other requests have their turn. */
async function* piecesOf(views: readonly DecisionView[]): AsyncGenerator<string> {
  let piece = '';
  for (const view of views) {
    piece += `${JSON.stringify(view)}\n`;
    if (piece.length < charactersOfPiece) continue;
    yield piece;
    piece = '';
    await setImmediate();
  }
  if (piece !== '') yield piece;
}
