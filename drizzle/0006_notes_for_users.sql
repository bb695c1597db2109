INSERT INTO "role_permissions" ("role", "permission") VALUES ('user', 'note:read'), ('user', 'note:write')
ON CONFLICT DO NOTHING;
