import { Global, Module } from '@nestjs/common';
import { Metrics } from '../metrics/index.js';
import { Database } from './database.js';

/** Gives every module the one database of the service. It opens nothing: `Database.open` does. */
@Global()
@Module({ providers: [Database], exports: [Database] })
export class DatabaseModule {
  constructor(metrics: Metrics, database: Database) {
    metrics.gauges(
      'sumun_database_connections',
      'Connections of this node to its database.',
      'state',
      () => database.connections,
    );
    metrics.gauge(
      'sumun_database_waiting',
      'Requests that wait for a connection to the database.',
      () => database.waiting,
    );
  }
}
