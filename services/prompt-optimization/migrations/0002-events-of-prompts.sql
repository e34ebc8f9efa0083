-- The event that a row follows from; null: it is of a release that kept prompts in these tables alone, and is yet to be
-- recorded.
alter table prompt_versions add column event_id uuid;
alter table prompt_labels
  add column event_id uuid,
  -- Where in the log the event stands that set the label last: an earlier one changes nothing.
  add column commit_position numeric(20) not null default 0,
  add column prepare_position numeric(20) not null default 0;
