import { Global, Module } from '@nestjs/common';
import { Configuration } from '../config/index.js';
import { Log } from './log.js';

/** Gives every module the one log. */
@Global()
@Module({
  providers: [
    { provide: Log, useFactory: ({ logLevel }: Configuration) => new Log(logLevel), inject: [Configuration] },
  ],
  exports: [Log],
})
export class LoggingModule {}
