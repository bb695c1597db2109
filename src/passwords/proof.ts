import type { UserId } from '../users/index.js';

/**
 * What a credential module returns when a claim was checked. It opens nothing by itself: only `auth` turns
 * proofs into a session.
 */
export type Proof = { userId: UserId; userVersion: number; method: 'pwd'; provenAt: Date };
