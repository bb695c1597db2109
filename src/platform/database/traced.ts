import type { Pool, PoolClient } from 'pg';
import type { Tracing } from '../tracing/index.js';

type Query = (statement: string | { text: string }, ...rest: unknown[]) => unknown;

/** The same pool or connection, on which every statement is a span of the request that it is for. */
export function traced<Driver extends Pool | PoolClient>(driver: Driver, tracing: Tracing): Driver {
  if (!tracing.on) return driver;
  const query = driver.query.bind(driver) as Query;
  const watched = Object.create(driver) as Driver;
  watched.query = ((statement: Parameters<Query>[0], ...rest: unknown[]) => {
    const end = tracing.beginStatement(typeof statement === 'string' ? statement : statement.text);
    const answer = query(statement, ...rest);
    if (end && answer instanceof Promise) answer.then(() => end(), end);
    return answer;
  }) as Driver['query'];
  return watched;
}
