INSERT INTO "roles" ("name", "built_in") VALUES ('admin', true), ('user', true);
