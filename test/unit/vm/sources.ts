// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { debianSources, parseDeb822, parseOneLine } from '../../../src/vm/sources.js';

t.test('deb822: stanzas, several URIs, keys inline and by file, disabled and source-only entries', async (t) => {
  const found = parseDeb822(`# comment: with a colon
Types: deb deb-src
URIs: http://mirror.example/debian http://other.example/debian/
Suites: bookworm
 bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 AAAA

types: deb
uris: http://mirror.example/debian-security
# in between
suites: bookworm-security
signed-by: /keys/debian.gpg

Types: deb
URIs: http://disabled.example/debian
Suites: trixie
Enabled: no

Types: deb-src
URIs: http://sources.example/debian
Suites: trixie
`);
  const signedBy = '\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n AAAA';
  const suites = ['bookworm', 'bookworm-updates'];
  t.strictSame(found, [
    { uri: 'http://mirror.example/debian', suites, signedBy },
    { uri: 'http://other.example/debian/', suites, signedBy },
    { uri: 'http://mirror.example/debian-security', suites: ['bookworm-security'], signedBy: '/keys/debian.gpg' },
  ]);
});

t.test('one-line: options, comments, sources', async (t) => {
  const found = parseOneLine(`
deb http://mirror.example/debian bookworm main contrib # main
deb [arch=amd64 signed-by=/keys/a.gpg] http://mirror.example/debian-security bookworm-security main
#deb http://off.example/debian sid main
deb-src http://mirror.example/debian bookworm main
`);
  t.strictSame(found, [
    { uri: 'http://mirror.example/debian', suites: ['bookworm'] },
    { uri: 'http://mirror.example/debian-security', suites: ['bookworm-security'], signedBy: '/keys/a.gpg' },
  ]);
});

t.test('Debian’s archives are known by their suites', async (t) => {
  const vendor = { uri: 'http://vendor.example/apt', suites: ['nodistro'] };
  const ubuntu = { uri: 'http://mirror.example/ubuntu', suites: ['noble', 'noble-security'] };
  const main = { uri: 'http://mirror.example/debian', suites: ['trixie', 'trixie-updates'] };
  const security = { uri: 'http://fast.example/debian-security', suites: ['trixie-security'] };
  t.strictSame(debianSources([vendor, main, security]), { main, security });
  t.strictSame(debianSources([vendor, ubuntu]), {}, 'no Debian');
  t.strictSame(debianSources([main]).security?.uri, 'http://mirror.example/debian-security', 'beside the other one');
  t.strictSame(
    debianSources([{ ...main, uri: 'http://mirror.example/pool/' }]).security,
    undefined,
    'not guessed elsewhere',
  );
});
