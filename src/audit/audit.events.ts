import { defineEvent } from '../platform/events/index.js';

/** Requests of one client address that were refused with 429 or 503 within a minute, by the code they were told. */
export const RequestsRefused =
  defineEvent<Readonly<Record<string, number | string>>>('audit.requests_refused');

/** Somebody's personal fields were erased: so many groups of them, so that no others can be erased unnoticed. */
export const Erased = defineEvent<{ readonly groups: number }>('audit.erased');
