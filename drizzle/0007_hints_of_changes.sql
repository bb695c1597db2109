-- Tells every node that it is time to read what it holds in memory. Sent with the commit, and by nothing else: each
-- NOTIFY takes a lock that all of them share.
CREATE FUNCTION sumun_hint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('sumun_changes', '');
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER revocations_hint AFTER INSERT ON revocations
  FOR EACH STATEMENT EXECUTE FUNCTION sumun_hint();
--> statement-breakpoint
CREATE TRIGGER roles_hint AFTER INSERT OR UPDATE OR DELETE ON roles
  FOR EACH STATEMENT EXECUTE FUNCTION sumun_hint();
--> statement-breakpoint
CREATE TRIGGER role_permissions_hint AFTER INSERT OR UPDATE OR DELETE ON role_permissions
  FOR EACH STATEMENT EXECUTE FUNCTION sumun_hint();
--> statement-breakpoint
CREATE TRIGGER signing_keys_hint AFTER INSERT OR UPDATE OR DELETE ON signing_keys
  FOR EACH STATEMENT EXECUTE FUNCTION sumun_hint();
