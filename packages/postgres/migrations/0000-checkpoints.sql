-- Where this schema's readers stand. A reader moves its checkpoint in the transaction of the rows it writes.
create table checkpoints (
  name text primary key,
  position text not null,
  updated_at timestamptz not null default now()
);
