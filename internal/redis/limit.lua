-- GCRA (see internal/limit) of one request against several limits: it keeps to all, or uses up none.
-- KEYS: what holds the limits' TATs, in microseconds of Redis's own clock, so that all instances agree on the time.
-- ARGV: for each key the interval between requests in microseconds, and the burst.
-- Returns: 1 if it may go on or 0, which limit says so (from 1), what remains of it, and the microseconds until it allows
-- another one and until its whole burst is there again. All numbers are whole and below 2^53, so they are exact.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local tats = redis.call('MGET', unpack(KEYS))
local after, which, remaining, wait, reset = {}, 0, 0, 0, 0
for i = 1, #KEYS do
  local every, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local window = every * burst
  local tat = math.min(math.max(tonumber(tats[i] or now), now), now + window)
  after[i] = tat + every
  local late = after[i] - now - window
  if late > wait then
    which, remaining, wait, reset = i, 0, late, tat - now
  elseif wait == 0 then
    local left = math.floor((window - (after[i] - now)) / every)
    if which == 0 or left < remaining then
      which, remaining, reset = i, left, after[i] - now
    end
  end
end
if wait > 0 then
  return {0, which, 0, wait, reset}
end
for i = 1, #KEYS do
  redis.call('SET', KEYS[i], string.format('%.0f', after[i]), 'PX', math.ceil((after[i] - now) / 1000))
end
return {1, which, remaining, 0, reset}
