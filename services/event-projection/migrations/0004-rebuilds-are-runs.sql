-- Rebuilds are kept like every long run: in the tables of the service kit.
drop table rebuilds;
