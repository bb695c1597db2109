/**
 * Counts one try against all keys or, where one has reached its limit, against none. A script is the one thing that
 * Redis does without letting anything in between. Its own clock counts: those of the nodes may differ.
 *
 * What is refused writes nothing, and the first thing written is what a full Redis refuses (`maxmemory`): a script that
 * has written is let go on, however full it is.
 *
 * Takes the id of the try, then of each key how many tries and how many milliseconds. Answers `[0]`, or the
 * milliseconds until the last of the exceeded limits lets the next try through and which keys (from 1) they are.
 */
const RESERVE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local outcome = {0}
for i, key in ipairs(KEYS) do
  local max, window = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local young = '(' .. now - window
  local count = redis.call('ZCOUNT', key, young, '+inf')
  if count >= max then
    local frees = redis.call('ZRANGEBYSCORE', key, young, '+inf', 'WITHSCORES', 'LIMIT', count - max, 1)
    outcome[1] = math.max(outcome[1], tonumber(frees[2]) + window - now)
    outcome[#outcome + 1] = i
  end
end
if #outcome > 1 then return outcome end
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, now, ARGV[1])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - ARGV[2 * i + 1])
  redis.call('PEXPIRE', key, ARGV[2 * i + 1])
end
return outcome`;

/** Takes a try back by its id. */
const GIVE_BACK = `
for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end
return 0`;

/** As `ioredis` takes them: each is sent by its digest, and whole only where the server does not know it. */
export const SCRIPTS = { sumunReserve: { lua: RESERVE }, sumunGiveBack: { lua: GIVE_BACK } };

export type ScriptName = keyof typeof SCRIPTS;
