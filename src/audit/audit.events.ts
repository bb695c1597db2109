import { defineEvent } from '../platform/events/index.js';

/** Known by its type: who is deleted, by whichever module. */
export const USER_DELETED = 'users.deleted';

/** Requests of one caller, or of nobody, at one client address that were refused within a minute, by the code they were told. */
export const RequestsRefused =
  defineEvent<Readonly<Record<string, number | string>>>('audit.requests_refused');

/** Somebody's personal fields were erased: so many groups of them, so that no others can be erased unnoticed. */
export const Erased = defineEvent<{ readonly groups: number }>('audit.erased');
