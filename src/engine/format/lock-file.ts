// Lock files to and from JSON (restic internal/repository/lock_file.go).
import { encodeGoJson, JsonObject } from './json.ts';

/** Who works on the repository. */
export interface LockFile {
  /** RFC 3339, when it was last renewed. */
  time: string;
  exclusive: boolean;
  hostname: string;
  username: string;
  pid: number;
  uid?: number;
  gid?: number;
  /** Which process of which boot of which machine holds it; only Orbit writes this, stock restic passes over it. */
  process?: string;
}

/** The JSON of a lock, keys in restic's order. */
export function encodeLockFile(lock: LockFile): Buffer {
  const { time, exclusive, hostname, username, pid, uid, gid, process } = lock;
  const owners = { uid: uid === 0 ? undefined : uid, gid: gid === 0 ? undefined : gid };
  return Buffer.from(encodeGoJson({ time, exclusive, hostname, username, pid, ...owners, orbit_process: process }));
}

/** Undoes `encodeLockFile`. @throws Failure `repository.damaged-file` */
export function decodeLockFile(file: string, json: Uint8Array): LockFile {
  const object = JsonObject.parse(file, json);
  const uid = object.optionalCount('uid');
  const gid = object.optionalCount('gid');
  const process = object.optionalText('orbit_process', 256);
  return {
    time: object.text('time', 64),
    exclusive: object.flag('exclusive'),
    hostname: object.optionalText('hostname') ?? '',
    username: object.optionalText('username') ?? '',
    pid: object.optionalCount('pid') ?? 0,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    ...(process === undefined ? {} : { process }),
  };
}
