-- What of the tools' schemas goes unchecked, as it was registered; null where everything is checked.
alter table toolsets add column unchecked json;
