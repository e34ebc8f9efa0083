create table heard (model text not null, tenant text not null, causation text);
