// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import t from 'tap';
import { configJsonSchema, configJsonSchemaText } from '../../../src/config/json-schema.js';
import { parseConfig } from '../../../src/config/parse.js';
import { configSchema } from '../../../src/config/schema.js';

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
  t.ok(spelled.length >= 11);
});

t.test('its patterns agree with the parser on form', async (t) => {
  const cidr = new RegExp((property('podCIDRs').items as Schema).pattern);
  for (const text of ['10.20.30.0/24', '0.0.0.0/0', '1.2.3.4', '255.255.255.255/32']) t.match(text, cidr);
  for (const text of ['10.0.0.0/33', '256.0.0.0/8', '01.0.0.0/8', '10.0.0/8', '::/0', '1.2.3.4/'])
    t.notMatch(text, cidr);
  const ports = new RegExp((property('portRange').anyOf[0] as Schema).pattern);
  for (const text of ['80', '32768-65535']) t.match(text, ports);
  for (const text of ['', '-1', '1-', 'a']) t.notMatch(text, ports);
  const duration = new RegExp((property('timeouts').properties.udp as Schema).pattern);
  for (const text of ['2h4m', '60s', '250ms']) t.match(text, duration);
  for (const text of ['60', '1.5s', '4m2h']) t.notMatch(text, duration);
});
