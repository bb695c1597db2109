import { Global, Module } from '@nestjs/common';
import { Database } from './database.js';

/** Gives every module the one database of the service. It opens nothing: `Database.open` does. */
@Global()
@Module({ providers: [Database], exports: [Database] })
export class DatabaseModule {}
