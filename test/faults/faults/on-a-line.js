import { Line } from '../../cluster/line.js';

/** A fault of the way between the nodes and PostgreSQL, which is ours while it lasts. */
export function onALine({ inflict, ...fault }) {
  return {
    ...fault,
    async prepare(world) {
      world.line = await Line.open(world.cluster.databaseUrl);
      await world.cluster.reachDatabaseAt(world.line.url.href);
    },
    inflict: ({ line }, seconds) => inflict(line, seconds),
    async tidy(world) {
      await world.cluster.reachDatabaseAt(world.cluster.databaseUrl);
      await world.line.close();
    },
  };
}
