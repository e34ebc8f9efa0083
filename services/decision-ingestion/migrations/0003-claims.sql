-- A claim says where its event is to be found if it was stored: in this stream, above the revision that stood there when
-- the id was claimed (-1 for a stream without events). Claims of earlier releases have neither.
alter table identities add column stream text;
alter table identities add column head bigint;
alter table identities add column claimed_at timestamptz;
-- A claim is marked once, in place.
alter table identities set (fillfactor = 70);
