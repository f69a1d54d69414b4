// The list of kinds. A new one is its file, its test, and one line here.
import { cifsKind } from './kinds/cifs-kind.ts';
import { folderKind } from './kinds/folder-kind.ts';
import type { BackendKind } from './kinds/kind.ts';
import { nfsKind } from './kinds/nfs-kind.ts';
import { rsyncKind } from './kinds/rsync-kind.ts';
import { s3Kind } from './kinds/s3-kind.ts';
import { sftpKind } from './kinds/sftp-kind.ts';
import { smbKind } from './kinds/smb-kind.ts';

/** Every kind, in the order in which people choose. */
export const backendKinds: BackendKind[] = [folderKind, cifsKind, nfsKind, smbKind, rsyncKind, sftpKind, s3Kind];
