// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { configJsonSchema, configJsonSchemaText } from '../../../src/config/json-schema.js';
import { parseConfig } from '../../../src/config/parse.js';
import { configSchema } from '../../../src/config/schema.js';
import { formatAddress, makeAddress, parseAddress } from '../../../src/net/address.js';

type Schema = { properties: Record<string, Schema>; pattern: string; items: Schema; anyOf: Schema[]; default: unknown };
const schema = configJsonSchema() as unknown as Schema;
const property = (name: string) => schema.properties[name] as Schema;

t.test('the published file is what the schema gives', async (t) => {
  const published = readFileSync(new URL('../../../../schema/config.schema.json', import.meta.url), 'utf8');
  t.equal(published, configJsonSchemaText(), 'else run: node scripts/generate-schema.mjs');
});

t.test('it names every field, requires two, and allows no other', async (t) => {
  t.same(Object.keys(schema.properties), Object.keys(configSchema.shape));
  t.match(schema, {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:snatkit:config:1',
    required: ['devices', 'podCIDRs'],
    additionalProperties: false,
  });
  for (const [name, field] of Object.entries(schema.properties)) t.match(field, { description: String }, name);
});

t.test('its defaults are the defaults', async (t) => {
  const minimal = { devices: ['eth0'], podCIDRs: ['10.20.30.0/24'] };
  const spelled = Object.entries(schema.properties).filter(([, field]) => field.default !== undefined);
  const explicit = Object.fromEntries(spelled.map(([name, field]) => [name, field.default]));
  t.same(parseConfig({ ...minimal, ...explicit }), parseConfig(minimal));
  t.ok(spelled.length >= 13);
});

t.test('its patterns agree with the parser on form', async (t) => {
  const cidr = new RegExp((property('podCIDRs').items as Schema).pattern);
  for (const text of ['10.20.30.0/24', '0.0.0.0/0', '1.2.3.4', '255.255.255.255/32']) t.match(text, cidr);
  for (const text of ['fd00:10:20::/64', '::/0', '::1', '2001:DB8::/128', '64:ff9b::192.0.2.0/120'])
    t.match(text, cidr);
  const wrong4 = ['10.0.0.0/33', '256.0.0.0/8', '01.0.0.0/8', '10.0.0/8', '1.2.3.4/', '1.2.3.4/64', 'x10.0.0.0/8'];
  const wrong6 = [
    'fd00::/129',
    'fd00::/064',
    'fd00::/',
    'fd00:/8',
    'fd00',
    ':',
    '12345::',
    '::g',
    '1:2:3:4:5:6:7:8:9:1',
  ];
  for (const text of [...wrong4, ...wrong6, '', 'fe80::1%eth0', '[::1]', '::1.2.3']) t.notMatch(text, cidr);
  const ports = new RegExp((property('portRange').anyOf[0] as Schema).pattern);
  for (const text of ['80', '32768-65535']) t.match(text, ports);
  for (const text of ['', '-1', '1-', 'a']) t.notMatch(text, ports);
  const duration = new RegExp((property('timeouts').properties.udp as Schema).pattern);
  for (const text of ['2h4m', '60s', '250ms']) t.match(text, duration);
  for (const text of ['60', '1.5s', '4m2h']) t.notMatch(text, duration);
});

t.test('what the parser takes as an address, its patterns take too', async (t) => {
  const node = new RegExp((property('remoteNodes').items as Schema).pattern);
  const cidr = new RegExp((property('podCIDRs').items as Schema).pattern);
  const long = fc.ipV6().filter((text) => parseAddress(text) !== undefined);
  const canonical = fc.bigInt(0n, (1n << 128n) - 1n).map((value) => formatAddress(makeAddress(6, value)));
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), long, canonical), fc.nat(32), (text, length) => {
      return node.test(text) && cidr.test(text) && cidr.test(`${text}/${length}`) && !node.test(`${text}/${length}`);
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

t.test('the forms of masqueradeAddress', async (t) => {
  type Form = { type: string; pattern?: string; propertyNames?: unknown; properties?: Record<string, Schema> };
  const forms = property('masqueradeAddress').anyOf as unknown as Form[];
  t.same(
    forms.map((form) => form.type),
    ['string', 'array', 'object', 'object'],
  );
  for (const text of ['auto', '192.0.2.1', 'fd00::1']) t.match(text, new RegExp(forms[0]?.pattern as string));
  for (const text of ['automatic', 'xauto', '']) t.notMatch(text, new RegExp(forms[0]?.pattern as string));
  t.same(Object.keys(forms[2]?.properties ?? {}), ['ipv4', 'ipv6']);
  t.same(forms[3]?.propertyNames, { not: { enum: ['ipv4', 'ipv6'] } }, 'no device is named like a family');
});
