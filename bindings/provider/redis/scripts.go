package redis

import "github.com/redis/go-redis/v9"

// The scripts run on the server, one at a time. Each has one key, so that they would run on a
// cluster.

// compareAndSwap takes the old revision, the new data, and its time to live: KEEPTTL, milliseconds,
// or 0. It returns the current data if that has another revision, else "" ; nil if there is
// nothing.
var compareAndSwap = redis.NewScript(`
local data = redis.call('GET', KEYS[1])
if not data then
  return false
end
if string.sub(data, 1, 8) ~= ARGV[1] then
  return data
end
if ARGV[3] == 'KEEPTTL' then
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
elseif ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return ''
`)

// compareAndDelete takes the revision. It returns 0 if there is nothing, 1 if it has another, 2 if
// it is deleted.
var compareAndDelete = redis.NewScript(`
local data = redis.call('GET', KEYS[1])
if not data then
  return 0
end
if string.sub(data, 1, 8) ~= ARGV[1] then
  return 1
end
redis.call('UNLINK', KEYS[1])
return 2
`)

// increment takes the new revision, the number to add, and the milliseconds that a new entry lives,
// or 0. It returns the sum. Lua's numbers have 53 bits, so it lets INCRBY add: to the value alone,
// which gets its revision back afterwards.
var increment = redis.NewScript(`
local data = redis.call('GET', KEYS[1])
if not data then
  if ARGV[3] == '0' then
    redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2])
  else
    redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
  end
  return ARGV[2]
end
redis.call('SET', KEYS[1], string.sub(data, 9), 'KEEPTTL')
local sum = redis.pcall('INCRBY', KEYS[1], ARGV[2])
if type(sum) == 'table' then
  redis.call('SET', KEYS[1], data, 'KEEPTTL')
  return sum
end
local text = redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1] .. text, 'KEEPTTL')
return text
`)
