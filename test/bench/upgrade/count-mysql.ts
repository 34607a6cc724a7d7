/** https://mariadb.com/kb/en/2-text-protocol/ and 3-binary-protocol-prepared-statements: COM_QUERY and COM_STMT_EXECUTE. */
const query = 0x03;
const execute = 0x17;
const headerBytes = 4;

/** Reads a connection's packets. A command is number 0 of its exchange. The login begins with 1. */
export function createMysqlCounter(onStatement: () => void): (bytes: Buffer) => void {
  let unread = Buffer.alloc(0);
  return (bytes) => {
    unread = Buffer.concat([unread, bytes]);
    for (;;) {
      if (unread.length < headerBytes) return;
      const end = headerBytes + unread.readUIntLE(0, 3);
      if (unread.length < end) return;
      const command = unread[headerBytes];
      if (unread[3] === 0 && (command === query || command === execute)) onStatement();
      unread = unread.subarray(end);
    }
  };
}
