// A bucket of an S3-compatible server: Ceph, MinIO, SeaweedFS, a cloud.
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { z } from 'zod';
import { place } from '../../base/secret-schema.ts';
import { failureOfSystemError } from '../failures.ts';
import { checkPrefix } from '../key.ts';
import { openS3Backend } from '../s3/s3-backend.ts';
import { type BackendKind, secretField } from './kind.ts';
import { bandwidthField, silenceField } from './line-fields.ts';

const config = z
  .object({
    endpoint: place(z.url({ protocol: /^https?$/ }).meta({ title: 'Address of the server (https://…)' })),
    bucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
      .meta({ title: 'Bucket' }),
    prefix: z.string().default('').meta({ title: 'Folder in the bucket' }),
    region: z
      .string()
      .regex(/^[a-z0-9-]+$/)
      .default('us-east-1')
      .meta({ title: 'Region' }),
    accessKeyId: z
      .string()
      .regex(/^[\x21-\x7e]+$/)
      .meta({ title: 'Access key id' }),
    secretAccessKey: secretField('Secret access key'),
    virtualHosts: z.boolean().default(false).meta({ title: 'The bucket is part of the host name (bucket.server)' }),
    lookBeforeWriting: z
      .boolean()
      .default(false)
      .meta({ title: 'The server knows no If-None-Match: look before each write' }),
    lockMode: z.enum(['COMPLIANCE', 'GOVERNANCE']).optional().meta({ title: 'Object lock: COMPLIANCE or GOVERNANCE' }),
    lockDays: z.number().int().min(1).max(36_500).default(30).meta({ title: 'Days that objects stay locked' }),
    caFile: place(z.string().optional().meta({ title: 'Certificate of your own authority, a PEM file' })),
    bandwidthLimitKib: bandwidthField,
    timeoutSeconds: silenceField,
  })
  .refine(({ virtualHosts, endpoint }) => !virtualHosts || !hasAddress(endpoint), {
    path: ['virtualHosts'],
    message: 'an IP address has no bucket.server: give the name of the server, or leave the bucket in the path',
  });
type S3Config = z.output<typeof config>;

/** S3-compatible object storage, with object lock where the bucket has it. */
export const s3Kind: BackendKind<S3Config> = {
  kind: 's3',
  title: 'S3-compatible object storage',
  config,
  location: ({ endpoint, bucket, prefix }) =>
    `${endpoint.replace(/\/+$/, '')}/${bucket}${prefix === '' ? '' : `/${prefix}`}`,
  async open(settings) {
    checkPrefix(settings.prefix === '' ? '' : `${settings.prefix}/`);
    return openS3Backend({
      location: s3Kind.location(settings),
      endpoint: settings.endpoint,
      region: settings.region,
      bucket: settings.bucket,
      prefix: settings.prefix,
      pathStyle: !settings.virtualHosts,
      accessKeyId: settings.accessKeyId,
      secretAccessKey: settings.secretAccessKey,
      conditionalWrites: !settings.lookBeforeWriting,
      timeoutSeconds: settings.timeoutSeconds,
      ...(settings.lockMode === undefined ? {} : { lock: { mode: settings.lockMode, days: settings.lockDays } }),
      ...(settings.caFile === undefined ? {} : { ca: await authority(settings.caFile) }),
    });
  },
};

const hasAddress = (endpoint: string): boolean => isIP(new URL(endpoint).hostname.replace(/^\[|\]$/g, '')) !== 0;

async function authority(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw failureOfSystemError(error, file, 'read the certificate');
  }
}
