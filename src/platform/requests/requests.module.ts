import { Global, Module } from '@nestjs/common';
import { Cursors } from './cursors.js';

/** Gives every module the cursors of lists. */
@Global()
@Module({ providers: [Cursors], exports: [Cursors] })
export class RequestsModule {}
