/** https://www.postgresql.org/docs/current/protocol-message-formats.html: Query and Execute. */
const query = "Q".charCodeAt(0);
const execute = "E".charCodeAt(0);

/** Encryption requests precede the startup message: https://www.postgresql.org/docs/current/protocol-flow.html */
const encryptionRequests = new Set([80_877_103, 80_877_104]);

/** Reads a connection's messages. Each has a type and a length, but the first ones have no type. */
export function createPostgresCounter(onStatement: () => void): (bytes: Buffer) => void {
  let unread = Buffer.alloc(0);
  let isOpen = false;
  return (bytes) => {
    unread = Buffer.concat([unread, bytes]);
    for (;;) {
      const typeBytes = isOpen ? 1 : 0;
      if (unread.length < typeBytes + 4) return;
      const end = typeBytes + unread.readInt32BE(typeBytes);
      if (unread.length < end) return;
      if (isOpen && (unread[0] === query || unread[0] === execute)) onStatement();
      isOpen ||= !encryptionRequests.has(unread.readInt32BE(4));
      unread = unread.subarray(end);
    }
  };
}
