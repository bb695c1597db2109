export {
  defineEvent,
  eventTypes,
  type DomainEvent,
  type EventDetails,
  type EventFactory,
  type Subject,
} from './event.js';
export { Events } from './events.js';
export { EventsModule } from './events.module.js';
export { COMMAND_LINE, SERVICE, type Origin } from './origin.js';
