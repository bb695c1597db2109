-- Against mistakes and injected SQL. Whoever owns the table can take it off; the chain is there for that.
CREATE FUNCTION audit_events_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    -- An empty one is truncated where a database is moved here.
    IF NOT EXISTS (SELECT 1 FROM audit_events) THEN RETURN NULL; END IF;
  ELSIF TG_OP = 'UPDATE' THEN
    IF (NEW.id, NEW.at, NEW.type, NEW.via, NEW.actor_id, NEW.subject_id, NEW.request_id, NEW.details,
        NEW.subject_hash, NEW.actor_hash, NEW.key_id, NEW.mac)
      IS NOT DISTINCT FROM
       (OLD.id, OLD.at, OLD.type, OLD.via, OLD.actor_id, OLD.subject_id, OLD.request_id, OLD.details,
        OLD.subject_hash, OLD.actor_hash, OLD.key_id, OLD.mac)
      -- A place in the chain is given once.
      AND (OLD.seal_no IS NULL OR (NEW.seal_no, NEW.seal_mac) IS NOT DISTINCT FROM (OLD.seal_no, OLD.seal_mac))
      -- Personal fields stay as they are, or are erased together with their salt.
      AND ((NEW.email, NEW.subject_salt) IS NOT DISTINCT FROM (OLD.email, OLD.subject_salt)
        OR (NEW.email IS NULL AND NEW.subject_salt IS NULL))
      AND ((NEW.ip, NEW.agent, NEW.actor_salt) IS NOT DISTINCT FROM (OLD.ip, OLD.agent, OLD.actor_salt)
        OR (NEW.ip IS NULL AND NEW.agent IS NULL AND NEW.actor_salt IS NULL))
    THEN RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION 'audit_events is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events
  FOR EACH ROW EXECUTE FUNCTION audit_events_append_only();
--> statement-breakpoint
CREATE TRIGGER audit_events_not_truncated BEFORE TRUNCATE ON audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION audit_events_append_only();
