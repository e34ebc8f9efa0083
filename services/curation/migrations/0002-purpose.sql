-- What a data set is for: the policy's own, or somebody's experiment. Those from before are taken for the policy's.
alter table datasets add column purpose text not null default 'policy';
