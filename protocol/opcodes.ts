/** Request types of the client wire and, where a request is logged, of the transaction (ZooDefs.OpCode). */
export const OpCode = {
  notification: 0,
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getACL: 6,
  setACL: 7,
  getChildren: 8,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  check: 13,
  multi: 14,
  create2: 15,
  reconfig: 16,
  checkWatches: 17,
  removeWatches: 18,
  createContainer: 19,
  deleteContainer: 20,
  createTTL: 21,
  multiRead: 22,
  auth: 100,
  setWatches: 101,
  sasl: 102,
  getEphemerals: 103,
  getAllChildrenNumber: 104,
  setWatches2: 105,
  addWatch: 106,
  whoAmI: 107,
  createSession: -10,
  closeSession: -11,
  error: -1,
} as const;

export type OpCode = (typeof OpCode)[keyof typeof OpCode];

const nameByOpCode = new Map<number, string>(Object.entries(OpCode).map(([name, code]) => [code, name]));

/** Name of a request type for people; `unknown N` for anything that is none. */
export function opCodeName(code: number): string {
  return nameByOpCode.get(code) ?? `unknown ${code}`;
}

/** Whether a number from outside is a request type of the table. */
export function isOpCode(code: number): code is OpCode {
  return nameByOpCode.has(code);
}
