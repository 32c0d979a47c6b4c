-- Notes where couriers of one city are, in the geo set KEYS[1], and when they were there, in the sorted set KEYS[2].
-- ARGV: whoever was last seen before this moment is forgotten, some at a time; after how many seconds without a position all are;
-- then for each courier their name, the moment in milliseconds, longitude and latitude. What is older than what is known is passed
-- over.
for i = 3, #ARGV, 4 do
  if redis.call('ZADD', KEYS[2], 'GT', 'CH', ARGV[i + 1], ARGV[i]) == 1 then
    redis.call('GEOADD', KEYS[1], ARGV[i + 2], ARGV[i + 3], ARGV[i])
  end
end
local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. ARGV[1], 'LIMIT', 0, 100)
if #gone > 0 then
  redis.call('ZREM', KEYS[1], unpack(gone))
  redis.call('ZREM', KEYS[2], unpack(gone))
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return 0
