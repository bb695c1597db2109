import { Global, Module } from '@nestjs/common';
import { Events } from './events.js';

/** Gives every module the one place where events are told and heard. */
@Global()
@Module({ providers: [Events], exports: [Events] })
export class EventsModule {}
