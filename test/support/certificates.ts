// A certificate authority of the test's own, and a server certificate for localhost, made by openssl.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../src/base/program.ts';

/** Files in PEM; `ca` is the authority's certificate itself. */
export interface TestCertificates {
  ca: string;
  caFile: string;
  certificateFile: string;
  keyFile: string;
}

/** Makes an authority, and a certificate for localhost, 127.0.0.1 and the other names signed by it, in this folder. */
export async function makeCertificates(folder: string, names: readonly string[] = []): Promise<TestCertificates> {
  const path = (name: string): string => join(folder, name);
  const openssl = async (words: string): Promise<void> => {
    const { exitCode, stderr } = await runProgram('openssl', words.split(' '), { cwd: folder });
    if (exitCode !== 0) throw new Error(stderr);
  };
  const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
  const alternatives = ['DNS:localhost', 'IP:127.0.0.1', ...names.map((name) => `DNS:${name}`)];
  await writeFile(path('san'), `subjectAltName=${alternatives.join()}\n`);
  await openssl(`req -x509 ${newKey} -days 2 -subj /CN=test-authority -keyout ca.key -out ca.pem`);
  await openssl(`req ${newKey} -subj /CN=localhost -keyout server.key -out server.csr`);
  await openssl(
    'x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.pem',
  );
  return {
    ca: await readFile(path('ca.pem'), 'utf8'),
    caFile: path('ca.pem'),
    certificateFile: path('server.pem'),
    keyFile: path('server.key'),
  };
}
