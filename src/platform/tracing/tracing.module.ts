import { Global, Module } from '@nestjs/common';
import { Tracing } from './tracing.js';

/** Gives every module the place to say what of it is traced. It sends nothing, unless it is told where. */
@Global()
@Module({ providers: [Tracing], exports: [Tracing] })
export class TracingModule {}
