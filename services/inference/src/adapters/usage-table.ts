import type { predictionUsage } from '@retort/contracts';
import type { Database, Queryable } from '@retort/postgres';
import type { z } from 'zod';
import type { UsageQuery, UsageTable } from '../app/usage.ts';
import type { Usage, UsageKey } from '../domain/usage.ts';

/** Records that are older were delivered long ago, whoever delivers them. */
const keptDays = 7;

export function postgresUsage(db: Database): UsageTable {
  return {
    add: (counted, id) =>
      db.transaction(async (transaction) => {
        const { rowCount } = await transaction.query(
          'insert into delivered_records (id) values ($1) on conflict do nothing',
          [id],
        );
        if (rowCount === 0) return;
        await addUsage(transaction, counted);
        await transaction.query(
          'delete from delivered_records where delivered_at < now() - make_interval(days => $1)',
          [keptDays],
        );
      }),
    read: (query) => readUsage(db, query),
  };
}

async function addUsage(db: Queryable, counted: readonly (UsageKey & Usage)[]): Promise<void> {
  if (counted.length === 0) return;
  // Records that an earlier release left on disk lack what it did not count.
  const column = <Field extends keyof (UsageKey & Usage)>(field: Field) => counted.map((entry) => entry[field] ?? 0);
  await db.query(
    `insert into usage (tenant, day, model, student_calls, teacher_calls, abstentions, student_seconds,
                        teacher_prompt_tokens, teacher_completion_tokens, no_tool_answers,
                        caller_teacher_calls, audits, audit_prompt_tokens, audit_completion_tokens)
     select * from unnest($1::text[], $2::date[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::float8[],
                          $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
                          $14::bigint[])
     on conflict (tenant, day, model) do update set
       student_calls = usage.student_calls + excluded.student_calls,
       teacher_calls = usage.teacher_calls + excluded.teacher_calls,
       abstentions = usage.abstentions + excluded.abstentions,
       student_seconds = usage.student_seconds + excluded.student_seconds,
       teacher_prompt_tokens = usage.teacher_prompt_tokens + excluded.teacher_prompt_tokens,
       teacher_completion_tokens = usage.teacher_completion_tokens + excluded.teacher_completion_tokens,
       no_tool_answers = usage.no_tool_answers + excluded.no_tool_answers,
       caller_teacher_calls = usage.caller_teacher_calls + excluded.caller_teacher_calls,
       audits = usage.audits + excluded.audits,
       audit_prompt_tokens = usage.audit_prompt_tokens + excluded.audit_prompt_tokens,
       audit_completion_tokens = usage.audit_completion_tokens + excluded.audit_completion_tokens`,
    [
      column('tenant'),
      column('day'),
      column('model'),
      column('studentCalls'),
      column('teacherCalls'),
      column('abstentions'),
      column('studentSeconds'),
      column('teacherPromptTokens'),
      column('teacherCompletionTokens'),
      column('noToolAnswers'),
      column('callerTeacherCalls'),
      column('audits'),
      column('auditPromptTokens'),
      column('auditCompletionTokens'),
    ],
  );
}

async function readUsage(db: Queryable, { tenant, from, to }: UsageQuery): Promise<z.infer<typeof predictionUsage>[]> {
  const { rows } = await db.query<z.infer<typeof predictionUsage>>(
    `select to_char(day, 'YYYY-MM-DD') as day, model, student_calls::float8, teacher_calls::float8, abstentions::float8,
            no_tool_answers::float8, student_seconds, teacher_prompt_tokens::float8, teacher_completion_tokens::float8,
            caller_teacher_calls::float8, audits::float8, audit_prompt_tokens::float8, audit_completion_tokens::float8
     from usage
     where tenant = $1 and ($2::date is null or day >= $2) and ($3::date is null or day <= $3)
     order by usage.day desc, model limit 10000`,
    [tenant, from ?? null, to ?? null],
  );
  return rows;
}
