/** `perdure worker APP`: one of the workers of a namespace on Kafka. */
import { loadApp } from './app.ts';
import { brokersOf, namespaceOf } from './connecting.ts';
import { portMax } from './dev.ts';
import type { Command } from './command.ts';
import { serve } from './serving.ts';

export const worker: Command = {
  options: { brokers: 'string', namespace: 'string', port: 'string', host: 'string', dir: 'string' },
  async run(args, terminal) {
    const [path = ''] = args.exactly('APP');
    const port = args.wholeNumber('port', { from: 0, to: portMax }) ?? 0;
    const host = args.text('host');
    const cacheDir = args.text('dir');
    const place = { brokers: brokersOf(args, terminal), namespace: namespaceOf(args, terminal) };
    const app = await loadApp(path);
    const { createWorker } = await import('../worker/index.ts');
    const running = await createWorker({
      ...app,
      ...place,
      ...(cacheDir === undefined ? {} : { cacheDir }),
      api: { port, ...(host === undefined ? {} : { host }) },
    });
    terminal.out(`worker of ${place.namespace} at ${running.apiUrl ?? ''}\n`);
    await serve(running, terminal);
  },
};
