import type { Measured, promptVersionView, PromptContent } from '@retort/contracts';
import { digestOfJson, fault } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import type { z } from 'zod';

export type PromptVersion = z.infer<typeof promptVersionView>;
export interface PromptKey {
  tenant: string;
  prompt: string;
}
export interface NewVersion {
  content: PromptContent;
  note?: string | undefined;
  score?: Measured;
  at: Date;
}

/** Versions and labels of prompts. */
export interface Prompts {
  /** The same content again is the same version. */
  add(key: PromptKey, version: NewVersion): Promise<{ version: PromptVersion; created: boolean }>;
  version(key: PromptKey, version: number): Promise<PromptVersion | null>;
  labelled(key: PromptKey, label: string): Promise<PromptVersion | null>;
  /** @throws `prompts.unknown-version` (404) */
  label(key: PromptKey, change: { label: string; version: number; at: Date }): Promise<PromptVersion>;
  names(tenant: string): Promise<{ prompt: string; versions: number }[]>;
}

interface Row {
  prompt: string;
  version: number;
  digest: string;
  content: PromptContent;
  score: Measured | null;
  created_at: Date;
  labels: string[];
}

const select = `
  select v.prompt, v.version, v.digest, v.content, v.score, v.created_at,
         coalesce((select array_agg(l.label order by l.label) from prompt_labels l
                   where l.tenant = v.tenant and l.prompt = v.prompt and l.version = v.version), '{}') as labels
  from prompt_versions v`;

export function promptTable(db: Database): Prompts {
  const one = async (where: string, values: unknown[]) => {
    const { rows } = await db.query<Row>(`${select} where ${where}`, values);
    return rows[0] ? view(rows[0]) : null;
  };
  const version: Prompts['version'] = ({ tenant, prompt }, number) =>
    one('v.tenant = $1 and v.prompt = $2 and v.version = $3', [tenant, prompt, number]);
  return {
    version,
    async add({ tenant, prompt }, { content, note, score, at }) {
      const digest = digestOfJson(content);
      const created = await db.transaction(async (transaction) => {
        // Versions of one prompt are numbered without gaps: one writer at a time.
        await transaction.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
          `prompt ${tenant} ${prompt}`,
        ]);
        const { rowCount } = await transaction.query(
          `insert into prompt_versions (tenant, prompt, version, digest, content, note, score, created_at)
           select $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6, $7 from prompt_versions
           where tenant = $1 and prompt = $2
           on conflict (tenant, prompt, digest) do nothing`,
          [tenant, prompt, digest, JSON.stringify(content), note ?? null, score ? JSON.stringify(score) : null, at],
        );
        return rowCount > 0;
      });
      const added = await one('v.tenant = $1 and v.prompt = $2 and v.digest = $3', [tenant, prompt, digest]);
      return { version: added!, created };
    },
    labelled: ({ tenant, prompt }, label) =>
      one(
        `(v.tenant, v.prompt, v.version) in
           (select tenant, prompt, version from prompt_labels where tenant = $1 and prompt = $2 and label = $3)`,
        [tenant, prompt, label],
      ),
    async label(key, { label, version: number, at }) {
      if (!(await version(key, number))) throw unknownVersion(number);
      await db.query(
        `insert into prompt_labels (tenant, prompt, label, version, set_at) values ($1, $2, $3, $4, $5)
         on conflict (tenant, prompt, label) do update set version = excluded.version, set_at = excluded.set_at`,
        [key.tenant, key.prompt, label, number, at],
      );
      return (await version(key, number))!;
    },
    async names(tenant) {
      const { rows } = await db.query<{ prompt: string; versions: number }>(
        'select prompt, count(*)::int as versions from prompt_versions where tenant = $1 group by prompt order by prompt',
        [tenant],
      );
      return rows;
    },
  };
}

export function unknownVersion(version: number): Error {
  return fault('prompts.unknown-version', {
    public: `There is no version ${version} of this prompt.`,
  });
}

function view({ content, created_at, ...row }: Row): PromptVersion {
  return { ...row, ...content, created_at: created_at.toISOString() };
}
