// OpenBao (or Vault) with integrated storage: a raft snapshot by its API, streamed into the snapshot.
import { existsSync } from 'node:fs';
import { get as httpGet, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as httpsGet } from 'node:https';
import { z } from 'zod';
import { Failure } from '../../../base/failure.ts';
import { field, fileText, secretText } from '../../../base/secret-schema.ts';
import { orbitFolder } from '../recovery-facts.ts';
import type { ProfileKind } from './profile.ts';

const config = z.strictObject({
  address: field(
    z
      .string()
      .regex(/^https?:\/\//)
      .default('https://127.0.0.1:8200'),
    'Address',
  ),
  token: secretText('Token', 'its policy needs: path "sys/storage/raft/snapshot" { capabilities = ["read"] }'),
  authority: fileText('Certificates that are trusted (PEM)').optional(),
});
type OpenbaoConfig = z.output<typeof config>;

/** An OpenBao server's storage, sealed as it is. */
export const openbaoRaft: ProfileKind<OpenbaoConfig> = {
  kind: 'openbao',
  title: 'OpenBao (raft snapshot)',
  config,
  about: {
    takes: {
      en: 'The whole storage as a raft snapshot, still sealed by OpenBao’s own keys; /etc/openbao and /etc/vault.d.',
      pt: 'Todo o armazenamento como snapshot raft, ainda selado pelas chaves do próprio OpenBao; /etc/openbao e /etc/vault.d.',
    },
    consistent: {
      en: 'The server itself makes it: one index of the raft log.',
      pt: 'O próprio servidor o faz: um só índice do log raft.',
    },
    back: {
      en: 'Start a new server, initialise and unseal it, then: bao operator raft snapshot restore -force FILE; unseal with the OLD unseal keys.',
      pt: 'Inicie um servidor novo, inicialize e abra-o, depois: bao operator raft snapshot restore -force ARQUIVO; abra com as chaves ANTIGAS.',
    },
  },
  detect: async () => undefined,
  prepare: async (settings, { name }) => ({
    folders: ['/etc/openbao', '/etc/vault.d'].filter((folder) => existsSync(folder)),
    excludes: [],
    services: ['openbao.service'],
    files: [
      {
        path: `${orbitFolder}/${name}/raft.snap`,
        shownAs: orbitFolder,
        open: (signal) => raftSnapshot(settings, signal),
      },
    ],
  }),
};

const silenceMsMax = 60_000;

async function* raftSnapshot(settings: OpenbaoConfig, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const url = new URL('/v1/sys/storage/raft/snapshot', settings.address);
  const options: RequestOptions & { ca?: string } = {
    headers: { 'X-Vault-Token': settings.token.reveal() },
    timeout: silenceMsMax,
    ...(settings.authority === undefined ? {} : { ca: settings.authority }),
    ...(signal === undefined ? {} : { signal }),
  };
  let answer: IncomingMessage;
  try {
    answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const call = (url.protocol === 'https:' ? httpsGet : httpGet)(url, options, resolve);
      call.on('error', reject);
      call.on('timeout', () => call.destroy(new Error('it said nothing for a minute')));
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw refused(settings, error instanceof Error ? error.message : String(error));
  }
  if (answer.statusCode !== 200) {
    answer.destroy();
    throw refused(settings, `it answered ${answer.statusCode}`);
  }
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    bytes += piece.length;
    yield piece;
  }
  // A server that dies in the middle ends its answer early: half a snapshot must never look like one.
  if (!answer.complete || bytes === 0) throw refused(settings, 'its answer broke off');
}

function refused({ address }: OpenbaoConfig, why: string): Failure {
  return new Failure('profiles.no-raft-snapshot', {
    message: `OpenBao at ${address} gave no raft snapshot: ${why}`,
    hint: 'It must be unsealed and use integrated storage, and the token must be allowed to read sys/storage/raft/snapshot.',
  });
}
