-- The artifact with every comparison of an evaluation: what the event names. Evaluations of earlier releases have none; theirs
-- stand in evaluation_samples.
alter table model_metrics add column samples text;
