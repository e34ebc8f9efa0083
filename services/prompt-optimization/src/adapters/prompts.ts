import type { Measured, promptVersionView, PromptContent } from '@retort/contracts';
import { digestOfJson } from '@retort/kernel';
import { commandHandler, type ServiceContext, type Trace } from '@retort/service-kit';
import type { z } from 'zod';
import { promptDecider, promptEventTypes } from '../domain/prompt.ts';
import { promptTables } from './read-models.ts';

export type PromptVersion = z.infer<typeof promptVersionView>;
export interface PromptKey {
  tenant: string;
  prompt: string;
}
export interface NewVersion {
  content: PromptContent;
  note?: string | undefined;
  score?: Measured | undefined;
  trace: Trace;
}

/** Versions and labels of prompts. */
export interface Prompts {
  /** The same content again is the same version. */
  add(key: PromptKey, version: NewVersion): Promise<{ version: PromptVersion; created: boolean }>;
  version(key: PromptKey, version: number): Promise<PromptVersion | null>;
  labelled(key: PromptKey, label: string): Promise<PromptVersion | null>;
  /** @throws `prompts.unknown-version` (404) */
  label(key: PromptKey, change: { label: string; version: number; trace: Trace }): Promise<PromptVersion>;
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

export function promptStore(context: Pick<ServiceContext<unknown>, 'db' | 'events' | 'clock' | 'newId'>): Prompts {
  const { db } = context;
  const handler = commandHandler({
    ...{ context, aggregate: 'prompt', decider: promptDecider, types: promptEventTypes },
    tables: { database: db, readModels: promptTables },
  });
  const one = async (where: string, values: unknown[]) => {
    const { rows } = await db.query<Row>(`${select} where ${where}`, values);
    return rows[0] ? view(rows[0]) : null;
  };
  const version: Prompts['version'] = ({ tenant, prompt }, number) =>
    one('v.tenant = $1 and v.prompt = $2 and v.version = $3', [tenant, prompt, number]);
  return {
    version,
    async add({ tenant, prompt }, { content, note, score, trace }) {
      const digest = digestOfJson(content);
      const command = { type: 'AddVersion', prompt, content, digest, note, score } as const;
      const { events } = await handler.handle(tenant, prompt, command, trace);
      const added = await one('v.tenant = $1 and v.prompt = $2 and v.digest = $3', [tenant, prompt, digest]);
      return { version: added!, created: events.length > 0 };
    },
    labelled: ({ tenant, prompt }, label) =>
      one(
        `(v.tenant, v.prompt, v.version) in
           (select tenant, prompt, version from prompt_labels where tenant = $1 and prompt = $2 and label = $3)`,
        [tenant, prompt, label],
      ),
    async label(key, { label, version: number, trace }) {
      const command = { type: 'Label', prompt: key.prompt, label, version: number } as const;
      await handler.handle(key.tenant, key.prompt, command, trace);
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

function view({ content, created_at, ...row }: Row): PromptVersion {
  return { ...row, ...content, created_at: created_at.toISOString() };
}
