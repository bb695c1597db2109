-- A search for a part of an address or a name, in whatever case, by the trigrams in it. pg_trgm is a trusted extension: who
-- may create in the database may create it. Where there is none (the embedded database), or it may not be made, the search
-- answers the same and looks at every user.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX users_search ON users USING gin (email gin_trgm_ops, name gin_trgm_ops);
EXCEPTION
  WHEN insufficient_privilege OR undefined_file OR undefined_object OR feature_not_supported THEN
    RAISE NOTICE 'users_search was not made: %', SQLERRM;
END $$;
