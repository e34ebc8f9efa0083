import { setImmediate } from 'node:timers/promises';
import type { ArtifactStore } from '@retort/artifact-store';
import type { TrainingRow } from '@retort/contracts';
import { fault, type ErrorCode } from '@retort/kernel';
import { contentDigest, datasetDigest, type DigestedRow } from '../domain/dataset.ts';
import { manifest as manifestSchema, type Manifest } from '../domain/manifest.ts';
import type { DecisionHistory } from './decision-history.ts';

export interface ManifestReader {
  read(digest: string): Promise<Manifest>;
}

/** Reads manifests and keeps the last few parsed: pages of one data set come one after the other. */
export function manifestReader(artifacts: ArtifactStore, remembered = 4): ManifestReader {
  const recent = new Map<string, Promise<Manifest>>();
  return {
    read(digest) {
      const known = recent.get(digest) ?? parse(artifacts, digest);
      recent.delete(digest);
      recent.set(digest, known);
      if (recent.size > remembered) recent.delete(recent.keys().next().value!);
      known.catch(() => recent.delete(digest));
      return known;
    },
  };
}

async function parse(artifacts: ArtifactStore, digest: string): Promise<Manifest> {
  const bytes = await artifacts.get(digest);
  return manifestSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
}

const lookupSize = 500;
const charactersOfPiece = 131_072;

/** The rows of a data set, rebuilt from the decision history: the manifest says which, the history what they hold. */
export function datasetRows(request: {
  history: DecisionHistory;
  manifest: Manifest;
  toolsets: 'expand' | 'reference';
  /** Outcomes as they were known then. */
  recordedAsOf?: string | undefined;
  /** The version that is left of this one since a subject was erased. */
  succeededBy?: string | undefined;
  /** Whether decisions are kept for a number of days only. */
  expires?: boolean | undefined;
}) {
  const { history, manifest, toolsets, recordedAsOf, succeededBy, expires = false } = request;
  const { ids, quality, weights, calibrates } = manifest.rows;

  /** When the history no longer has a decision that the manifest names:
   *  @throws `curation.dataset-erased`, `curation.dataset-expired` (410), `curation.dataset-being-erased` (409), `curation.row-missing` (500),
   *          `curation.not-recorded-yet` (404) when it had not got it yet */
  async function* rowsFrom(start: number, end = ids.length): AsyncGenerator<TrainingRow> {
    for (let from = start; from < Math.min(end, ids.length);) {
      const asked = ids.slice(from, Math.min(from + lookupSize, end));
      const { data, rest = [] } = await history.byIds(asked, { toolsets, recordedAsOf });
      const found = new Map(data.map((decision) => [decision.id, decision]));
      for (const id of asked.slice(0, asked.length - rest.length)) {
        const decision = found.get(id);
        if (!decision) throw await missing({ succeededBy, recordedAsOf, expires, history });
        const teaches = calibrates?.[from] === false ? { calibrates: false } : {};
        yield { ...decision, quality: quality[from]!, weight: weights[from]!, ...teaches };
        from++;
      }
    }
  }

  /** All rows as NDJSON. The digest is taken while they go by: when it is not the manifest's, the stream breaks off
   *  instead of ending, so that no reader takes other rows for these. */
  async function* lines(): AsyncGenerator<string> {
    const seen: DigestedRow[] = [];
    let piece = '';
    for await (const row of rowsFrom(0)) {
      seen.push(digestedRow(row));
      piece += `${JSON.stringify(row)}\n`;
      if (piece.length < charactersOfPiece || seen.length === ids.length) continue;
      yield piece;
      piece = '';
      await setImmediate();
    }
    if (datasetDigest(seen) !== manifest.digest)
      throw broken('curation.digest-mismatch', 'The rows are no longer those the data set was made of.');
    if (piece !== '') yield piece;
  }

  return { rowsFrom, lines };
}

function digestedRow(row: TrainingRow): DigestedRow {
  const { id, quality, weight, calibrates = true } = row;
  return { id, content: contentDigest(row), quality, weight, calibrates };
}

async function missing({
  succeededBy,
  recordedAsOf,
  expires,
  history,
}: {
  succeededBy: string | undefined;
  recordedAsOf: string | undefined;
  expires: boolean;
  history: DecisionHistory;
}): Promise<Error> {
  if (succeededBy !== undefined) return erased(succeededBy);
  if (recordedAsOf === undefined && expires)
    return fault('curation.dataset-expired', {
      public: 'Decisions of this version have been taken out: they had been kept for long enough.',
    });
  // What is left of the version is published after the rows are gone.
  if (recordedAsOf === undefined && (await history.shredded()) > 0)
    return fault('curation.dataset-being-erased', {
      retryAfter: 5,
      public: 'Decisions of this version have been erased; what is left of it is not published yet.',
    });
  return absent(recordedAsOf);
}

function erased(successor: string): Error {
  return fault('curation.dataset-erased', {
    public: `A subject of this version has been erased. What is left of it is ${successor}.`,
  });
}

/** Before everything in it was recorded a data set could not be read, whatever happened to the history since. */
function absent(recordedAsOf: string | undefined): Error {
  if (recordedAsOf === undefined)
    return broken('curation.row-missing', 'The history lacks a decision of this data set.');
  const message = 'Not all decisions of this data set were recorded by then.';
  return fault('curation.not-recorded-yet', { public: message, errors: [{ pointer: '/recorded_as_of', message }] });
}

function broken(code: ErrorCode, message: string): Error {
  return fault(code, { public: message });
}
