/** The role that everybody who registers is given. */
export const DEFAULT_ROLE = 'user';
