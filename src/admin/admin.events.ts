import { defineEvent } from '../platform/events/index.js';

/** All of a user's, by somebody else. */
export const SessionsEnded = defineEvent<{ readonly sessions_ended: number }>('admin.sessions_ended');
