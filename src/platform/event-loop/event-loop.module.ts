import { Global, Module } from '@nestjs/common';
import { Metrics } from '../metrics/index.js';
import { EventLoop } from './event-loop.js';

/** Gives every module the way to ask whether the event loop keeps up. It measures nothing: `EventLoop.start` does. */
@Global()
@Module({ providers: [EventLoop], exports: [EventLoop] })
export class EventLoopModule {
  constructor(metrics: Metrics, loop: EventLoop) {
    metrics.gauge(
      'sumun_event_loop_delay_seconds',
      'How late the event loop was when it was last looked at, which is twenty times a second.',
      () => loop.delayMs / 1000,
    );
    metrics.gauge(
      'sumun_event_loop_late',
      '1 while the event loop is late and new password checks are refused, else 0.',
      () => (loop.isLate ? 1 : 0),
    );
  }
}
