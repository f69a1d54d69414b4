// Cuts what an SFTP server sends into messages. The bytes of a file go straight to where they belong, copied once.
import { malformed } from '../failures.ts';
import { message } from './sftp-messages.ts';

// Length, type, request and length of the data: draft-ietf-secsh-filexfer-02, section 7.
const dataHeaderBytes = 4 + 1 + 4 + 4;

/**
 * Gives, for every chunk that came, the messages that are whole now, without their lengths. `targetOf` is where the data of an
 * answer belongs; of such a message only its header is given: type, request, and how many bytes came.
 * The chunk may be used again afterwards: nothing is kept of it.
 * @throws Failure `backend.protocol` above `maxBytes`, or when more data came than was asked for.
 */
export function messageReader(maxBytes: number, targetOf: (request: number) => Buffer | undefined) {
  let head: Buffer = Buffer.alloc(0);
  /** The message under way: where its bytes go, and what is given when they are there. */
  let current: { target: Buffer; filled: number; whole: Buffer } | undefined;

  function begin(): boolean {
    if (head.length < 4) return false;
    const length = head.readUInt32BE();
    if (length > maxBytes) throw malformed(`it starts with '${head.toString('latin1', 0, 60)}'`);
    if (head.length < Math.min(dataHeaderBytes, 4 + length)) return false;
    const isData = length >= dataHeaderBytes - 4 && head[4] === message.data;
    const target = isData ? targetOf(head.readUInt32BE(5)) : undefined;
    if (target === undefined) {
      const whole = Buffer.allocUnsafe(length);
      current = { target: whole, filled: 0, whole };
      head = head.subarray(4);
      return true;
    }
    const bytes = head.readUInt32BE(9);
    if (bytes > target.length || bytes !== length - (dataHeaderBytes - 4))
      throw malformed('more came than was asked for');
    current = { target: target.subarray(0, bytes), filled: 0, whole: Buffer.from(head.subarray(4, dataHeaderBytes)) };
    head = head.subarray(dataHeaderBytes);
    return true;
  }

  return function* received(chunk: Buffer): Generator<Buffer> {
    let rest = chunk;
    for (;;) {
      if (current === undefined) {
        head = head.length === 0 ? rest : Buffer.concat([head, rest]);
        if (!begin()) {
          head = Buffer.from(head);
          return;
        }
        rest = head;
        head = Buffer.alloc(0);
      }
      if (current === undefined) return;
      const { target, whole } = current;
      const taken = rest.copy(target, current.filled);
      current.filled += taken;
      rest = rest.subarray(taken);
      if (current.filled < target.length) return;
      current = undefined;
      yield whole;
      if (rest.length === 0) return;
    }
  };
}
