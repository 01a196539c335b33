/**
 * Frames of test/golden/wire that do not encode back to their own bytes, by scenario: the line's index, what the codec
 * makes of the frame (see roundTrip), and, for a client's frame, what Apache did about it in the recording. Every
 * other frame round-trips; a line here that no longer holds fails the test as well.
 *
 * Kinds: EOF, LENGTH, VALUE are JuteErrors. "a becomes b": the JVM rewrites the string, or reads a boolean, count or
 * end marker more liberally than it writes it. "n bytes more than R": bytes that nobody reads. "frame length": the
 * splitter refuses.
 */
export type GoldenException = readonly [index: number, codec: string, apache?: string];

export const wireExceptions: Readonly<Record<string, readonly GoldenException[]>> = {
  auth_schemes: [
    [74, "EOF AuthPacket.auth at 22", "closes"], // truncated auth packet
  ],
  children: [
    [64, "EOF GetChildrenRequest.watch at 26", "err -5"], // no watch byte
  ],
  close_and_pipeline: [
    [8, "4 bytes more than Empty", "err 0 and closes"], // closeSession with a body
  ],
  connect_broken_frames: [
    [0, "EOF ConnectRequest.protocolVersion at 0", "closes"], // length 0
    [2, "frame length -1", "closes"], // length -1
    [4, "frame length -2147483648", "closes"], // length -2147483648
    [6, "frame length 1048576", "closes"], // length 1048576 (limit is 1048575)
    [8, "EOF ConnectRequest.lastZxidSeen at 4", "closes"], // only protocolVersion
    [10, "EOF ConnectRequest.passwd at 24", "closes"], // ends inside passwd
    [12, "EOF ConnectRequest.passwd at 24", "closes"], // passwd length 17 in a 44-byte body
    [14, "LENGTH ConnectRequest.passwd at 24", "closes"], // passwd length -2
    [16, "LENGTH ConnectRequest.passwd at 24", "closes"], // passwd length over the limit
    [18, "frame length 1195725856", "closes"], // HTTP request
  ],
  connect_half_close: [
    [0, "ends 2 bytes into a frame", "closes"], // half of a length
  ],
  connect_odd_fields: [
    [20, "8 bytes more than boolean", "answers"], // bytes after readOnly
  ],
  connect_readonly_flag: [
    [5, "02 becomes 01", "answers"], // ConnectRequest readOnly byte=2 on a read-write server
    [10, "ff becomes 01", "answers"], // ConnectRequest readOnly byte=255 on a read-write server
  ],
  create_bad_acls: [
    [96, "0775f09f98 becomes 0975eda0bdedb8", "answers"], // digest id with a 4-byte character
  ],
  create_bad_paths: [
    [
      56,
      "1b2f776972652d6372656174652d6261642d70617468732ff09f98 becomes 1d2f776972652d6372656174652d6261642d70617468732feda0bdedb8",
      "err -8",
    ], // path '/wire-create-bad-paths/😀'
    [
      70,
      "192f776972652d6372656174652d6261642d70617468732ffffe becomes 1d2f776972652d6372656174652d6261642d70617468732fefbfbdefbfbd",
      "err -8",
    ], // invalid UTF-8
    [72, "eda0bdedb880 becomes efbfbdefbfbd", "err -8"], // CESU-8 surrogates
  ],
  exists: [
    [26, "05 becomes 01", "answers"], // watch byte 5
    [28, "EOF ExistsRequest.watch at 24", "err -5"], // no watch byte
    [30, "4 bytes more than ExistsRequest", "answers"], // trailing bytes
    [32, "EOF ExistsRequest.path at 8", "err -5"], // empty body
    [34, "EOF ExistsRequest.path at 8", "err -5"], // string longer than the frame
    [36, "LENGTH ExistsRequest.path at 8", "err -5"], // string length -2
  ],
  failed_write_takes_zxid: [
    [18, "EOF CreateRequest.data at 41", "err -5"], // malformed create
  ],
  fourletter: [
    [12, "frame length 1381322571", "closes"], // upper case
  ],
  frames_after_connect: [
    [2, "EOF RequestHeader.xid at 0", "closes"], // length 0
    [6, "EOF RequestHeader.type at 4", "closes"], // length 4: half a header
    [10, "frame length -1", "closes"], // length -1
    [14, "frame length 1048576", "closes"], // length 1048576
    [18, "frame length 1920298859", "closes"], // four-letter word after connect
  ],
  get_data: [
    [24, "EOF GetDataRequest.watch at 26", "err -5"], // no watch byte
  ],
  malformed_bodies: [
    [4, "EOF CreateRequest.path at 8", "err -5"], // create with an empty body
    [6, "EOF CreateRequest.path at 8", "err -5"], // create2 with an empty body
    [8, "EOF CreateRequest.path at 8", "err -5"], // createContainer with an empty body
    [10, "EOF CreateTTLRequest.path at 8", "err -5"], // createTTL with an empty body
    [12, "EOF DeleteRequest.path at 8", "err -5"], // delete with an empty body
    [14, "EOF SetDataRequest.path at 8", "err -5"], // setData with an empty body
    [16, "EOF SetACLRequest.path at 8", "err -5"], // setACL with an empty body
    [18, "EOF GetACLRequest.path at 8", "err -5"], // getACL with an empty body
    [20, "EOF GetChildrenRequest.path at 8", "err -5"], // getChildren with an empty body
    [22, "EOF GetChildrenRequest.path at 8", "err -5"], // getChildren2 with an empty body
    [24, "EOF SyncRequest.path at 8", "err -5"], // sync with an empty body
    [26, "EOF GetEphemeralsRequest.prefixPath at 8", "err -5"], // getEphemerals with an empty body
    [28, "EOF GetAllChildrenNumberRequest.path at 8", "err -5"], // getAllChildrenNumber with an empty body
    [30, "EOF AddWatchRequest.path at 8", "err -5"], // addWatch with an empty body
    [32, "EOF RemoveWatchesRequest.path at 8", "err -5"], // removeWatches with an empty body
    [34, "EOF CheckWatchesRequest.path at 8", "err -5"], // checkWatches with an empty body
    [36, "EOF SetWatches.relativeZxid at 8", "err -5"], // setWatches with an empty body
    [38, "EOF SetWatches2.relativeZxid at 8", "err -5"], // setWatches2 with an empty body
    [40, "EOF MultiRequest[0].type at 8", "err -5"], // multi with an empty body
    [42, "EOF MultiRequest[0].type at 8", "err -5"], // multiRead with an empty body
    [44, "EOF ReconfigRequest.joiningServers at 8", "err -5"], // reconfig with an empty body
    [46, "EOF DeleteContainerRequest.path at 8", "err -5"], // deleteContainer with an empty body
    [48, "fffffffe becomes 00000000", "err -114"], // acl vector length -2
    [50, "EOF CreateRequest.acl at 40", "err -5"], // acl vector length 2^30
    [52, "LENGTH CreateRequest.data at 36", "err -5"], // data length -2
    [54, "EOF CreateRequest.flags at 67", "err -5"], // no flags
    [56, "4 bytes more than CreateRequest", "answers"], // bytes after the record
    [58, "4 bytes more than Empty", "answers"], // body where none is defined
  ],
  multi_malformed: [
    [4, "EOF MultiRequest[1].type at 79", "err -5"], // no end marker
    [6, "EOF MultiRequest[0].type at 8", "err -5"], // no end marker, empty
    [10, "VALUE MultiRequest[0].type at 8", "err -5"], // setACL inside
    [12, "VALUE MultiRequest[0].type at 8", "err -5"], // deleteContainer inside
    [14, "VALUE MultiRequest[0].type at 8", "err -5"], // sync inside
    [24, "4 bytes more than MultiRequest", "answers"], // bytes after the end marker
    [26, "00000000 becomes ffffffff", "answers"], // end marker with err 0
    [28, "000000010100000000 becomes ffffffff01ffffffff", "answers"], // end marker with type 1
  ],
  multi_read: [
    [28, "VALUE MultiRequest[0].type at 8", "err -5"], // exists inside
  ],
  ping: [
    [8, "13 bytes more than Empty", "err 0"], // with a body
  ],
  read_only_server: [
    [54, "EOF CreateRequest.path at 8", "err -119"], // malformed
  ],
  read_only_server_without_local_sessions: [
    [1, "EOF ConnectResponse.passwd at 16"], // reply createSession xid=0 err=-119 NotReadOnly zxid=0
  ],
  set_data: [
    [34, "EOF SetDataRequest.data at 26", "err -5"], // truncated
    [36, "EOF SetDataRequest.version at 31", "err -5"], // no version
  ],
  string_encoding: [
    [6, "052ff09f98 becomes 072feda0bdedb8", "answers"], // sync echoes '/\U0001f600'
    [7, "eda0bdedb880 becomes efbfbdefbfbd"], // reply sync xid=3 err=0 zxid=* '/������'
    [8, "eda0bdedb880 becomes efbfbdefbfbd", "answers"], // surrogate pair as two 3-byte sequences
    [10, "022fff becomes 042fefbfbd", "answers"], // byte ff
    [12, "032fc080 becomes 072fefbfbdefbfbd", "answers"], // overlong NUL
    [16, "0775f09f98 becomes 0975eda0bdedb8", "answers"], // digest id with a 4-byte character
    [19, "eda0bdedb880 becomes efbfbdefbfbd"], // reply getACL xid=9 err=0 zxid=* [(31, 'world', 'anyone'), (1, 'digest', 'u������:x')] v0 cv0 av0 own0 dl0 nc0
  ],
  sync_op: [
    [14, "EOF SyncRequest.path at 8", "err -5"], // empty body
  ],
  unknown_opcodes: [
    [2, "no request notification", "err -6 and closes"], // opcode 0
    [7, "no request unknown 10", "err -6 and closes"], // opcode 10
    [17, "no request unknown 23", "err -6 and closes"], // opcode 23
    [22, "no request unknown 24", "err -6 and closes"], // opcode 24
    [27, "no request unknown 99", "err -6 and closes"], // opcode 99
    [32, "no request unknown 108", "err -6 and closes"], // opcode 108
    [37, "no request unknown 1000", "err -6 and closes"], // opcode 1000
    [42, "no request error", "err -6 and closes"], // opcode -1
    [47, "no request unknown -2", "err -6 and closes"], // op-2 xid=1 opcode -2
    [52, "no request unknown -12", "err -6 and closes"], // op-12 xid=1 opcode -12
  ],
};
