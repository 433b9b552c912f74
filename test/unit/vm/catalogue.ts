// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { ConfigError } from '../../../src/errors.js';
import { choosePackages, findKernel, KERNELS } from '../../../src/vm/catalogue.js';

t.test('the newest build of a series, counted as numbers', async (t) => {
  const names = [
    'linux-image-5.10.0-9-cloud-amd64',
    'linux-image-5.10.0-46-cloud-amd64',
    'linux-image-5.10.0-46-cloud-amd64-dbg',
    'linux-image-5.10.0-47-cloud-amd64-unsigned',
    'linux-image-5.10.0-48-amd64',
    'linux-image-6.1.0-0.deb11.52-cloud-amd64',
    'linux-image-6.1-cloud-amd64',
    'linux-image-cloud-amd64',
  ];
  t.strictSame(choosePackages(names, '5.10'), ['linux-image-5.10.0-46-cloud-amd64']);
  t.strictSame(choosePackages(names, '6.1'), ['linux-image-6.1.0-0.deb11.52-cloud-amd64']);
  t.strictSame(choosePackages(names, '5.1'), [], '5.1 is not 5.10');
  t.strictSame(choosePackages(names), ['linux-image-6.1.0-0.deb11.52-cloud-amd64'], 'the newest of all');
});

t.test('an image that is split comes with its modules', async (t) => {
  const names = [
    'linux-image-7.2.13+deb14-cloud-amd64',
    'linux-binary-7.2.13+deb14-cloud-amd64',
    'linux-modules-7.2.13+deb14-cloud-amd64',
    'linux-binary-unsigned-7.2.13+deb14-cloud-amd64',
    'linux-image-6.18.9+deb13-cloud-amd64',
  ];
  t.strictSame(choosePackages(names), [
    'linux-binary-7.2.13+deb14-cloud-amd64',
    'linux-modules-7.2.13+deb14-cloud-amd64',
  ]);
  t.strictSame(choosePackages(names, '6.18'), ['linux-image-6.18.9+deb13-cloud-amd64']);
});

t.test('a kernel is known by its name', async (t) => {
  for (const kernel of KERNELS) t.equal(findKernel(kernel.name), kernel);
  t.throws(() => findKernel('2.6'), ConfigError);
});
