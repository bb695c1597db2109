/* Opens the embedded database in a process of its own, for tests that kill it or measure it. */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { Database } from '../../../dist/platform/database/index.js';

const [, , dataDir, migrations, word] = process.argv;
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');

const database = new Database({ dataDir });
try {
  say(await database.open(migrations));
} catch (error) {
  say({ name: error.name, message: error.message });
  process.exit(75);
}

if (word === 'write') {
  for (;;) {
    const id = randomUUID();
    await database.orm.execute(sql`insert into things (id, name) values (${id}, ${id})`);
    say({ id });
  }
}
if (word === 'insert') {
  for (let i = 0; i < 100; i += 1) {
    await database.orm.execute(sql`insert into things (id, name) values (${randomUUID()}, ${randomUUID()})`);
  }
}
if (word === 'measure') say({ rss: process.memoryUsage().rss, fsyncs: await database.embeddedFsyncs() });
if (word === 'hold') setInterval(() => undefined, 1_000);
else await database.close();
