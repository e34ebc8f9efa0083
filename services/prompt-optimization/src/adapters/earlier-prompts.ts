import type { Measured, PromptContent } from '@retort/contracts';
import { nameBasedId } from '@retort/kernel';
import { recordEvent, type ServiceContext } from '@retort/service-kit';

type Context = Pick<ServiceContext<unknown>, 'db' | 'events' | 'clock' | 'newId'>;

/** Namespace of the events' ids. */
const earlier = '1f0c8b8e-7d0e-5d63-9d6c-6a2a2c6f3b71';

/** Puts on the record what a release kept in its tables alone: versions, then labels, in their order. Doing it again changes
 *  nothing. */
export async function recordEarlierPrompts(context: Context): Promise<void> {
  const { db } = context;
  const trace = { correlationId: context.newId(), causationId: null };
  const record = async (name: string, event: Omit<Parameters<typeof recordEvent>[1], 'trace' | 'id'>) =>
    recordEvent(context, { ...event, trace, id: nameBasedId(earlier, name) } as Parameters<typeof recordEvent>[1]);
  const versions = await db.query<Version>(
    'select * from prompt_versions where event_id is null order by tenant, prompt, version',
  );
  for (const { tenant, prompt, version, digest, content, note, score, created_at } of versions.rows) {
    const about = { ...(note !== null && { note }), ...(score && { score }) };
    const id = await record(`${tenant} ${prompt} ${version}`, {
      type: 'PROMPT_VERSION_ADDED',
      tenant,
      aggregateId: prompt,
      occurredAt: created_at.toISOString(),
      data: { prompt, version, digest, ...content, ...about },
    });
    await db.query('update prompt_versions set event_id = $4 where tenant = $1 and prompt = $2 and version = $3', [
      tenant,
      prompt,
      version,
      id,
    ]);
  }
  const labels = await db.query<Label>('select * from prompt_labels where event_id is null order by set_at');
  for (const { tenant, prompt, label, version, set_at } of labels.rows) {
    const id = await record(`${tenant} ${prompt} ${label}`, {
      type: 'PROMPT_LABELLED',
      tenant,
      aggregateId: prompt,
      occurredAt: set_at.toISOString(),
      data: { prompt, label, version },
    });
    await db.query('update prompt_labels set event_id = $4 where tenant = $1 and prompt = $2 and label = $3', [
      tenant,
      prompt,
      label,
      id,
    ]);
  }
}

interface Version {
  tenant: string;
  prompt: string;
  version: number;
  digest: string;
  content: PromptContent;
  note: string | null;
  score: Measured | null;
  created_at: Date;
}
interface Label {
  tenant: string;
  prompt: string;
  label: string;
  version: number;
  set_at: Date;
}
