// SPDX-License-Identifier: Apache-2.0
/** A bundle is built in one place and started in another that has no clang. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { answerOf, environmentOf, snatkit } from '../helpers/cli.js';
import { NODE, SERVER, World } from '../helpers/world.js';

t.test('bundles', async (t) => {
  const world = await World.make(t);
  const folder = dirname(world.paths.bpffs);
  const env = environmentOf(world.paths);
  // The interpreter is called by its own path; nothing else is to be found.
  const bare = { ...env, PATH: join(folder, 'empty'), SNATKIT_CACHE: join(folder, 'cache') };
  mkdirSync(bare.PATH);
  const config = join(folder, 'snat.yaml');
  const bundle = join(folder, 'bundle');
  writeFileSync(config, JSON.stringify(world.config()));
  t.teardown(() => snatkit(['down', '--all'], env));
  const netns = ['--netns', world.topology.netnsPath('node')];

  await t.test('build --dry-run writes nothing', async (t) => {
    t.match(answerOf('build', await snatkit(['build', config, '-o', bundle, '--dry-run', '--json'], env)), {
      dryRun: true,
    });
    t.notOk(existsSync(bundle));
  });

  await t.test('build', async (t) => {
    const built = answerOf('build', await snatkit(['build', config, '-o', `${bundle}/`, '--json'], env));
    t.match(built, { dryRun: false, folder: bundle, devices: 1, clang: /clang/ });
    t.strictSame(readdirSync(bundle).sort(), ['manifest.json', 'plan.json', 'snat.c', 'snat.o']);
    const manifest = JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8'));
    t.match(manifest, { version: 1, shape: built.shape });
    const source = await snatkit(['source', bundle], bare);
    t.equal(source.stdout, readFileSync(join(bundle, 'snat.c'), 'utf8'), 'a bundle is a configuration too');
    t.equal((await snatkit(['build', config, '-o', bundle], env)).code, 0, 'a bundle may be replaced');
  });

  await t.test('without clang a configuration cannot be started, and the words say what to install', async (t) => {
    const { code, stderr } = await snatkit(['up', config, ...netns], bare);
    t.equal(code, 1);
    t.match(stderr, /clang 14 or newer is needed.*apt-get install clang/);
    t.strictSame(
      readdirSync(world.paths.bpffs).filter((n) => n === 'snatkit'),
      [],
    );
  });

  await t.test('without clang the bundle starts and translates', async (t) => {
    t.match(answerOf('up', await snatkit(['up', bundle, ...netns, '--dry-run', '--json'], bare)), {
      steps: [/bundle's object/],
    });
    const up = await snatkit(['up', bundle, ...netns, '--json'], bare);
    t.match(answerOf('up', up), { action: 'started', instance: { state: 'running' } });
    await world.server.do('listen', { port: 81 });
    t.match(await world.pod.do('open', { id: 'a', host: SERVER, port: 81 }), { address: NODE });
    t.match(answerOf('up', await snatkit(['up', bundle, '--json'], bare)), { action: 'upgraded' });
    t.equal((await snatkit(['down'], bare)).code, 0);
  });

  await t.test('a bundle for another number of devices, or a damaged one, is refused', async (t) => {
    const wide = join(folder, 'wide');
    t.equal((await snatkit(['build', config, '-o', wide, '--devices', '2'], env)).code, 0);
    t.match((await snatkit(['up', wide, ...netns], bare)).stderr, /built for shape [0-9a-f]{8}, this machine needs/);
    writeFileSync(join(bundle, 'snat.o'), 'x');
    const damaged = await snatkit(['up', bundle, ...netns], bare);
    t.equal(damaged.code, 1);
    t.match(damaged.stderr, 'not the one that the manifest names');
  });
});
