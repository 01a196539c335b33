/**
 * The mask that gtmk shows and stmk sets (ZooTrace). It has no effect here: Apache's trace log has no counterpart.
 * The start value is CLIENT_REQUEST | SERVER_PACKET | SESSION | WARNING. A signed 64-bit value.
 */
export class TraceMask {
  value = 306n;
}
