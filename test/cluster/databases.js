import pg from 'pg';

/** One statement on a server, over a connection of its own. */
export async function administer(connectionString, statement) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Runs some work on a database of its own name, made on that server, and dropped whatever comes. */
export async function withDatabase(server, work) {
  const name = `sumun_soak_${process.pid}_${Date.now().toString(36)}`;
  await administer(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  try {
    return await work(url.href);
  } finally {
    await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }
}
