-- Notes that somebody looks at something, and who else does. KEYS[1] is a hash of them: when they said so last, in milliseconds of Redis's own
-- clock, and what. Who has not said so for a while is forgotten.
-- ARGV: who, what, how long that holds in milliseconds, how many may be there.
-- Returns: what the others have said.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local all = redis.call('HGETALL', KEYS[1])
local others, room = {}, tonumber(ARGV[4])
for i = 1, #all, 2 do
  local at, what = string.match(all[i + 1], '^(%d+) (.*)$')
  if tonumber(at) + tonumber(ARGV[3]) <= now then
    redis.call('HDEL', KEYS[1], all[i])
  elseif all[i] ~= ARGV[1] then
    others[#others + 1] = what
  end
end
if #others < room then
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f %s', now, ARGV[2]))
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return others
