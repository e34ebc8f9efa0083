create table tellings (id int);
