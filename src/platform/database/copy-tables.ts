import type { ClientBase } from 'pg';

/** A table, with its names quoted as SQL wants them. */
export interface Table {
  readonly name: string;
  readonly columns: string;
}

export interface CopiedTable {
  readonly name: string;
  readonly rows: number;
}

const ROWS_AT_ONCE = 500;

/** Every table that is not PostgreSQL's own: asked of the database, so that no new one is forgotten. */
export async function tablesOf(client: ClientBase): Promise<Table[]> {
  const { rows } = await client.query<Table>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS name,
      string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    GROUP BY n.nspname, c.relname ORDER BY n.nspname, c.relname`);
  return rows;
}

/**
 * Copies the rows of all tables between two databases of the same schema, within transactions that are the
 * caller's. Foreign keys are taken off meanwhile: put back, they check every row, in whatever order it came.
 */
export async function copyTables(
  source: ClientBase,
  target: ClientBase,
  progress: (table: string, copied: number, of: number) => void,
): Promise<CopiedTable[]> {
  const tables = await tablesOf(source);
  const keys = await dropForeignKeys(target);
  // What migrations have put in comes from the source as well, as it is by now.
  await target.query(`TRUNCATE ${tables.map(({ name }) => name).join(', ')}`);
  const copied: CopiedTable[] = [];
  for (const table of tables) {
    const rows = await copyRows(source, target, table, progress);
    copied.push({ name: table.name, rows });
  }
  for (const statement of keys) await target.query(statement);
  return copied;
}

async function copyRows(
  source: ClientBase,
  target: ClientBase,
  { name, columns }: Table,
  progress: (table: string, copied: number, of: number) => void,
): Promise<number> {
  const expected = await countOf(source, name);
  await source.query(
    `DECLARE moved CURSOR FOR SELECT row_to_json(r)::text AS row FROM (SELECT ${columns} FROM ${name}) r`,
  );
  for (let sent = 0; ;) {
    const { rows } = await source.query<{ row: string }>(`FETCH ${ROWS_AT_ONCE} FROM moved`);
    if (rows.length === 0) break;
    await target.query(
      `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE
       SELECT ${columns} FROM json_populate_recordset(NULL::${name}, $1::json)`,
      [`[${rows.map(({ row }) => row).join(',')}]`],
    );
    sent += rows.length;
    progress(name, sent, expected);
  }
  await source.query('CLOSE moved');
  const arrived = await countOf(target, name);
  if (arrived === expected) return arrived;
  throw new Error(`Of the ${expected} rows of ${name}, ${arrived} arrived. Nothing was changed.`);
}

async function countOf(client: ClientBase, table: string): Promise<number> {
  const { rows } = await client.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`);
  return Number(rows[0]?.n);
}

/** Answers the statements that put them back. */
async function dropForeignKeys(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ drop: string; add: string }>(`
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
      format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS add
    FROM pg_constraint WHERE contype = 'f' ORDER BY conname`);
  for (const { drop } of rows) await client.query(drop);
  return rows.map(({ add }) => add);
}

/** Where a sequence stands; those that never gave a number are left out. */
export interface Sequence {
  readonly name: string;
  readonly last: string;
}

export async function sequencesOf(client: ClientBase): Promise<Sequence[]> {
  const { rows } = await client.query<Sequence>(`
    SELECT format('%I.%I', schemaname, sequencename) AS name, last_value::text AS last
    FROM pg_sequences WHERE last_value IS NOT NULL`);
  return rows;
}

/** The next number of each is one that the source has not given. */
export async function setSequences(client: ClientBase, sequences: readonly Sequence[]): Promise<void> {
  for (const { name, last } of sequences) await client.query('SELECT setval($1, $2)', [name, last]);
}
