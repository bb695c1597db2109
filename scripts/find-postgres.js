import pg from 'pg';

// Prints the first of the given addresses at which a role may make databases; fails where there is none.

for (const connectionString of process.argv.slice(2).filter(Boolean)) {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5000 });
  try {
    await client.connect();
    const { rows } = await client.query(
      'SELECT rolcreatedb OR rolsuper AS able FROM pg_roles WHERE rolname = current_user',
    );
    await client.end();
    if (rows[0]?.able) {
      console.log(connectionString);
      process.exit(0);
    }
  } catch (failure) {
    console.error(`${new URL(connectionString).host}: ${failure.message}`);
  }
}
process.exit(1);
