-- Versions of students, by the events that trained them: a decision whose teacher is said to be one of them is the student's.
-- A rebuild fills in those that were trained before this table was there.
create table students (
  tenant        text not null,
  model_version text not null,
  primary key (tenant, model_version)
);
