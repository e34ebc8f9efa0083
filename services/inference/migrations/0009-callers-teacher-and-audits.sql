-- Requests that callers took to a teacher of their own, and what audits cost, apart from what the teacher answered.
alter table usage
  add column caller_teacher_calls bigint not null default 0,
  add column audits bigint not null default 0,
  add column audit_prompt_tokens bigint not null default 0,
  add column audit_completion_tokens bigint not null default 0;
