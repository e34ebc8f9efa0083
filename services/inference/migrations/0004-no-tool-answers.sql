-- Requests that a student answered with no tool, of callers that accept it: they spare no teacher call.
alter table usage add column no_tool_answers bigint not null default 0;
