import type { Measured, PromptContent } from '@retort/contracts';
import type { Queryable } from '@retort/postgres';
import type { PromptTable, PromptVersion } from '../app/prompts.ts';

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

export function postgresPrompts(db: Queryable): PromptTable {
  const one = async (where: string, values: unknown[]) => {
    const { rows } = await db.query<Row>(`${select} where ${where}`, values);
    return rows[0] ? view(rows[0]) : null;
  };
  return {
    version: ({ tenant, prompt }, number) =>
      one('v.tenant = $1 and v.prompt = $2 and v.version = $3', [tenant, prompt, number]),
    withDigest: ({ tenant, prompt }, digest) =>
      one('v.tenant = $1 and v.prompt = $2 and v.digest = $3', [tenant, prompt, digest]),
    labelled: ({ tenant, prompt }, label) =>
      one(
        `(v.tenant, v.prompt, v.version) in
           (select tenant, prompt, version from prompt_labels where tenant = $1 and prompt = $2 and label = $3)`,
        [tenant, prompt, label],
      ),
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
