// What the system's record of sign-ins says of one person at a terminal.

const userProcess = 7;

/** One record of utmp(5), as glibc on 64-bit Linux has it: 384 bytes. `line` is `pts/0`, `pid` that of a process that lives. */
export function signInRecord(user: string, line: string, pid: number): Buffer {
  const record = Buffer.alloc(384);
  record.writeInt16LE(userProcess, 0);
  record.writeInt32LE(pid, 4);
  record.write(line, 8);
  record.write(line.slice(-4), 40);
  record.write(user, 44);
  record.writeInt32LE(Math.floor(Date.now() / 1000), 340);
  return record;
}
