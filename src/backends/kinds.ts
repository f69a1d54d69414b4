// The list of kinds. A new one is its file, its test, and one line here.
import { folderKind } from './kinds/folder-kind.ts';
import type { BackendKind } from './kinds/kind.ts';
import { rsyncKind } from './kinds/rsync-kind.ts';
import { s3Kind } from './kinds/s3-kind.ts';
import { sftpKind } from './kinds/sftp-kind.ts';

/** Every kind, in the order in which people choose. */
export const backendKinds: BackendKind[] = [folderKind, rsyncKind, sftpKind, s3Kind];
