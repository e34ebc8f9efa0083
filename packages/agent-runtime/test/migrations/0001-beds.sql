create table beds (id int);
