-- Adds entries to the stream KEYS[1] so that it never has a hole: each must follow the last one directly.
-- ARGV: the length to trim to, "new" if an empty stream may be begun, then for each entry its seq, the number of its
-- fields' names and values, and these. Entries that are there already are passed over. Returns the last seq, 0 for none.
local top = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local last = 0
if #top > 0 then
  last = tonumber(string.match(top[1][1], '^%d+'))
elseif ARGV[2] ~= 'new' then
  return 0
else
  redis.call('DEL', KEYS[1]) -- one that was trimmed to nothing would refuse older IDs
end
local i = 3
while i <= #ARGV do
  local seq, n = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  if seq > last then
    if last > 0 and seq ~= last + 1 then
      break
    end
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], ARGV[i] .. '-0', unpack(ARGV, i + 2, i + 1 + n))
    last = seq
  end
  i = i + 2 + n
end
return last
