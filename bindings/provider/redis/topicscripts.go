package redis

import "github.com/redis/go-redis/v9"

// The scripts of topics. All keys of a topic have its space in braces, so that they are on one node
// of a cluster. Times are the server's, in milliseconds.

// topicNow is before each of them.
const topicNow = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function ms(t) return string.format('%.0f', t) end
`

// publishMessage takes the stream, the stream of delayed messages, when those are due, and the key
// of the message's ID; the channel, the retention, the time that IDs are remembered or 0 for no ID,
// the delay, and the fields. It does nothing if the ID is known.
var publishMessage = redis.NewScript(topicNow + `
if ARGV[3] ~= '0' and not redis.call('SET', KEYS[4], '1', 'NX', 'PX', ARGV[3]) then
  return 0
end
local fields = {}
for i = 5, #ARGV do fields[#fields + 1] = ARGV[i] end
if ARGV[4] ~= '0' then
  local id = redis.call('XADD', KEYS[2], '*', unpack(fields))
  redis.call('ZADD', KEYS[3], ms(now + ARGV[4]), id)
else
  redis.call('XADD', KEYS[1], 'MINID', '~', ms(now - ARGV[2]), '*', unpack(fields))
end
redis.call('PUBLISH', ARGV[1], '')
return 1
`)

// redeliverLetter takes the stream and the dead letters of a group; the channel, the retention, the
// group and the letter. It returns 0 if there is none.
var redeliverLetter = redis.NewScript(topicNow + `
local entry = redis.call('XRANGE', KEYS[2], ARGV[4], ARGV[4])[1]
if not entry then return 0 end
local fields = {'g', ARGV[3]}
for f = 1, #entry[2], 2 do
  local name = entry[2][f]
  if name ~= 'reason' and name ~= 'deliveries' then
    fields[#fields + 1] = name
    fields[#fields + 1] = entry[2][f + 1]
  end
end
redis.call('XADD', KEYS[1], 'MINID', '~', ms(now - ARGV[2]), '*', unpack(fields))
redis.call('XDEL', KEYS[2], ARGV[4])
redis.call('PUBLISH', ARGV[1], '')
return 1
`)

// makeGroup takes the stream and which message the group has read last; the group, and where it
// begins if that is not known: 0 or $. In a stream that is newer than what was read it begins with
// the first message; if the clock was set back, so that all are older than that, too.
var makeGroup = redis.NewScript(`
local function parts(id)
  local first, second = string.match(id, '(%d+)-(%d+)')
  return tonumber(first), tonumber(second)
end
local start = ARGV[2]
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local read = redis.call('GET', KEYS[2])
if read then
  start = '0'
  if newest then
    local n1, n2 = parts(newest[1])
    local r1, r2 = parts(read)
    if r1 < n1 or r1 == n1 and r2 <= n2 then start = read end
  end
end
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], start, 'MKSTREAM')
if type(made) == 'table' and made.err then
  if string.find(made.err, 'BUSYGROUP') then return 0 end
  return made
end
if start == '$' then
  redis.call('SET', KEYS[2], newest and newest[1] or '0-0')
end
return 1
`)

// takeMessage takes the stream, the stream of delayed messages, when those are due, and of the
// group: when what is delivered is due again, what is parked, the message of each key that is under
// way, the key of each message, how often each was delivered, and which was read last; the group,
// the lease, and the retention. It returns a message as its ID, its deliveries and its fields, or
// how long to wait for the next that will be due, -1 for none.
//
// A message whose key is under way is parked until it is its turn. What is delivered is due again
// when its lease is over, or its backoff is; the times that the group itself keeps can only say for
// how long an entry has been idle, which cannot be less than no time: a backoff that is longer than
// the lease has no place in them.
var takeMessage = redis.NewScript(topicNow + `
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ms(now), 'LIMIT', 0, 100)) do
  local entry = redis.call('XRANGE', KEYS[2], id, id)[1]
  redis.call('ZREM', KEYS[3], id)
  redis.call('XDEL', KEYS[2], id)
  if entry then
    redis.call('XADD', KEYS[1], 'MINID', '~', ms(now - ARGV[3]), '*', 'at', string.match(id, '%d+'), unpack(entry[2]))
  end
end
` + nextParked + `
local function deliver(id)
  local count = tonumber(redis.call('HGET', KEYS[8], id) or '0') + 1
  local claimed = redis.call('XCLAIM', KEYS[1], ARGV[1], 'all', '0', id, 'RETRYCOUNT', count, 'FORCE') -- a group made anew does not know it
  redis.call('HSET', KEYS[8], id, count)
  if claimed[1] and claimed[1][2] then
    redis.call('ZADD', KEYS[4], ms(now + ARGV[2]), id)
    return {id, count, claimed[1][2]}
  end
  redis.call('XACK', KEYS[1], ARGV[1], id) -- it is too old
  redis.call('ZREM', KEYS[4], id)
  redis.call('HDEL', KEYS[8], id)
  next_parked(id, KEYS[4], KEYS[5], KEYS[6], KEYS[7])
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', ms(now), 'LIMIT', 0, 10)) do
  local message = deliver(id)
  if message then return message end
end
for i = 1, 200 do
  local read = redis.call('XREADGROUP', 'GROUP', ARGV[1], 'all', 'COUNT', 1, 'STREAMS', KEYS[1], '>')
  if not read or not read[1] or not read[1][2][1] then
    local wait = -1
    for _, key in ipairs({KEYS[3], KEYS[4]}) do
      local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
      if first[2] then
        local left = math.max(tonumber(first[2]) - now, 0)
        if wait < 0 or left < wait then wait = left end
      end
    end
    return {ms(wait)}
  end
  local id, fields = read[1][2][1][1], read[1][2][1][2]
  redis.call('SET', KEYS[9], id)
  local key, only = false, ARGV[1]
  for f = 1, #fields, 2 do
    if fields[f] == 'k' then key = fields[f + 1] end
    if fields[f] == 'g' then only = fields[f + 1] end
  end
  if only ~= ARGV[1] then
    redis.call('XACK', KEYS[1], ARGV[1], id)
  elseif key and redis.call('HEXISTS', KEYS[6], key) == 1 then
    redis.call('ZADD', KEYS[5], 0, parked(key, id))
  else
    if key then
      redis.call('HSET', KEYS[6], key, id)
      redis.call('HSET', KEYS[7], id, key)
    end
    local message = deliver(id)
    if message then return message end
  end
end
return {'0'}
`)

// nextParked is the functions for parked messages, which are sorted by their key, then by their ID.
const nextParked = `
local function parked(key, id)
  local first, second = string.match(id, '(%d+)-(%d+)')
  return key .. ' ' .. string.rep('0', 20 - #first) .. first .. string.rep('0', 20 - #second) .. second .. ' ' .. id
end
local function next_parked(id, due, waiting, busy, keys)
  local key = redis.call('HGET', keys, id)
  if not key then return end
  redis.call('HDEL', keys, id)
  redis.call('HDEL', busy, key)
  local first = redis.call('ZRANGEBYLEX', waiting, '[' .. key .. ' ', '(' .. key .. '!', 'LIMIT', 0, 1)[1]
  if not first then return end
  redis.call('ZREM', waiting, first)
  local following = string.match(first, '[^ ]+$')
  redis.call('HSET', busy, key, following)
  redis.call('HSET', keys, following, key)
  redis.call('ZADD', due, ms(now), following)
end
`

// settleMessage takes the stream, of the group what takeMessage has from its fourth key on, and the
// dead letters; the group, the channel, the ID of the message, which of its deliveries it is, and
// when it is due again, -1 if it is done; then the retention and the fields of a dead letter, if it
// is one. It returns 0 if the lease is lost.
var settleMessage = redis.NewScript(topicNow + nextParked + `
if redis.call('HGET', KEYS[6], ARGV[3]) ~= ARGV[4] or not redis.call('ZSCORE', KEYS[2], ARGV[3]) then
  return 0
end
if ARGV[5] ~= '-1' then
  redis.call('ZADD', KEYS[2], ms(now + ARGV[5]), ARGV[3])
else
  if ARGV[6] then
    local fields = {}
    for i = 7, #ARGV do fields[#fields + 1] = ARGV[i] end
    redis.call('XADD', KEYS[8], 'MINID', '~', ms(now - ARGV[6]), '*', unpack(fields))
  end
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
  redis.call('ZREM', KEYS[2], ARGV[3])
  redis.call('HDEL', KEYS[6], ARGV[3])
  next_parked(ARGV[3], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
end
if ARGV[2] ~= '' then
  redis.call('PUBLISH', ARGV[2], '')
end
return 1
`)
