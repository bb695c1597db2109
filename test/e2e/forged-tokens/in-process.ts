import type { ExecutionContext } from '@nestjs/common';
import { Authenticator } from '../../../src/access/index.js';
import { Problem } from '../../../src/platform/problem/index.js';
import type { TestApp } from '../../support/app.js';

/**
 * Asks the very function that the access guard of the running app asks for every request (memory, Passport,
 * strategy, claims), without the socket: tens of thousands of tokens in the time of hundreds.
 */
export async function decide(app: TestApp, token: string): Promise<string> {
  const request = { headers: { authorization: `Bearer ${token}` } };
  const http = { getRequest: () => request, getResponse: () => ({}) };
  const context = { switchToHttp: () => http } as unknown as ExecutionContext;
  try {
    await app.nest.get(Authenticator).authenticate(context);
    return 'accepted';
  } catch (refusal) {
    if (refusal instanceof Problem) return refusal.definition.code;
    throw refusal;
  }
}
