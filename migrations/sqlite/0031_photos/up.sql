-- Photos are looked up by the names of their files. The PostgreSQL tree has a migration of the same name.

CREATE INDEX users_by_photo ON users (photo);
