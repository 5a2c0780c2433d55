/** `perdure dev [APP]`: everything in one process and one directory. */
import { definitionsIn, loadApp, type App } from './app.ts';
import type { Command } from './command.ts';
import { serve } from './serving.ts';

const portDefault = 8080;
export const portMax = 65_535;

export const dev: Command = {
  options: { port: 'string', dir: 'string' },
  async run(args, terminal) {
    const [path, ...extra] = args.positionals;
    if (extra.length > 0) throw args.wrong('ARGUMENTS_INVALID', 'dev takes one module at most');
    const port = args.wholeNumber('port', { from: 0, to: portMax }) ?? portDefault;
    const dataDir = args.text('dir') ?? './.perdure';
    const own = path === undefined ? { orchestrators: [], activities: [] } : await loadApp(path);
    const app = withSamples(own, await samples());
    const { createWorker } = await import('../worker/index.ts');
    const worker = await createWorker({ ...app, dataDir, api: { port }, log: 'warn', onCodeFault: 'fail', guards: 'throw' });
    const names = app.orchestrators.map((orchestrator) => orchestrator.name).join(', ');
    const address = port === portDefault ? '' : ` --api ${worker.apiUrl ?? ''}`;
    terminal.out(`perdure dev at ${worker.apiUrl ?? ''}, data in ${dataDir}\norchestrations: ${names}\n`);
    terminal.out(`try: perdure start ${own.orchestrators[0]?.name ?? 'helloSequence'} --wait${address}\n`);
    await serve(worker, terminal);
  },
};

async function samples(): Promise<App> {
  return definitionsIn(await import('../samples/index.ts'));
}

/** The app's own definitions come first; a sample whose name is taken gives way. */
function withSamples(app: App, demo: App): App {
  const free = <T extends { readonly name: string }>(own: readonly T[], others: readonly T[]): T[] => {
    const taken = new Set(own.map((each) => each.name));
    return [...own, ...others.filter((each) => !taken.has(each.name))];
  };
  return { orchestrators: free(app.orchestrators, demo.orchestrators), activities: free(app.activities, demo.activities) };
}
