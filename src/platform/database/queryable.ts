import type { ExtractTablesWithRelations } from 'drizzle-orm';
import type { NodePgQueryResultHKT, NodePgTransaction } from 'drizzle-orm/node-postgres';
import type { PgDatabase } from 'drizzle-orm/pg-core';

type NoSchema = Record<string, never>;

/** What a repository asks: the database or a transaction, whichever its caller hands it. */
export type Queryable = PgDatabase<NodePgQueryResultHKT, NoSchema>;

/** A transaction under way; passed as a parameter, never ambient. */
export type Transaction = NodePgTransaction<NoSchema, ExtractTablesWithRelations<NoSchema>>;
