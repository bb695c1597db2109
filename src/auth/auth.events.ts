import { defineEvent } from '../platform/events/index.js';

export const Registered = defineEvent('auth.registered');

export const LoggedIn = defineEvent<{ readonly session_id: string }>('auth.logged_in');

/** Of an account that exists or not, of a wrong password and a disabled user alike: it tells only what was claimed. */
export const LoginRefused = defineEvent('auth.login_refused');

export const LoggedOut = defineEvent<{ readonly session_id: string }>('auth.logged_out');

/** All of one's own sessions. */
export const LoggedOutEverywhere = defineEvent<{ readonly sessions_ended: number }>(
  'auth.logged_out_everywhere',
);

/** One of one's own sessions, picked from the list. */
export const SessionEnded = defineEvent<{ readonly session_id: string }>('auth.session_ended');

/** A refresh token that had been traded before was presented: its session was ended. */
export const RefreshTokenReused = defineEvent<{ readonly session_id: string }>('auth.refresh_token_reused');

/** The same within the grace, as after a lost answer: its successor was given again. */
export const RefreshTokenRepeated = defineEvent<{ readonly session_id: string }>(
  'auth.refresh_token_repeated',
);

/** A login ended the user's oldest session, for there were too many. */
export const SessionDisplaced = defineEvent<{ readonly session_id: string; readonly by_session_id: string }>(
  'auth.session_displaced',
);

/** By its owner, who proved the old one. All sessions ended; a new one was opened. */
export const PasswordChanged = defineEvent<{ readonly sessions_ended: number }>('auth.password_changed');

/** By somebody who did not prove the old one. */
export const PasswordSet = defineEvent<{ readonly sessions_ended: number }>('auth.password_set');

/** Somebody who was signed in proved it anew. */
export const Reauthenticated = defineEvent<{ readonly session_id: string }>('auth.reauthenticated');

/** Somebody with a genuine access token gave a wrong password, to confirm or to change it. */
export const ReauthenticationRefused = defineEvent<{ readonly session_id: string }>(
  'auth.reauthentication_refused',
);
