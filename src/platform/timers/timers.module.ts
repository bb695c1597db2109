import { Global, Module } from '@nestjs/common';
import { Timers } from './timers.js';

/** Gives every module the place to add what is done again and again. It runs nothing: `Timers.start` does. */
@Global()
@Module({ providers: [Timers], exports: [Timers] })
export class TimersModule {}
