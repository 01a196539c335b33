import { boolean, buffer, int, long, record, ustring, vector, type Infer } from "../jute/schema.ts";

/** Records of the client wire, as zookeeper.jute declares them (org.apache.zookeeper.data and .proto). */

/** The body of a frame that ends behind its header. */
export const Empty = record<Record<never, never>>("Empty", {});
export type Empty = Infer<typeof Empty>;

export const Id = record("Id", { scheme: ustring, id: ustring });
export type Id = Infer<typeof Id>;

export const ACL = record("ACL", { perms: int, id: Id });
export type ACL = Infer<typeof ACL>;

/** What clients see of a znode; 68 bytes. */
export const Stat = record("Stat", {
  czxid: long,
  mzxid: long,
  ctime: long,
  mtime: long,
  version: int,
  cversion: int,
  aversion: int,
  ephemeralOwner: long,
  dataLength: int,
  numChildren: int,
  pzxid: long,
});
export type Stat = Infer<typeof Stat>;

export const ClientInfo = record("ClientInfo", { authScheme: ustring, user: ustring });
export type ClientInfo = Infer<typeof ClientInfo>;

/** The read-only byte follows in clients since 3.4; it is read apart because its absence must be answered alike. */
export const ConnectRequest = record("ConnectRequest", {
  protocolVersion: int,
  lastZxidSeen: long,
  timeOut: int,
  sessionId: long,
  passwd: buffer,
});
export type ConnectRequest = Infer<typeof ConnectRequest>;

export const ConnectResponse = record("ConnectResponse", {
  protocolVersion: int,
  timeOut: int,
  sessionId: long,
  passwd: buffer,
});
export type ConnectResponse = Infer<typeof ConnectResponse>;

export const RequestHeader = record("RequestHeader", { xid: int, type: int });
export type RequestHeader = Infer<typeof RequestHeader>;

export const ReplyHeader = record("ReplyHeader", { xid: int, zxid: long, err: int });
export type ReplyHeader = Infer<typeof ReplyHeader>;

export const MultiHeader = record("MultiHeader", { type: int, done: boolean, err: int });
export type MultiHeader = Infer<typeof MultiHeader>;

export const WatcherEvent = record("WatcherEvent", { type: int, state: int, path: ustring });
export type WatcherEvent = Infer<typeof WatcherEvent>;

export const AuthPacket = record("AuthPacket", { type: int, scheme: ustring, auth: buffer });
export type AuthPacket = Infer<typeof AuthPacket>;

export const CreateRequest = record("CreateRequest", {
  path: ustring,
  data: buffer,
  acl: vector(ACL),
  flags: int,
});
export type CreateRequest = Infer<typeof CreateRequest>;

export const CreateTTLRequest = record("CreateTTLRequest", {
  path: ustring,
  data: buffer,
  acl: vector(ACL),
  flags: int,
  ttl: long,
});
export type CreateTTLRequest = Infer<typeof CreateTTLRequest>;

export const CreateResponse = record("CreateResponse", { path: ustring });
export type CreateResponse = Infer<typeof CreateResponse>;

export const Create2Response = record("Create2Response", { path: ustring, stat: Stat });
export type Create2Response = Infer<typeof Create2Response>;

export const DeleteRequest = record("DeleteRequest", { path: ustring, version: int });
export type DeleteRequest = Infer<typeof DeleteRequest>;

/** deleteContainer's body, also as a client may send it. */
export const DeleteContainerRequest = record("DeleteContainerRequest", { path: ustring });
export type DeleteContainerRequest = Infer<typeof DeleteContainerRequest>;

export const CheckVersionRequest = record("CheckVersionRequest", { path: ustring, version: int });
export type CheckVersionRequest = Infer<typeof CheckVersionRequest>;

export const SetDataRequest = record("SetDataRequest", { path: ustring, data: buffer, version: int });
export type SetDataRequest = Infer<typeof SetDataRequest>;

export const SetDataResponse = record("SetDataResponse", { stat: Stat });
export type SetDataResponse = Infer<typeof SetDataResponse>;

export const SetACLRequest = record("SetACLRequest", { path: ustring, acl: vector(ACL), version: int });
export type SetACLRequest = Infer<typeof SetACLRequest>;

export const SetACLResponse = record("SetACLResponse", { stat: Stat });
export type SetACLResponse = Infer<typeof SetACLResponse>;

export const GetACLRequest = record("GetACLRequest", { path: ustring });
export type GetACLRequest = Infer<typeof GetACLRequest>;

export const GetACLResponse = record("GetACLResponse", { acl: vector(ACL), stat: Stat });
export type GetACLResponse = Infer<typeof GetACLResponse>;

export const ExistsRequest = record("ExistsRequest", { path: ustring, watch: boolean });
export type ExistsRequest = Infer<typeof ExistsRequest>;

export const ExistsResponse = record("ExistsResponse", { stat: Stat });
export type ExistsResponse = Infer<typeof ExistsResponse>;

export const GetDataRequest = record("GetDataRequest", { path: ustring, watch: boolean });
export type GetDataRequest = Infer<typeof GetDataRequest>;

export const GetDataResponse = record("GetDataResponse", { data: buffer, stat: Stat });
export type GetDataResponse = Infer<typeof GetDataResponse>;

export const GetChildrenRequest = record("GetChildrenRequest", { path: ustring, watch: boolean });
export type GetChildrenRequest = Infer<typeof GetChildrenRequest>;

export const GetChildrenResponse = record("GetChildrenResponse", { children: vector(ustring) });
export type GetChildrenResponse = Infer<typeof GetChildrenResponse>;

export const GetChildren2Response = record("GetChildren2Response", { children: vector(ustring), stat: Stat });
export type GetChildren2Response = Infer<typeof GetChildren2Response>;

export const GetEphemeralsRequest = record("GetEphemeralsRequest", { prefixPath: ustring });
export type GetEphemeralsRequest = Infer<typeof GetEphemeralsRequest>;

export const GetEphemeralsResponse = record("GetEphemeralsResponse", { ephemerals: vector(ustring) });
export type GetEphemeralsResponse = Infer<typeof GetEphemeralsResponse>;

export const GetAllChildrenNumberRequest = record("GetAllChildrenNumberRequest", { path: ustring });
export type GetAllChildrenNumberRequest = Infer<typeof GetAllChildrenNumberRequest>;

export const GetAllChildrenNumberResponse = record("GetAllChildrenNumberResponse", { totalNumber: int });
export type GetAllChildrenNumberResponse = Infer<typeof GetAllChildrenNumberResponse>;

export const SyncRequest = record("SyncRequest", { path: ustring });
export type SyncRequest = Infer<typeof SyncRequest>;

export const SyncResponse = record("SyncResponse", { path: ustring });
export type SyncResponse = Infer<typeof SyncResponse>;

export const SetWatches = record("SetWatches", {
  relativeZxid: long,
  dataWatches: vector(ustring),
  existWatches: vector(ustring),
  childWatches: vector(ustring),
});
export type SetWatches = Infer<typeof SetWatches>;

export const SetWatches2 = record("SetWatches2", {
  relativeZxid: long,
  dataWatches: vector(ustring),
  existWatches: vector(ustring),
  childWatches: vector(ustring),
  persistentWatches: vector(ustring),
  persistentRecursiveWatches: vector(ustring),
});
export type SetWatches2 = Infer<typeof SetWatches2>;

export const CheckWatchesRequest = record("CheckWatchesRequest", { path: ustring, type: int });
export type CheckWatchesRequest = Infer<typeof CheckWatchesRequest>;

export const RemoveWatchesRequest = record("RemoveWatchesRequest", { path: ustring, type: int });
export type RemoveWatchesRequest = Infer<typeof RemoveWatchesRequest>;

export const AddWatchRequest = record("AddWatchRequest", { path: ustring, mode: int });
export type AddWatchRequest = Infer<typeof AddWatchRequest>;

export const WhoAmIResponse = record("WhoAmIResponse", { clientInfo: vector(ClientInfo) });
export type WhoAmIResponse = Infer<typeof WhoAmIResponse>;

export const ReconfigRequest = record("ReconfigRequest", {
  joiningServers: ustring,
  leavingServers: ustring,
  newMembers: ustring,
  curConfigId: long,
});
export type ReconfigRequest = Infer<typeof ReconfigRequest>;

/** SASL tokens go both ways in the same shape (GetSASLRequest, SetSASLResponse). */
export const SASLToken = record("SASLToken", { token: buffer });
export type SASLToken = Infer<typeof SASLToken>;

/** Body of a result that failed, inside multi and multiRead. */
export const ErrorResponse = record("ErrorResponse", { err: int });
export type ErrorResponse = Infer<typeof ErrorResponse>;

/** createSession's body when a client sends the opcode itself. */
export const CreateSessionRequest = record("CreateSessionRequest", { timeOut: int });
export type CreateSessionRequest = Infer<typeof CreateSessionRequest>;
