// The metrics in a file, for machines that let nobody in: node-exporter's textfile collector picks them up.
import { rename, writeFile } from 'node:fs/promises';
import { Failure } from '../base/failure.ts';
import { metricsText } from './metrics.ts';

/** Writes them whole or not at all: the collector never sees half a file. @throws Failure `api.metrics-file`. */
export async function writeMetrics(app: Parameters<typeof metricsText>[0], file: string): Promise<void> {
  const text = metricsText(app);
  try {
    // Not ending in .prom: the collector reads every file that does.
    await writeFile(`${file}.new`, text, { mode: 0o644 });
    await rename(`${file}.new`, file);
  } catch (error) {
    throw new Failure('api.metrics-file', {
      message: `the metrics cannot be written to ${file}`,
      hint: 'Give a file in a folder that Orbit may write, such as /var/lib/prometheus/node-exporter/orbit.prom.',
      cause: error,
    });
  }
}
